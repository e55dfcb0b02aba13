/**
 * @module The quick way in for the keys that Mintmark itself writes: unencrypted PKCS#8 of a named curve with its public half
 * inside (RFC 5958, RFC 5915). Read by coordinates, because starting OpenSSL's decoders costs more than minting.
 */
import { createPrivateKey, type KeyObject } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG_OCTET_STRING } from '../der/tags.ts';
import { encodeBitString, encodeOid, encodeSequence } from '../der/writer.ts';
import { CURVES, OID_EC_PUBLIC_KEY } from '../keys/algorithms.ts';

export type PlainEcKey = { readonly keyObject: KeyObject; readonly spkiDer: Bytes };

/** The key; undefined for every other kind and for whatever is unusual, which OpenSSL then judges. Never throws. */
export function readPlainEcKey(pkcs8Der: Uint8Array): PlainEcKey | undefined {
  try {
    return read(pkcs8Der);
  } catch {
    return undefined;
  }
}

function read(pkcs8Der: Uint8Array): PlainEcKey | undefined {
  const pkcs8 = new DerReader(pkcs8Der, 'the key').enterSequence();
  const version = pkcs8.readSmallInteger();
  const algorithm = pkcs8.enterSequence();
  if (version !== 0 || algorithm.readOid() !== OID_EC_PUBLIC_KEY) return undefined;
  const oid = algorithm.readOid();
  const curve = Object.entries(CURVES).find(([known]) => known === oid)?.[1];
  const key = new DerReader(pkcs8.readElement(TAG_OCTET_STRING).value, 'the key').enterSequence();
  if (key.readSmallInteger() !== 1) return undefined; // RFC 5915 section 3
  const d = key.readElement(TAG_OCTET_STRING).value;
  const point = key.enter(contextConstructed(1)).readBitString();
  const fieldBytes = (point.length - 1) / 2;
  if (curve === undefined || point.length !== curve.pointBytes || point[0] !== 4 || d.length !== fieldBytes)
    return undefined;
  const [x, y] = [point.subarray(1, 1 + fieldBytes), point.subarray(1 + fieldBytes)];
  const jwk = { kty: 'EC', crv: curve.name, d: toBase64Url(d), x: toBase64Url(x), y: toBase64Url(y) };
  return {
    keyObject: createPrivateKey({ key: jwk, format: 'jwk' }),
    spkiDer: encodeSequence(encodeSequence(encodeOid(OID_EC_PUBLIC_KEY), encodeOid(oid)), encodeBitString(point)),
  };
}

const toBase64Url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
