/** @module Reads a pin in any client's spelling back to its 32 bytes, and says what is wrong with one that isn't a SHA-256. */
import { coreError } from '../core-errors.ts';
import { formatHex, parseBase64, parseHex, type Bytes } from '../der/bytes.ts';

const SHA256_BYTES = 32;
const EMPTY_SHA256_HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'; // SHA-256 of no bytes

// What clients and tools write before the digest: `pin-sha256=`, `sha256//`, `SHA256 Fingerprint=`, or the three fields of TLSA.
const PREFIX = /^(?:(?:pin-)?sha-?256(?: fingerprint)?(?:\/\/|[/:=])|[0-3]\s+[01]\s+1\s)/i;

/**
 * The digest behind `sha256//…`, `sha256/…`, `sha256:…`, `pin-sha256:…`, OpenSSL's `SHA256 Fingerprint=…`, a TLSA record,
 * plain or colon hex, base64 or base64url.
 * @throws PIN_INVALID for another length (SHA-1, MD5), a prefix, or the digest of nothing
 */
export function parsePin(text: string): Bytes {
  const trimmed = text.trim();
  const bare = trimmed.replace(PREFIX, '').replaceAll('"', '').trim();
  // `sha256/` before base64 that begins with a slash of its own looks like `sha256//`; only the length tells.
  const withSlash = /^sha256\/\//i.test(trimmed) ? decodePin(`/${bare}`) : undefined;
  const digest = withSlash?.length === SHA256_BYTES ? withSlash : decodePin(bare);
  if (digest === undefined) throw coreError('PIN_INVALID', { reason: 'neither hex nor base64' });
  if (digest.length === 20) throw coreError('PIN_INVALID', { reason: '20 bytes, which is a SHA-1 fingerprint' });
  if (digest.length === 16) throw coreError('PIN_INVALID', { reason: '16 bytes, which is an MD5 fingerprint' });
  if (digest.length !== SHA256_BYTES) throw coreError('PIN_INVALID', { reason: `${digest.length} bytes` });
  if (formatHex(digest) === EMPTY_SHA256_HEX)
    throw coreError('PIN_INVALID', { reason: 'the digest of nothing: the command that made it read an empty input' });
  return digest;
}

const decodePin = (bare: string): Bytes | undefined => parseHexPin(bare) ?? parseBase64Pin(bare);

function parseHexPin(text: string): Bytes | undefined {
  const digits = text.replaceAll(/[:\s]/g, '');
  return /^[0-9a-f]+$/i.test(digits) && digits.length !== 44 ? parseHex(digits) : undefined;
}

function parseBase64Pin(text: string): Bytes | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return parseBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
}
