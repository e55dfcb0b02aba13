/** @module Reads a pin in any client's spelling back to its bytes, and says what is wrong with one that isn't a SHA-256. */
import { coreError } from '../core-errors.ts';
import { formatHex, parseBase64, parseHex, type Bytes } from '../der/bytes.ts';

const SHA256_BYTES = 32;
const EMPTY_SHA256_HEX = 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'; // SHA-256 of no bytes

/** What a digest is of, where its spelling tells. */
export type PinObject = 'certificate' | 'public-key' | 'file';

/** The bytes behind a spelling, of any length, and what the spelling says they are a digest of. */
export type SpelledPin = { readonly digest: Bytes; readonly object?: PinObject };

/** What clients and tools write before the digest; the first that fits counts. */
const PREFIXES: readonly (readonly [pattern: RegExp, object?: PinObject])[] = [
  [/^pin-sha-?256[:=]/i, 'public-key'], // HPKP, OpenConnect
  [/^sha-?256\/\//i, 'public-key'], // curl
  [/^[0-3]\s+0\s+1\s/, 'certificate'], // TLSA, selector 0
  [/^[0-3]\s+1\s+1\s/, 'public-key'], // TLSA, selector 1
  [/^sha-?256 fingerprint=/i, 'certificate'], // OpenSSL
  [/^a=fingerprint:sha-256\s+/i, 'certificate'], // SDP
  [/^sha3(?:-256)?:/i, 'file'], // golem
  [/^(?:sha-?1|md5)(?: fingerprint)?[:=]/i, 'certificate'], // OpenSSL again: too short, and told so
  [/^sha2?-?256\s?\([^)]*\)\s?=\s*/i], // openssl dgst
  [/^sha-?256[/:=\s]/i], // kubeadm's key, OkHttp's key, Electron's certificate
];

/** What stands before the record in a zone file, and behind the digest in what sha256sum prints. */
const ZONE_LINE = /^\S+\s+(?:\d+\s+)?(?:IN\s+)?TLSA\s+(?=[0-3]\s)/i;
const FILE_NAME = /(?<=^[0-9a-f]{64})\s+\*?\S.*$/i;

/**
 * The digest behind `sha256//…`, `sha256/…`, `sha256:…`, `pin-sha256:…`, OpenSSL's `SHA256 Fingerprint=…`, a TLSA record,
 * plain or colon hex, base64, base64url, a multihash (`uEi…`) or a Syncthing device ID.
 * @throws PIN_INVALID for another length (SHA-1, MD5), a prefix, or the digest of nothing
 */
export function parsePin(text: string): Bytes {
  const digest = decodeSpelledPin(text)?.digest;
  const refuse = (reason: string) => coreError('PIN_INVALID', { reason });
  if (digest === undefined)
    throw refuse(/[;,]/.test(text) ? 'several pins in one text: give one at a time' : 'neither hex nor base64');
  if (digest.length === 20) throw refuse('20 bytes, which is a SHA-1 fingerprint');
  if (digest.length === 16) throw refuse('16 bytes, which is an MD5 fingerprint');
  if (digest.length !== SHA256_BYTES) throw refuse(`${digest.length} bytes`);
  if (formatHex(digest) === EMPTY_SHA256_HEX)
    throw refuse('the digest of nothing: the command that made it read an empty input');
  return digest;
}

/** Undefined for what is neither hex nor base64. */
export function decodeSpelledPin(text: string): SpelledPin | undefined {
  const trimmed = text.trim().replace(ZONE_LINE, '').replace(FILE_NAME, '');
  const [pattern, object] = PREFIXES.find(([candidate]) => candidate.test(trimmed)) ?? [];
  const bare = (pattern === undefined ? trimmed : trimmed.replace(pattern, '')).replaceAll('"', '').trim();
  // `sha256/` before base64 that begins with a slash of its own looks like `sha256//`; only the length tells.
  const withSlash = /^sha-?256\/\//i.test(trimmed) ? decodeDigest(`/${bare}`) : undefined;
  if (withSlash?.length === SHA256_BYTES) return { digest: withSlash };
  const digest = decodeDigest(bare);
  if (digest === undefined) return undefined;
  return object === undefined ? { digest } : { digest, object };
}

const decodeDigest = (bare: string): Bytes | undefined =>
  decodeDeviceId(bare) ?? decodeHex(bare) ?? decodeMultihash(bare) ?? decodeBase64(bare);

function decodeHex(text: string): Bytes | undefined {
  const digits = text.replaceAll(/[:\s]/g, '');
  return /^[0-9a-f]+$/i.test(digits) && digits.length !== 44 ? parseHex(digits) : undefined;
}

function decodeBase64(text: string): Bytes | undefined {
  const standard = text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  return parseBase64(standard.padEnd(Math.ceil(standard.length / 4) * 4, '='));
}

const MULTIHASH_SHA256 = '1220'; // code 0x12, then the length, 32: multiformats' table

/** libp2p's `certhash`: multibase `u` (base64url) before a multihash. */
function decodeMultihash(text: string): Bytes | undefined {
  if (!/^uEi[\w-]{44}$/.test(text)) return undefined;
  const bytes = decodeBase64(text.slice(1));
  return bytes !== undefined && formatHex(bytes).startsWith(MULTIHASH_SHA256) ? bytes.slice(2) : undefined;
}

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'; // RFC 4648 section 6

/** Syncthing: base32 in four groups of 13, a check digit behind each. The check digits are left to Syncthing. */
function decodeDeviceId(text: string): Bytes | undefined {
  if (!/^(?:[A-Z2-7]{7}-){7}[A-Z2-7]{7}$/.test(text)) return undefined;
  const digits = text.replaceAll('-', '').replaceAll(/(.{13})./g, '$1');
  let bits = '';
  for (const digit of digits) bits += BASE32.indexOf(digit).toString(2).padStart(5, '0');
  return Uint8Array.from({ length: SHA256_BYTES }, (_, at) => Number.parseInt(bits.slice(at * 8, at * 8 + 8), 2));
}
