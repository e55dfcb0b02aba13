/**
 * @module The name of a Java runtime, from the `release` file in its folder: lines of `KEY="value"`. Nothing of the file but
 * a number gets into the name, which is shown to people.
 */

/** What makers write into IMPLEMENTOR, and what their runtime is called. */
const NAMES: readonly (readonly [implementor: RegExp, name: string])[] = [
  [/adoptium|adoptopenjdk/i, 'Temurin'],
  [/azul/i, 'Zulu'],
  [/amazon/i, 'Corretto'],
  [/bellsoft/i, 'Liberica'],
  [/microsoft/i, 'Microsoft OpenJDK'],
  [/graalvm/i, 'GraalVM'],
  [/jetbrains/i, 'JetBrains Runtime'],
  [/sap/i, 'SapMachine'],
  [/ibm|international business machines/i, 'Semeru'],
  [/oracle/i, 'Oracle JDK'],
  [/alibaba/i, 'Dragonwell'],
];

/** `Temurin 25`, `OpenJDK 17`; `Java` alone when the file says nothing. */
export function parseJavaName(release: string): string {
  const valueOf = (key: string): string => new RegExp(`^${key}="?([^"\r\n]*)"?\r?$`, 'm').exec(release)?.[1] ?? '';
  const implementor = release.includes('GRAALVM_VERSION') ? 'GraalVM' : valueOf('IMPLEMENTOR');
  // Up to Java 8 the feature number stands second: 1.8.0_392.
  const version = /^(?:1\.)?(\d{1,3})/.exec(valueOf('JAVA_VERSION'))?.[1];
  if (version === undefined) return 'Java';
  return `${NAMES.find(([pattern]) => pattern.test(implementor))?.[1] ?? 'OpenJDK'} ${version}`;
}
