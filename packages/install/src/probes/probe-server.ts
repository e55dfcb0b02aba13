/**
 * @module A throw-away HTTPS server on loopback. Each client gets a port and an unguessable path of its own: a request for that
 * path can only come over a finished handshake, so it is the same evidence for every client, whatever its exit code means.
 */
import { randomBytes } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import type { AddressInfo } from 'node:net';

/** A server's certificate with its issuer, and its key. Held in memory alone. */
export type ServerPair = { readonly certPem: string; readonly keyPem: string };

export type ProbeServer = {
  /** The name to visit; covered by the certificate. */
  readonly host: string;
  /** Opens a port for one client. */
  readonly invite: () => Promise<Invitation>;
  readonly close: () => Promise<void>;
};

export type Invitation = {
  readonly port: number;
  readonly path: string;
  readonly url: string;
  /** Resolves at the first request for the path; never, if none comes. */
  readonly arrival: Promise<void>;
  /** Resolves when a client ended a handshake with an alert; never, if none does. */
  readonly refusal: Promise<void>;
  readonly hasArrived: () => boolean;
  readonly connectionCount: () => number;
  /** OpenSSL's names of the alerts that the client sent: `TLSV1_ALERT_UNKNOWN_CA`. */
  readonly alerts: () => readonly string[];
  readonly close: () => Promise<void>;
};

const NONCE_BYTES = 16;
const LOOPBACK = ['127.0.0.1', '::1'] as const;

/** @param host a name that the certificate covers and that leads to this machine. */
export function startProbeServer({ certPem, keyPem, host }: ServerPair & { readonly host: string }): ProbeServer {
  const open = new Set<Invitation>();
  return {
    host,
    invite: async () => {
      const invitation = await openInvitation(host, { certPem, keyPem });
      open.add(invitation);
      return invitation;
    },
    close: async () => {
      await Promise.all([...open].map((invitation) => invitation.close()));
    },
  };
}

async function openInvitation(host: string, { certPem: cert, keyPem: key }: ServerPair): Promise<Invitation> {
  const path = `/${randomBytes(NONCE_BYTES).toString('hex')}`;
  const log = createLog(path);
  const servers = [createServer({ cert, key }, log.answer), createServer({ cert, key }, log.answer)] as const;
  for (const server of servers) watch(server, log);
  const port = await listen(servers[0], 0, LOOPBACK[0]);
  // A machine without IPv6 is served on the other address alone.
  await listen(servers[1], port, LOOPBACK[1]).catch(() => 0);
  return {
    port,
    path,
    url: `https://${host.includes(':') ? `[${host}]` : host}:${port}${path}`,
    arrival: log.arrival,
    refusal: log.refusal,
    hasArrived: log.hasArrived,
    connectionCount: log.connectionCount,
    alerts: () => log.alerts,
    close: async () => {
      await Promise.all(servers.map((server) => stop(server)));
    },
  };
}

type Log = ReturnType<typeof createLog>;

function createLog(path: string) {
  const arrival = createSignal();
  const refusal = createSignal();
  const alerts: string[] = [];
  let connections = 0;
  return {
    arrival: arrival.promise,
    refusal: refusal.promise,
    alerts,
    hasArrived: arrival.isGiven,
    connectionCount: () => connections,
    connected: () => void connections++,
    failed: (code: string) => {
      if (!code.includes('ALERT')) return;
      alerts.push(code.replace(/^ERR_SSL_/, ''));
      refusal.give();
    },
    answer: (request: IncomingMessage, response: ServerResponse): void => {
      // git asks for paths below it.
      const url = request.url ?? '';
      const isInvited = url === path || url.startsWith(`${path}/`) || url.startsWith(`${path}?`);
      if (isInvited) arrival.give();
      response.writeHead(isInvited ? 200 : 404, { 'content-type': 'text/plain', connection: 'close' });
      response.end('ok\n');
    },
  };
}

function createSignal() {
  let isGiven = false;
  let resolve = (): void => {};
  const promise = new Promise<void>((given) => (resolve = given));
  return {
    promise,
    isGiven: () => isGiven,
    give: () => {
      isGiven = true;
      resolve();
    },
  };
}

function watch(server: Server, log: Log): void {
  server.on('connection', () => log.connected());
  server.on('tlsClientError', (cause: NodeJS.ErrnoException) => log.failed(cause.code ?? ''));
}

function listen(server: Server, port: number, address: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, address, () => {
      server.off('error', reject);
      server.on('error', () => {}); // A later fault shows as a client that did not arrive.
      resolve((server.address() as AddressInfo).port);
    });
  });
}

function stop(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((done) => server.close(() => done()));
}
