/**
 * @module The public list of dev: clients for node:https that talk to a pinned server alone, and servers that take a renewed certificate
 * without a restart. For undici: `@mintmark/dev/undici`.
 */
export { DEV_ERRORS } from './dev-errors.ts';
export {
  createServer,
  keepCertificateFresh,
  type CertificateEvents,
  type FreshCertificate,
  type FreshCertificateOptions,
  type FreshServerOptions,
} from './fresh-server.ts';
export { createPinnedAgent, type PoolOptions } from './pinned-agent.ts';
export type { ClientTlsOptions } from './pinned-tls.ts';
export type { PinChecks, Pinned, PinnedOptions } from './pin-policy.ts';
export type { CertificateFiles, FilePath, PassphraseOptions } from './served-files.ts';
