/** @module An agent of node:https whose sockets carry no byte before the server has shown the pinned key. */
import { Agent, type AgentOptions, type RequestOptions } from 'node:https';
import type { TcpNetConnectOpts } from 'node:net';
import { connect, type ConnectionOptions, type TLSSocket } from 'node:tls';
import { findPeerFault } from './check-peer.ts';
import { parsePinnedOptions, type PinnedOptions, type PinPolicy } from './pin-policy.ts';
import { createTlsOptions, IDENTITY_KEYS, pick, type ClientTlsOptions, type PinnedTlsOptions } from './pinned-tls.ts';

const POOL_KEYS = [
  'keepAlive',
  'keepAliveMsecs',
  'maxSockets',
  'maxTotalSockets',
  'maxFreeSockets',
  'scheduling',
  'timeout',
  'localAddress',
  'family',
  'lookup',
  'servername',
] as const;

/** Options of `https.Agent` on pooling and addresses, with its defaults. Others of it have no place here. */
export type PoolOptions = Pick<AgentOptions, (typeof POOL_KEYS)[number]>;

/** What a request may say of its connection: where to, and how the socket is run. Nothing of trust. */
const TRANSPORT_KEYS = [
  'ALPNProtocols',
  'autoSelectFamily',
  'autoSelectFamilyAttemptTimeout',
  'family',
  'hints',
  'host',
  'keepAlive',
  'keepAliveInitialDelay',
  'localAddress',
  'localPort',
  'lookup',
  'noDelay',
  'port',
  'servername',
  'socket',
  'timeout',
] as const;

type TransportOptions = Pick<ConnectionOptions & TcpNetConnectOpts, (typeof TRANSPORT_KEYS)[number]>;

/**
 * An agent for `node:https` and for whatever takes such an agent (axios, got, ws, node-fetch …) that talks to a server with a
 * pinned key or certificate and to no other. Every socket is checked when its handshake is done and before any byte of a
 * request is written, those over a `socket` of the caller's included; so a socket that is used again was checked. TLS
 * sessions are never resumed, since Node shows no certificate then. TLS options of single requests (`ca`,
 * `rejectUnauthorized`, `checkServerIdentity`, `session` …) do nothing. Plain http is refused by Node itself.
 *
 * It does not go through proxies, and it pins nothing where a library leaves it aside. axios does so for a proxy (up to at least
 * 1.15.0 it sends the request in clear to the proxy that HTTPS_PROXY names) and for a redirect to plain http: always give it
 * `httpAgent` as well as `httpsAgent`, both this agent, and `proxy: false`. got does so for a redirect to plain http, unless its
 * `agent` has this one as `http`, too; and for HTTP/2. As an agent for http it refuses every request.
 *
 * It holds on Bun and Deno as well, with their node:https; on Deno `ca` takes CAs alone, not the server's own certificate.
 *
 * A refused server makes the request fail with a `CaError`: PIN_MISMATCH, PIN_OF_CA, PIN_OF_SERVER, PIN_CERTIFICATE_MISSING,
 * PINNED_CHAIN_INVALID, PINNED_DATES or PINNED_HOST; with `ca`, Node's own errors of the chain come before them.
 *
 * @throws TypeError for other options or of another kind, PIN_INVALID for a pin that is no SHA-256
 */
export function createPinnedAgent(options: PinnedOptions & PoolOptions & ClientTlsOptions): Agent {
  return new PinnedAgent(parsePinnedOptions(options, [...POOL_KEYS, ...IDENTITY_KEYS]), options);
}

/**
 * Libraries that go through a proxy copy an agent's options to a connection of their own, which knows no pin: axios does, when
 * HTTPS_PROXY is set. With these it trusts nobody. The sockets of this agent don't heed them.
 */
const FOR_COPIES: AgentOptions = {
  ca: [],
  rejectUnauthorized: true,
  checkServerIdentity: () => new Error('a pinned agent makes its connections itself'),
  maxCachedSessions: 0,
};

class PinnedAgent extends Agent {
  readonly #policy: PinPolicy;
  readonly #tls: PinnedTlsOptions;

  constructor(policy: PinPolicy, options: PoolOptions & ClientTlsOptions) {
    super({ ...pick(options, POOL_KEYS), ...FOR_COPIES });
    this.#policy = policy;
    this.#tls = createTlsOptions(policy, options);
  }

  override createConnection(options: RequestOptions): TLSSocket {
    const { host: address, port, servername, ...rest } = pick(options as TransportOptions, TRANSPORT_KEYS);
    const { socketPath } = options;
    const target = typeof socketPath === 'string' ? { path: socketPath } : { host: address, port };
    const socket = connect({ ...rest, ...target, servername, ...this.#tls });
    const host = servername || address || 'localhost';
    const peer = target.path ?? `${host}:${port}`;
    // Node keeps what is written before in the socket until this event is over.
    socket.once('secureConnect', () => {
      const fault = findPeerFault(socket, this.#policy, { host, peer });
      if (fault !== undefined) socket.destroy(fault);
    });
    return socket;
  }
}
