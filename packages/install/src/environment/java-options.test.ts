/** @module JAVA_TOOL_OPTIONS as HotSpot splits it: quotes of both kinds, no escapes. */
import { describe, expect, it } from 'vitest';
import { addTrustStore, findTrustStore } from './java-options.ts';

describe('addTrustStore', () => {
  it('stands behind what the user has', () => {
    expect(addTrustStore('-Xmx1g ', '/h/java.jks')).toBe(
      '-Xmx1g -Djavax.net.ssl.trustStore=/h/java.jks -Djavax.net.ssl.trustStoreType=JKS',
    );
  });

  it.each(['/plain', '/with space', `/both ' and "`, `/'''`, '/back\\slash $(id)'])('names the path %s', (path) => {
    expect(findTrustStore(addTrustStore('-Da="b c"', path))).toBe(path);
  });

  it('answers a password that was meant for another store', () => {
    const password = '-Djavax.net.ssl.trustStorePassword=';
    expect(addTrustStore(`${password}secret`, '/h')).toMatch(new RegExp(`${password}changeit$`));
    expect(addTrustStore('', '/h')).not.toContain(password);
  });
});

it('finds the trust store that counts, the last', () => {
  const option = '-Djavax.net.ssl.trustStore=';
  expect(findTrustStore(`${option}/a "${option}/b c" -Dx=y`)).toBe('/b c');
  expect(findTrustStore(`-Dx="${option}/a"`)).toBeUndefined();
});
