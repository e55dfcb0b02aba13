/** @module A dispatcher of undici whose sockets carry no byte before the server has shown the pinned key. */
import { TLSSocket } from 'node:tls';
import { Agent, buildConnector, type Dispatcher } from 'undici';
import { findPeerFault, type Peer } from '../check-peer.ts';
import { devError } from '../dev-errors.ts';
import { parsePinnedOptions, type PinnedOptions, type PinPolicy } from '../pin-policy.ts';
import { createTlsOptions, IDENTITY_KEYS, pick, type ClientTlsOptions } from '../pinned-tls.ts';

/** Of what undici 7.0 has: the types of this package must fit that, too. */
const AGENT_KEYS = [
  'allowH2',
  'bodyTimeout',
  'connections',
  'headersTimeout',
  'keepAliveMaxTimeout',
  'keepAliveTimeout',
  'keepAliveTimeoutThreshold',
  'localAddress',
  'maxConcurrentStreams',
  'maxHeaderSize',
  'maxRequestsPerClient',
  'maxResponseSize',
  'pipelining',
  'strictContentLength',
] as const;

const CONNECT_KEYS = ['autoSelectFamily', 'autoSelectFamilyAttemptTimeout'] as const;

/** Options of undici's `Agent`, with its defaults. Those that would connect in another way have no place here. */
export type DispatcherOptions = Pick<
  Agent.Options,
  (typeof AGENT_KEYS)[number] | (typeof CONNECT_KEYS)[number] | 'connectTimeout'
>;

/**
 * A dispatcher for undici and for `fetch` (`{ dispatcher }`) that talks to a server with a pinned key or certificate and to no
 * other: as `createPinnedAgent` is for `node:https`. HTTP/2 with `allowH2: true`. Plain `http:` addresses, redirects to them
 * included, are refused with PIN_NEEDS_HTTPS before anything is connected. It does not go through proxies.
 *
 * `fetch` wraps errors: the `CaError` is the `cause` of its TypeError. On Deno use the `fetch` of undici: Deno's own leaves
 * dispatchers aside.
 *
 * @throws TypeError for other options or of another kind, PIN_INVALID for a pin that is no SHA-256, DISPATCHER_IGNORED on Bun
 */
export function createPinnedDispatcher(options: PinnedOptions & DispatcherOptions & ClientTlsOptions): Dispatcher {
  if (process.versions['bun'] !== undefined) throw devError('DISPATCHER_IGNORED', { runtime: 'Bun' });
  const policy = parsePinnedOptions(options, [...AGENT_KEYS, ...CONNECT_KEYS, 'connectTimeout', ...IDENTITY_KEYS]);
  const { connectTimeout, allowH2 = false } = options;
  const connectTls = buildConnector({
    ...pick(options, CONNECT_KEYS),
    ...createTlsOptions(policy, options),
    maxCachedSessions: 0, // Node shows no certificate on a resumed session
    allowH2,
    ...(connectTimeout === undefined ? {} : { timeout: connectTimeout }),
  });
  return new Agent({ ...pick(options, AGENT_KEYS), connect: createPinnedConnector(connectTls, policy) });
}

function createPinnedConnector(connectTls: buildConnector.connector, policy: PinPolicy): buildConnector.connector {
  return (target, callback) => {
    const host = target.servername || target.hostname;
    const peer: Peer = { host, peer: `${host}:${target.port || '443'}` };
    if (target.protocol !== 'https:') {
      callback(devError('PIN_NEEDS_HTTPS', { peer: peer.peer }), null);
      return;
    }
    connectTls(target, (...[failure, socket]) => {
      if (failure !== null) return callback(failure, null);
      const fault = findSocketFault(socket, policy, peer);
      if (fault === undefined) return callback(null, socket);
      socket.destroy();
      return callback(fault, null);
    });
  };
}

function findSocketFault(socket: object, policy: PinPolicy, peer: Peer): Error | undefined {
  if (socket instanceof TLSSocket) return findPeerFault(socket, policy, peer);
  return devError('PIN_CERTIFICATE_MISSING', { peer: peer.peer });
}
