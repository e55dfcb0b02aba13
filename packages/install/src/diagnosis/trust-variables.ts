/**
 * @module Environment variables that change whom a program trusts. Pure: a table, and questions to it.
 */

export type TrustVariable = {
  readonly name: string;
  /** `replaces` the list of roots by a file or folder; `adds` to it; `options` may do either; `off` ends verification. */
  readonly effect: 'replaces' | 'adds' | 'options' | 'off';
  /** Programs that heed it, by the ids of probes. */
  readonly programs: readonly string[];
};

const OPENSSL_READERS = ['curl', 'openssl', 'python', 'ruby', 'php', 'go', 'git', 'wget'];

export const TRUST_VARIABLES: readonly TrustVariable[] = [
  { name: 'SSL_CERT_FILE', effect: 'replaces', programs: OPENSSL_READERS },
  { name: 'SSL_CERT_DIR', effect: 'replaces', programs: OPENSSL_READERS },
  { name: 'CURL_CA_BUNDLE', effect: 'replaces', programs: ['curl', 'requests'] },
  { name: 'REQUESTS_CA_BUNDLE', effect: 'replaces', programs: ['requests'] },
  { name: 'GIT_SSL_CAINFO', effect: 'replaces', programs: ['git'] },
  { name: 'GIT_SSL_CAPATH', effect: 'replaces', programs: ['git'] },
  { name: 'PIP_CERT', effect: 'replaces', programs: ['pip'] },
  { name: 'NIX_SSL_CERT_FILE', effect: 'replaces', programs: ['curl', 'git', 'python', 'ruby', 'php', 'go'] },
  { name: 'AWS_CA_BUNDLE', effect: 'replaces', programs: ['aws'] },
  { name: 'JAVA_TOOL_OPTIONS', effect: 'options', programs: ['java'] },
  { name: 'JDK_JAVA_OPTIONS', effect: 'options', programs: ['java'] },
  { name: '_JAVA_OPTIONS', effect: 'options', programs: ['java'] },
  { name: 'NODE_OPTIONS', effect: 'options', programs: ['node'] },
  { name: 'NODE_EXTRA_CA_CERTS', effect: 'adds', programs: ['node', 'deno', 'bun'] },
  { name: 'DENO_CERT', effect: 'adds', programs: ['deno'] },
  { name: 'NODE_TLS_REJECT_UNAUTHORIZED', effect: 'off', programs: ['node', 'bun'] },
  { name: 'GIT_SSL_NO_VERIFY', effect: 'off', programs: ['git'] },
];

/** Names of the variables that a program heeds. */
export const variablesOf = (program: string): string[] =>
  TRUST_VARIABLES.filter(({ programs }) => programs.includes(program)).map(({ name }) => name);

/** Whether a variable that ends verification is set so that it does. */
export function isVerificationOff(name: string, value: string): boolean {
  return name === 'NODE_TLS_REJECT_UNAUTHORIZED'
    ? value === '0'
    : !['', '0', 'false', 'no'].includes(value.toLowerCase());
}
