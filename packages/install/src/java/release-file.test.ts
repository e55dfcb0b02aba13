/** @module Names of Java runtimes from their release files. */
import { expect, it } from 'vitest';
import { parseJavaName } from './release-file.ts';

it.each([
  ['IMPLEMENTOR="Debian"\nJAVA_VERSION="17.0.21.1"\n', 'OpenJDK 17'],
  ['IMPLEMENTOR="Eclipse Adoptium"\nJAVA_VERSION="25.0.3"\n', 'Temurin 25'],
  ['JAVA_VERSION="1.8.0_392"\r\nIMPLEMENTOR="Azul Systems, Inc."\r\n', 'Zulu 8'],
  ['IMPLEMENTOR="Oracle Corporation"\nGRAALVM_VERSION="24.1"\nJAVA_VERSION="23.0.1"\n', 'GraalVM 23'],
  ['IMPLEMENTOR="Amazon.com Inc."\nJAVA_VERSION=21\n', 'Corretto 21'],
  ['IMPLEMENTOR="Evil \u001b[31m"\nJAVA_VERSION="17\u001b[31m"\n', 'OpenJDK 17'],
  ['JAVA_VERSION="rm -rf"\n', 'Java'],
  ['', 'Java'],
])('%j is called %s', (release, name) => {
  expect(parseJavaName(release)).toBe(name);
});
