/** @module The certificates a running server sends, leaf first, trusted or not. Nothing but a handshake is spoken. */
import { isIP } from 'node:net';
import { connect, createSecureContext, type DetailedPeerCertificate } from 'node:tls';
import type { Bytes } from '@mintmark/ca-core';
import { cliError } from './cli-errors.ts';
import type { Server } from './targets.ts';

/** For the whole handshake: a server that sends a byte now and then is never idle. */
const TIMEOUT_MS = 10_000;
const MAX_CHAIN = 10;

/** DER certificates. The server is not verified: looking at what it shows is the point. @throws CONNECT_FAILED */
export function readServerChain({ host, port }: Server, timeoutMs = TIMEOUT_MS): Promise<Bytes[]> {
  const target = `${host}:${port}`;
  return new Promise((resolve, reject) => {
    const sni = isIP(host) === 0 ? { servername: host } : {};
    // Without roots of its own, Node adds none to what the server sent.
    const secureContext = createSecureContext({ ca: [] });
    const socket = connect({ host, port, secureContext, rejectUnauthorized: false, ...sni });
    const fail = (reason: string): void => {
      clearTimeout(deadline);
      socket.destroy();
      reject(cliError('CONNECT_FAILED', { target, reason }));
    };
    socket.once('error', (cause: NodeJS.ErrnoException) => fail(cause.code ?? 'failed'));
    const deadline = setTimeout(() => fail(`no handshake within ${timeoutMs / 1000} s`), timeoutMs);
    socket.once('secureConnect', () => {
      clearTimeout(deadline);
      const chain = collectChain(socket.getPeerCertificate(true));
      socket.end();
      socket.destroy();
      if (chain.length === 0) fail('the server sent no certificate');
      else resolve(chain);
    });
  });
}

/** Node links each certificate to its issuer; a root links to itself. */
function collectChain(leaf: DetailedPeerCertificate | undefined): Bytes[] {
  const chain: Bytes[] = [];
  let current = leaf;
  while (current?.raw !== undefined && chain.length < MAX_CHAIN) {
    chain.push(new Uint8Array(current.raw));
    current = current.issuerCertificate === current ? undefined : current.issuerCertificate;
  }
  return chain;
}
