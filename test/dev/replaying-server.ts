/**
 * @module A server that shows somebody else's certificate, by hand, since TLS libraries refuse a certificate with a key that is
 * not its own. It plays TLS 1.2 (RFC 5246) up to the message that must be signed with the certificate's key.
 */
import { createECDH, randomBytes, sign } from 'node:crypto';
import { createServer } from 'node:net';
import { afterAll } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import type { Identity, KeyPair } from './certificates.ts';

/** An alert, or hanging up without one. */
export type Answer = 'refusal' | 'client key exchange' | 'other';

const open: (() => void)[] = [];
afterAll(() => open.forEach((close) => close()));

const HANDSHAKE = 22; // RFC 5246 section 6.2.1
const ALERT = 21;
const TLS_1_2 = Buffer.from([3, 3]);
const ECDHE_ECDSA_AES128_GCM = Buffer.from([0xc0, 0x2b]); // RFC 5289
const P256 = Buffer.from([3, 0, 0x17]); // named curve, RFC 8422 section 5.4
const ECDSA_SHA256 = Buffer.from([4, 3]); // RFC 5246 section 7.4.1.4.1
const EXTENSIONS = Buffer.from([0xff, 1, 0, 1, 0, 0, 0x0b, 0, 2, 1, 0]); // secure renegotiation, point formats

/** Shows `shown` and signs with `key`. `answer`: what the first client said to the signature. */
export async function serveReplayedCertificate(shown: Identity, key: KeyPair) {
  let said: (answer: Answer) => void = () => {};
  const answer = new Promise<Answer>((resolve) => (said = resolve));
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('close', () => said('refusal')); // where nothing was said before
    socket.once('data', (hello: Buffer) => {
      socket.write(playHandshake(hello, shown, key));
      socket.once('data', (reply: Buffer) => {
        said(readAnswer(reply));
        socket.destroy();
      });
    });
  });
  open.push(() => server.close());
  return { port: await listen(server, 0, '127.0.0.1'), answer };
}

function readAnswer(answer: Buffer): Answer {
  if (answer[0] === ALERT) return 'refusal';
  return answer[0] === HANDSHAKE && answer[5] === 16 ? 'client key exchange' : 'other';
}

function playHandshake(hello: Buffer, { der }: Identity, { privateKey }: KeyPair): Buffer {
  const clientRandom = hello.subarray(11, 43); // behind the headers of record and message, and the version
  const serverRandom = randomBytes(32);
  const exchange = createECDH('prime256v1');
  const parameters = Buffer.concat([P256, vector(1, exchange.generateKeys())]);
  const signature = sign('sha256', Buffer.concat([clientRandom, serverRandom, parameters]), privateKey);
  return Buffer.concat([
    message(2, TLS_1_2, serverRandom, Buffer.of(0), ECDHE_ECDSA_AES128_GCM, Buffer.of(0), vector(2, EXTENSIONS)),
    message(11, vector(3, vector(3, Buffer.from(der)))),
    message(12, parameters, ECDSA_SHA256, vector(2, signature)),
    message(14),
  ]);
}

/** A length of so many bytes, and the content. */
function vector(lengthBytes: number, content: Buffer): Buffer {
  const length = Buffer.alloc(lengthBytes);
  length.writeUIntBE(content.length, 0, lengthBytes);
  return Buffer.concat([length, content]);
}

function message(type: number, ...parts: Buffer[]): Buffer {
  const body = Buffer.concat([Buffer.of(type), vector(3, Buffer.concat(parts))]);
  return Buffer.concat([Buffer.of(HANDSHAKE), TLS_1_2, vector(2, body)]);
}
