/** @module A TLS server whose certificate is read from files, and read again when they change: no restart after a renewal. */
import { hash, type X509Certificate } from 'node:crypto';
import type { RequestListener } from 'node:http';
import { createServer as createHttpsServer, type Server, type ServerOptions } from 'node:https';
import type { Server as NetServer } from 'node:net';
import type { SecureContextOptions, Server as TlsServer } from 'node:tls';
import { quote, type CaError } from '@mintmark/ca-core';
import { CertificateKeeper } from './certificate-keeper.ts';
import { pick } from './pinned-tls.ts';
import {
  FILE_KEYS,
  parseServedFiles,
  type CertificateFiles,
  type PassphraseOptions,
  type ServedFiles,
} from './served-files.ts';

/** What becomes of the certificate while the server runs. What these throw is a warning of the process. */
export type CertificateEvents = {
  /** New connections get this certificate from now on. */
  readonly onRenewed?: ((certificate: X509Certificate) => void) | undefined;
  /**
   * What is in the files can't take the place of the certificate that is served, which stays; or that one is out of date. A
   * `CaError`: SERVED_FILE_UNREADABLE, SERVED_FILES_UNUSABLE, SERVED_PAIR_MISMATCH or SERVED_DATES. Each is told once, when it has
   * lasted for a second. Default: a warning of the process.
   */
  readonly onFault?: ((fault: CaError) => void) | undefined;
};

/** Where the certificate is, and whom to tell. */
export type FreshCertificateOptions = CertificateFiles & PassphraseOptions & CertificateEvents;

/** Looks after the certificate of one server. */
export type FreshCertificate = {
  /** The one that is served. */
  readonly certificate: X509Certificate;
  /** Looks no more; the server goes on with what it has. Closing the server does the same, until it listens again. */
  readonly close: () => void;
};

/** Those of `node:https` but for the certificate itself. */
export type FreshServerOptions = FreshCertificateOptions &
  Omit<ServerOptions, 'cert' | 'key' | 'pfx' | (typeof FILE_KEYS)[number]>;

const EVENT_KEYS = ['onRenewed', 'onFault'] as const;
const OWN_KEYS = [...FILE_KEYS, ...EVENT_KEYS] as const;
const IDENTITY_KEYS = ['cert', 'key', 'pfx'] as const;

/** What a server takes anew with each certificate, and forgets where it is not said again. */
const CONTEXT_KEYS = [
  'allowPartialTrustChain',
  'ca',
  'ciphers',
  'crl',
  'dhparam',
  'ecdhCurve',
  'honorCipherOrder',
  'maxVersion',
  'minVersion',
  'secureOptions',
  'secureProtocol',
  'sessionIdContext',
  'sessionTimeout',
  'sigalgs',
  'ticketKeys',
] as const satisfies readonly (keyof SecureContextOptions)[];

const SESSION_ID_CONTEXT_MAX = 32; // SSL_MAX_SID_CTX_LENGTH of OpenSSL

type ContextOptions = Pick<SecureContextOptions, (typeof CONTEXT_KEYS)[number]>;

/**
 * `https.createServer` with paths in place of `cert` and `key`. When the files change, new connections get the new certificate,
 * and those that are open live on. A pair is taken when certificate and key belong together and the dates are right; else the
 * server goes on with the one it has. Everything else is as in `node:https`.
 * @throws TypeError for options that name no one pair; SERVED_FILE_UNREADABLE, SERVED_FILES_UNUSABLE or SERVED_PAIR_MISMATCH when
 * there is nothing to begin with
 */
export function createServer(options: FreshServerOptions, listener?: RequestListener): Server {
  const own = pick(options, OWN_KEYS);
  const https: ServerOptions = omit(options, OWN_KEYS);
  const stray = IDENTITY_KEYS.find((key) => https[key] !== undefined);
  if (stray !== undefined) throw new TypeError(`${stray} has no place beside files`);
  const server = createHttpsServer(https, listener);
  attach(server, own as FreshCertificateOptions, pick(https, CONTEXT_KEYS));
  return server;
}

/**
 * The same for a server that something else made, of `node:https`, `node:tls` or `node:http2`: Express, Fastify and Vite hand
 * theirs out. The certificate in the files is served from this call on, whatever the server was made with. Its other options and the
 * contexts of `addContext` stay. The server may be made without a certificate.
 * @throws TypeError for other options, and for a server without TLS or of a runtime that can't change its certificate; SERVED_* as above
 */
export function keepCertificateFresh(server: NetServer, options: FreshCertificateOptions): FreshCertificate {
  const stranger = Object.keys(options).find((key) => !OWN_KEYS.some((own) => own === key));
  if (stranger !== undefined)
    throw new TypeError(`there is no option ${quote(stranger)}; there are ${OWN_KEYS.join(', ')}`);
  return attach(server, options, undefined);
}

/** @param made what the server was made with, where that is known */
function attach(
  server: NetServer,
  options: FreshCertificateOptions,
  made: ContextOptions | undefined,
): FreshCertificate {
  const files = parseServedFiles(options);
  assertChangeable(server);
  assertClientsKnown(server, files, made !== undefined);
  const seed = (readContextOptions(server) ?? made)?.sessionIdContext ?? '';
  const keeper = new CertificateKeeper({
    files,
    serve: ({ identity, certificate }) => {
      // A resumed session shows no certificate: none of before is to be resumed, not even with ticket keys that stay.
      const sessionIdContext = hash('sha256', seed + certificate.fingerprint512).slice(0, SESSION_ID_CONTEXT_MAX);
      server.setSecureContext({ ...(readContextOptions(server) ?? made), ...identity, sessionIdContext });
    },
    onRenewed: guard(options.onRenewed ?? (() => {})),
    onFault: guard(options.onFault ?? warn),
  });
  const [start, stop] = [() => keeper.start(), () => keeper.stop()];
  server.on('listening', start);
  server.on('close', stop);
  start();
  return {
    get certificate() {
      return keeper.certificate;
    },
    close: () => {
      server.off('listening', start);
      server.off('close', stop);
      stop();
    },
  };
}

/** Bun has no such method. */
function assertChangeable(server: NetServer | null): asserts server is TlsServer {
  // Vite has none as a middleware of others.
  if (server === null || !('setSecureContext' in server) || typeof server.setSecureContext !== 'function')
    throw new TypeError('the certificate of this server can not be changed: it is no TLS server, or not one of Node');
}

/** It must not come about that a server takes clients of other CAs than before. */
function assertClientsKnown(server: TlsServer, { source }: ServedFiles, isMade: boolean): void {
  if (!('requestCert' in server) || server.requestCert !== true) return;
  // To OpenSSL the CAs in such a file are some of those in `ca`.
  if (source.certFile === undefined)
    throw new TypeError('a server that asks for client certificates takes certFile and keyFile, not p12File');
  // Deno's servers hide what they were made with.
  if (!isMade && readContextOptions(server) === undefined)
    throw new TypeError('this runtime does not tell which CAs the server takes clients of: use createServer');
}

/** Node's servers hold them as fields. Read each time, since the program may have set others. */
function readContextOptions(server: object): ContextOptions | undefined {
  return hasContextOptions(server) ? pick(server, CONTEXT_KEYS) : undefined;
}

const hasContextOptions = (server: object): server is ContextOptions => 'ca' in server;

function omit<T extends object, const K extends keyof T>(source: T, keys: readonly K[]): Omit<T, K> {
  const entries = Object.entries(source).filter(([key]) => !keys.some((own) => own === key));
  return Object.fromEntries(entries) as Omit<T, K>;
}

function warn({ message, hint, code }: CaError): void {
  process.emitWarning(`${message}; ${hint}`, { type: 'CertificateWarning', code });
}

/** A fault in a callback, even one that is told later, must not end the server. */
function guard<T>(callback: (value: T) => unknown): (value: T) => void {
  const call = async (value: T): Promise<void> => void (await callback(value));
  return (value) =>
    void call(value).catch((cause) => process.emitWarning(cause instanceof Error ? cause : String(cause)));
}
