/** @module Holds a server against a pin policy, on a socket whose handshake is done and that has carried no byte of ours. */
import { checkServerIdentity, type TLSSocket } from 'node:tls';
import type { X509Certificate } from 'node:crypto';
import { assertChain } from './assert-chain.ts';
import { devError } from './dev-errors.ts';
import { describeCertificate, isPinned, readPeerChain } from './peer-certificates.ts';
import type { PinPolicy } from './pin-policy.ts';

/** Whom the client wanted to reach. `host` is the name that a certificate must be for; `peer` is how messages name it. */
export type Peer = { readonly host: string; readonly peer: string };

/** Undefined when the server is the pinned one; else why it is not. Never throws. */
export function findPeerFault(socket: TLSSocket, policy: PinPolicy, { host, peer }: Peer): Error | undefined {
  try {
    const [server, ...above] = readPeerChain(socket);
    if (server === undefined || socket.isSessionReused()) throw devError('PIN_CERTIFICATE_MISSING', { peer });
    const path = verifyPin({ server, above }, policy, peer);
    if (policy.hasDates) for (const certificate of path) assertDates(certificate, peer);
    if (policy.hasHost) assertHost(socket, policy, { host, peer });
    return undefined;
  } catch (cause) {
    return cause instanceof Error ? cause : new Error('the server could not be checked', { cause });
  }
}

/** TLS has proven that the server holds the key of the first, and nothing of those above. */
type Shown = { readonly server: X509Certificate; readonly above: readonly X509Certificate[] };

/** The certificates by which the server is known: its own, and with the pin of a CA those up to it. */
function verifyPin({ server, above }: Shown, { pinned, digests, pins }: PinPolicy, peer: string) {
  const isServerPinned = isPinned(server, digests);
  const at = above.findIndex((certificate) => isPinned(certificate, digests));
  const details = () => ({ peer, expected: pins, ...describeCertificate(server) });
  const path = [server, ...above.slice(0, at + 1)];
  if (pinned === 'server') {
    if (isServerPinned) return [server];
    throw devError(at >= 0 && isChainValid(path, peer) ? 'PIN_OF_CA' : 'PIN_MISMATCH', details());
  }
  if (at < 0) throw devError(isServerPinned ? 'PIN_OF_SERVER' : 'PIN_MISMATCH', details());
  assertChain(path, peer);
  return path;
}

/** Anybody can send the certificate of a CA along. */
function isChainValid(path: readonly X509Certificate[], peer: string): boolean {
  try {
    assertChain(path, peer);
    return true;
  } catch {
    return false;
  }
}

function assertDates({ validFrom, validTo }: X509Certificate, peer: string): void {
  const [notBefore, notAfter, now] = [Date.parse(validFrom), Date.parse(validTo), Date.now()];
  // Written so that a date which can't be read is refused.
  if (notBefore <= now && now <= notAfter) return;
  throw devError('PINNED_DATES', { peer, notBefore: validFrom, notAfter: validTo });
}

/**
 * By the rules of the ordinary client, but for the common name, which Node takes where there is no DNS name: name constraints don't
 * reach it (RFC 9525 section 6.3).
 */
function assertHost(socket: TLSSocket, { pinned }: PinPolicy, { host, peer }: Peer): void {
  const certificate = socket.getPeerCertificate();
  const nameless = { ...certificate, subject: { ...certificate.subject, CN: '' } };
  const cause = checkServerIdentity(host, nameless);
  if (cause === undefined) return;
  throw devError('PINNED_HOST', { peer, host, names: certificate.subjectaltname ?? '', pinned }, { cause });
}
