/** @module The public list of dev: clients for node:https that talk to a pinned server alone. For undici: `@mintmark/dev/undici`. */
export { DEV_ERRORS } from './dev-errors.ts';
export { createPinnedAgent, type PoolOptions } from './pinned-agent.ts';
export type { ClientTlsOptions } from './pinned-tls.ts';
export type { PinChecks, Pinned, PinnedOptions } from './pin-policy.ts';
