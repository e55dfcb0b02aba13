/**
 * @module The table of variables that make a program trust roots of a file. "Adds" means beside the program's own list; all others
 * replace it, so they get a bundle. A variable that a program would have read in its place is a fallback: what the user has set
 * there must go on counting. Sources: each client's documentation or source code; those marked measured in the tests were run.
 */
import type { SettingOwner } from './settings.ts';

export type TrustVariable = {
  readonly name: string;
  /** Who reads it, in words. */
  readonly clients: string;
  /** True when the program adds the file to its own roots. */
  readonly isAdding?: true;
  /** Variables the program reads when this one is not set, first to last. */
  readonly fallbacks?: readonly string[];
  /** The same variable by another name. */
  readonly alias?: string;
  /** The program's own configuration, which this variable overrides. */
  readonly settings?: SettingOwner;
  /** `ifSet`: the program follows another variable of this table, so this one is touched only where the user has it or configured it. */
  readonly when?: 'ifSet' | 'onNix';
};

/** In the order in which they are printed. */
export const TRUST_VARIABLES: readonly TrustVariable[] = [
  { name: 'NODE_EXTRA_CA_CERTS', clients: 'Node, npm, pnpm, Yarn, Bun, Electron', isAdding: true },
  { name: 'DENO_CERT', clients: 'Deno', isAdding: true },
  { name: 'SSL_CERT_FILE', clients: 'OpenSSL, curl, Python, Ruby, PHP, Go, Rust, .NET, uv, HTTPX' },
  { name: 'CURL_CA_BUNDLE', clients: 'curl', fallbacks: ['SSL_CERT_FILE'] },
  { name: 'REQUESTS_CA_BUNDLE', clients: 'Python Requests', fallbacks: ['CURL_CA_BUNDLE'] },
  { name: 'PIP_CERT', clients: 'pip', fallbacks: ['REQUESTS_CA_BUNDLE', 'CURL_CA_BUNDLE'], settings: 'pip' },
  { name: 'HTTPLIB2_CA_CERTS', clients: 'Python httplib2' },
  { name: 'GIT_SSL_CAINFO', clients: 'git', settings: 'git' },
  { name: 'CARGO_HTTP_CAINFO', clients: 'cargo', fallbacks: ['SSL_CERT_FILE'], settings: 'cargo' },
  { name: 'AWS_CA_BUNDLE', clients: 'AWS CLI and SDKs', fallbacks: ['REQUESTS_CA_BUNDLE'], settings: 'aws' },
  { name: 'CLOUDSDK_CORE_CUSTOM_CA_CERTS_FILE', clients: 'gcloud', settings: 'gcloud' },
  { name: 'GRPC_DEFAULT_SSL_ROOTS_FILE_PATH', clients: 'gRPC' },
  { name: 'PERL_LWP_SSL_CA_FILE', clients: 'Perl LWP', fallbacks: ['HTTPS_CA_FILE'] },
  { name: 'HEX_CACERTS_PATH', clients: 'Hex, Mix' },
  { name: 'NIX_SSL_CERT_FILE', clients: 'programs from Nix', fallbacks: ['SSL_CERT_FILE'], when: 'onNix' },
  { name: 'BUNDLE_SSL_CA_CERT', clients: 'Bundler', when: 'ifSet' },
  { name: 'COMPOSER_CAFILE', clients: 'Composer', when: 'ifSet' },
  { name: 'JULIA_SSL_CA_ROOTS_PATH', clients: 'Julia', when: 'ifSet' },
  { name: 'npm_config_cafile', clients: 'npm', settings: 'npm', alias: 'NPM_CONFIG_CAFILE', when: 'ifSet' },
  { name: 'NPM_CONFIG_CAFILE', clients: 'npm', when: 'ifSet' },
  { name: 'YARN_HTTPS_CA_FILE_PATH', clients: 'Yarn 4', when: 'ifSet' },
  { name: 'YARN_CA_FILE_PATH', clients: 'Yarn 2 and 3', when: 'ifSet' },
];
