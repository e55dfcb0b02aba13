/** @module Manifests made by hand: what a thief, a liar or a broken program would hand out. Shares nothing with the code under test. */
import { createHash, createHmac, sign, X509Certificate, type KeyObject } from 'node:crypto';

export type Json = null | string | number | boolean | readonly Json[] | { readonly [key: string]: Json };
export type Fields = { readonly [key: string]: Json };

/** RFC 8785 for what manifests hold. */
export function canonical(value: Json): string {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value as Fields);
  return `{${members
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, member]) => `${JSON.stringify(key)}:${canonical(member)}`)
    .join(',')}}`;
}

export const base64url = (text: string | Uint8Array): string => Buffer.from(text).toString('base64url');

/** The text that is signed: header and payload. */
function signingInput(fields: Fields, header: Json): string {
  const { signature: _signature, ...signed } = fields;
  return `${base64url(canonical(header))}.${base64url(canonical(signed))}`;
}

const HEADER = { alg: 'ES256', typ: 'mintmark-pins+jws' };

/** Signs the fields with a P-256 key, or as told. */
export function signFields(
  fields: Fields,
  key: KeyObject,
  { header = HEADER, hmac }: { header?: Json; hmac?: string | Buffer } = {},
): Fields {
  const input = signingInput(fields, header);
  const signature =
    hmac === undefined
      ? sign('sha256', Buffer.from(input), { key, dsaEncoding: 'ieee-p1363' })
      : createHmac('sha256', hmac).update(input).digest();
  return { ...fields, signature: `${input.split('.')[0]}..${base64url(signature)}` };
}

/** Some digest that is nobody's. */
export const strangerPin = (seed: string): string => createHash('sha256').update(seed).digest('base64');

/** DER of a PEM certificate, as `chain` holds it. */
export const chainEntry = (pem: string): string => new X509Certificate(pem).raw.toString('base64');
