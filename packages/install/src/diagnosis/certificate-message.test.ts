/** @module The Certificate message of TLS 1.2: whole, in pieces, cut off, and other people's bytes. */
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { parseCertificateMessage } from './certificate-message.ts';

const SERVER_HELLO = message(2, Buffer.alloc(70, 7));
const CERTIFICATES = [Buffer.alloc(300, 1), Buffer.alloc(5, 2), Buffer.alloc(700, 3)];
const LIST = Buffer.concat(CERTIFICATES.map((der) => Buffer.concat([length24(der.length), der])));
const CERTIFICATE = message(11, Buffer.concat([length24(LIST.length), LIST]));

function length24(value: number): Buffer {
  const bytes = Buffer.alloc(3);
  bytes.writeUIntBE(value, 0, 3);
  return bytes;
}

function message(kind: number, body: Buffer): Buffer {
  return Buffer.concat([Buffer.from([kind]), length24(body.length), body]);
}

/** Handshake bytes in records of at most `size`. */
function inRecords(bytes: Buffer, size: number): Buffer {
  const records: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += size) {
    const piece = bytes.subarray(at, at + size);
    const header = Buffer.from([22, 3, 3, 0, 0]);
    header.writeUInt16BE(piece.length, 3);
    records.push(header, piece);
  }
  return Buffer.concat(records);
}

it.each([16_384, 100, 1])('reads the certificates in their order, in records of %i bytes', (size) => {
  const wire = inRecords(Buffer.concat([SERVER_HELLO, CERTIFICATE, message(14, Buffer.alloc(0))]), size);
  expect(parseCertificateMessage(wire)?.map((der) => der.length)).toEqual([300, 5, 700]);
});

it('takes no half of a message', () => {
  const wire = inRecords(Buffer.concat([SERVER_HELLO, CERTIFICATE]), 400);
  expect(parseCertificateMessage(wire.subarray(0, wire.length - 1))).toBeUndefined();
  // Cut between two certificates, in one record that says what is there.
  const upToSecond = Buffer.concat([SERVER_HELLO, CERTIFICATE.subarray(0, 4 + 3 + 303)]);
  expect(parseCertificateMessage(inRecords(upToSecond, 16_384))).toBeUndefined();
});

it.each([
  ['an alert', Buffer.from([21, 3, 3, 0, 2, 2, 40])],
  ['plain HTTP', Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n')],
  ['a record of application data', Buffer.concat([Buffer.from([23, 3, 3, 4, 20]), CERTIFICATE])],
  ['nothing', Buffer.alloc(0)],
])('finds none in %s', (_what, wire) => {
  expect(parseCertificateMessage(wire)).toBeUndefined();
});

it('never throws', () => {
  const start = fc.constantFrom(Buffer.alloc(0), inRecords(CERTIFICATE, 50), inRecords(SERVER_HELLO, 9));
  fc.assert(
    fc.property(start, fc.uint8Array({ maxLength: 80 }), fc.nat(1200), (head, tail, cut) => {
      parseCertificateMessage(Buffer.concat([head.subarray(0, cut), tail]));
    }),
  );
});
