/**
 * @module The certificates of a TLS 1.2 handshake out of the bytes of the wire, in the order they were sent (RFC 5246 sections 6.2.1
 * and 7.4.2). Clear text there; TLS 1.3 encrypts them. Pure.
 */

const RECORD_HANDSHAKE = 22; // RFC 5246 section 6.2.1
const RECORD_HEADER_BYTES = 5;
const MESSAGE_CERTIFICATE = 11; // RFC 5246 section 7.4
const MESSAGE_HEADER_BYTES = 4;
const LENGTH_BYTES = 3;

/** DER certificates; undefined when the bytes hold no whole Certificate message. Never throws. */
export function parseCertificateMessage(wire: Uint8Array): Uint8Array[] | undefined {
  const bytes = Buffer.from(joinHandshake(Buffer.from(wire)));
  let at = 0;
  while (at + MESSAGE_HEADER_BYTES <= bytes.length) {
    const length = bytes.readUIntBE(at + 1, LENGTH_BYTES);
    const body = bytes.subarray(at + MESSAGE_HEADER_BYTES, at + MESSAGE_HEADER_BYTES + length);
    if (body.length < length) return undefined;
    if (bytes[at] === MESSAGE_CERTIFICATE) return readList(body);
    at += MESSAGE_HEADER_BYTES + length;
  }
  return undefined;
}

/** Messages may be cut into records at any place; the first record of another kind ends the clear text. */
function joinHandshake(wire: Buffer): Buffer {
  const parts: Buffer[] = [];
  let at = 0;
  while (at + RECORD_HEADER_BYTES <= wire.length && wire[at] === RECORD_HANDSHAKE) {
    const length = wire.readUInt16BE(at + 3);
    parts.push(wire.subarray(at + RECORD_HEADER_BYTES, at + RECORD_HEADER_BYTES + length));
    at += RECORD_HEADER_BYTES + length;
  }
  return Buffer.concat(parts);
}

function readList(body: Buffer): Uint8Array[] | undefined {
  const certificates: Uint8Array[] = [];
  let at = LENGTH_BYTES;
  while (at + LENGTH_BYTES <= body.length) {
    const length = body.readUIntBE(at, LENGTH_BYTES);
    const der = body.subarray(at + LENGTH_BYTES, at + LENGTH_BYTES + length);
    if (length === 0 || der.length < length) return undefined;
    certificates.push(new Uint8Array(der));
    at += LENGTH_BYTES + length;
  }
  return certificates;
}
