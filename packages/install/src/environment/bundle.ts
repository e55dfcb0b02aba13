/**
 * @module Bundles: certificates out of whatever users keep them in, and one PEM file of somebody's roots and ours. The first lines
 * of a bundle say what it was made from, so that a bundle found in a variable is made anew instead of growing. Pure.
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { formatPem } from '@mintmark/ca-core';

/** What a bundle holds besides our roots: the system's, those of these files and folders, or (an empty list) nothing. */
export type Base = 'system' | readonly string[];

const BLOCK = /-----BEGIN (?:X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END (?:X509 )?CERTIFICATE-----/g;
const SEQUENCE = 0x30;

/** DER of every certificate in a PEM text, or the DER file itself. Blocks that are no certificate are passed over, as OpenSSL does. */
export function parseCertificates(bytes: Uint8Array): Uint8Array[] {
  if (bytes[0] === SEQUENCE) return [bytes];
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
  return [...text.matchAll(BLOCK)]
    .map(([, base64 = '']) => new Uint8Array(Buffer.from(base64, 'base64')))
    .filter(([first]) => first === SEQUENCE);
}

const keyOf = (der: Uint8Array): string => Buffer.from(der).toString('latin1');

/** The certificates of all lists in their order, each once. */
export function mergeCertificates(...lists: readonly (readonly Uint8Array[])[]): Uint8Array[] {
  return [...new Map(lists.flat().map((der) => [keyOf(der), der])).values()];
}

/** True when every one of `wanted` is among `certificates`. */
export function holdsAll(certificates: readonly Uint8Array[], wanted: readonly Uint8Array[]): boolean {
  const keys = new Set(certificates.map(keyOf));
  return wanted.every((der) => keys.has(keyOf(der)));
}

const TITLE = '# Made by mintmark env; it is made anew when needed.';
const BASE_LINE = /^# base: (.*)$/m;

/** PEM text that says on top what it was made from. */
export function formatBundle(base: Base, certificates: readonly Uint8Array[]): string {
  return `${TITLE}\n# base: ${encodeAscii(base)}\n${certificates.map((der) => formatPem('CERTIFICATE', der)).join('')}`;
}

/** What a bundle of ours was made from; undefined for a file that is none. */
export function readBundleBase(bytes: Uint8Array): Base | undefined {
  const head = Buffer.from(bytes).toString('latin1', 0, HEAD_BYTES);
  if (!head.startsWith(TITLE)) return undefined;
  return parseBase(BASE_LINE.exec(head)?.[1] ?? '');
}

/** Longer than any path that a disk takes. */
const HEAD_BYTES = 16_384;

function parseBase(text: string): Base | undefined {
  try {
    const base: unknown = JSON.parse(text);
    if (base === 'system') return base;
    return Array.isArray(base) && base.every((path) => typeof path === 'string') ? base : undefined;
  } catch {
    return undefined;
  }
}

/** JSON in ASCII: readers of PEM differ about what may stand around blocks. */
const encodeAscii = (value: unknown): string =>
  JSON.stringify(value).replaceAll(/[^ -~]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);

/** Where the bundle of a base stands: a plain name for the system's and ours alone, a digest of the paths for the rest. */
export function bundlePath(folder: string, base: Base): string {
  if (base === 'system') return join(folder, 'bundle.pem');
  if (base.length === 0) return join(folder, 'roots.pem');
  return join(folder, `bundle-${shortDigest(base.join('\0'))}.pem`);
}

/** Twelve hex digits that tell one text from another in a file name. */
export const shortDigest = (text: string): string => createHash('sha256').update(text).digest('hex').slice(0, 12);
