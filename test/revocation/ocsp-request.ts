/** @module OCSP requests written by hand, byte for byte, with whatever is wrong in them; and what an answer says, as OpenSSL reads it. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { derWriter } from '../../packages/ca-core/src/index.ts';
import { programPath } from '../programs/program.ts';
import { run } from '../programs/run.ts';

const { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeNull, encodeUnsignedInteger, encodeBoolean } =
  derWriter;

const OID_SHA1 = '1.3.14.3.2.26';
const OID_NONCE = '1.3.6.1.5.5.7.48.1.2';

/** The CertID of a certificate under its issuer, by SHA-1. */
export function certId(certFile: string, issuerFile: string): Uint8Array {
  const [leaf, issuer] = [certFile, issuerFile].map((path) => new X509Certificate(readFileSync(path)));
  if (leaf === undefined || issuer === undefined) throw new Error('no certificate');
  const spki = issuer.publicKey.export({ type: 'spki', format: 'der' });
  // The name and the key bits, found by walking: both are the last element of what holds them.
  const keyBits = spki.subarray(spki.length - 65); // an uncompressed point of P-256
  const sha1 = (bytes: Uint8Array): Uint8Array => createHash('sha1').update(bytes).digest();
  return encodeCertId(sha1(issuerNameOf(leaf)), sha1(keyBits), Buffer.from(leaf.serialNumber, 'hex'));
}

export const encodeCertId = (nameHash: Uint8Array, keyHash: Uint8Array, serial: Uint8Array): Uint8Array =>
  encodeSequence(
    encodeSequence(encodeOid(OID_SHA1), encodeNull()),
    encodeOctetString(nameHash),
    encodeOctetString(keyHash),
    encodeUnsignedInteger(serial),
  );

/** The issuer field: behind the version, the serial and the signature algorithm. */
function issuerNameOf({ raw }: X509Certificate): Uint8Array {
  const end = (at: number): { start: number; end: number } => {
    const first = raw[at + 1] ?? 0;
    if (first < 0x80) return { start: at + 2, end: at + 2 + first };
    const count = first & 0x7f;
    const length = raw.readUIntBE(at + 2, count);
    return { start: at + 2 + count, end: at + 2 + count + length };
  };
  let at = end(end(0).start).start;
  for (let skipped = 0; skipped < 3; skipped++) at = end(at).end;
  return raw.subarray(at, end(at).end);
}

export const encodeExtension = (oid: string, value: Uint8Array, isCritical = false): Uint8Array =>
  encodeSequence(encodeOid(oid), ...(isCritical ? [encodeBoolean(true)] : []), encodeOctetString(value));

export const encodeNonce = (length: number): Uint8Array =>
  encodeExtension(OID_NONCE, encodeOctetString(new Uint8Array(length).fill(0x5a)));

/** A request for these certificates. */
export function encodeRequest(certIds: readonly Uint8Array[], extensions: readonly Uint8Array[] = []): Uint8Array {
  const list = encodeSequence(...certIds.map((id) => encodeSequence(id)));
  const tail = extensions.length === 0 ? [] : [encodeDer(0xa2, encodeSequence(...extensions))];
  return encodeSequence(encodeSequence(list, ...tail));
}

/** The body of the answer to a POST. */
export async function post(url: string, body: Uint8Array): Promise<Uint8Array> {
  const response = await fetch(url, {
    method: 'POST',
    body: new Uint8Array(body),
    headers: { 'content-type': 'application/ocsp-request' },
  });
  return new Uint8Array(await response.arrayBuffer());
}

/** What OpenSSL prints of an answer: its status, and of a good one each certificate. @param folder where the answer may lie */
export async function readAnswer(der: Uint8Array, folder: string): Promise<string> {
  const file = join(folder, 'read-answer.der');
  writeFileSync(file, der);
  return (await run([programPath('openssl'), 'ocsp', '-respin', file, '-text', '-noverify'])).output;
}

/** The responseStatus, which stands at a fixed place: 0 successful, 1 malformedRequest, 6 unauthorized. */
export const statusOf = (der: Uint8Array): number => der[der.indexOf(0x0a) + 2] ?? -1;
