/**
 * @module The pin manifest as a file: its fields, and reading one strictly. What is not described in docs/pin-manifest.md is refused,
 * for whoever else reads the file might take it for something.
 */
import { formatHex, parseSubjectAltName, type SubjectAltName } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { parseStrictJson } from './canonical-json.ts';

/**
 * Times are ISO 8601 UTC with milliseconds. `notAfter`: until when the pins are good. `chain`: DER in base64, the signer's certificate
 * first, without the root. `signature`: JWS without payload over the canonical JSON (RFC 8785) of all the other fields.
 */
export type PinManifest = {
  readonly version: 1;
  readonly names: readonly string[];
  readonly issuedAt: string;
  readonly notAfter: string;
  readonly current: { readonly certSha256Hex: string; readonly spkiSha256Base64: string; readonly notAfter: string };
  readonly backup: { readonly spkiSha256Base64: string } | null;
  readonly issuer: { readonly name: string; readonly chain: readonly string[] };
  readonly signature: string;
};

/** A manifest whose shape is right; nothing is said of its signature. */
export type ParsedManifest = {
  readonly manifest: PinManifest;
  readonly names: readonly SubjectAltName[];
  readonly chain: readonly Uint8Array[];
};

export const MANIFEST_VERSION = 1;
export const MANIFEST_MAX_BYTES = 1024 * 1024;

const MAX_NAMES = 2000;
const MAX_CHAIN = 4;
const MAX_TEXT = 4096;
const SHA256_BYTES = 32;
const EMPTY_SHA256 = formatHex(nodeSha256(new Uint8Array()));

/** Says in words what is wrong; the caller names the file. */
export class ManifestFault extends Error {}

const fail = (reason: string): never => {
  throw new ManifestFault(reason);
};

/** @throws ManifestFault */
export function parseManifest(bytes: Uint8Array): ParsedManifest {
  if (bytes.length > MANIFEST_MAX_BYTES) fail(`it is larger than ${MANIFEST_MAX_BYTES} bytes`);
  const fields = readObject(parseJson(bytes), 'the file');
  // First of all: another version may have other fields.
  if (fields['version'] !== MANIFEST_VERSION) fail('it is of a version that this mintmark does not know');
  const { version: _version, ...rest } = fields;
  const top = readFields(rest, 'the file', [
    'names',
    'issuedAt',
    'notAfter',
    'current',
    'backup',
    'issuer',
    'signature',
  ]);
  const texts = readList(top.names, 'names', MAX_NAMES).map((name) => readText(name, 'a name'));
  if (texts.length === 0) fail('it names nothing');
  const current = readFields(top.current, 'current', ['certSha256Hex', 'spkiSha256Base64', 'notAfter']);
  const issuer = readFields(top.issuer, 'issuer', ['name', 'chain']);
  const chain = readList(issuer.chain, 'chain', MAX_CHAIN).map((text) => readText(text, 'a certificate', Infinity));
  const manifest: PinManifest = {
    version: MANIFEST_VERSION,
    names: texts,
    issuedAt: readTime(top.issuedAt, 'issuedAt'),
    notAfter: readTime(top.notAfter, 'notAfter'),
    current: {
      certSha256Hex: readHexDigest(current.certSha256Hex),
      spkiSha256Base64: readDigest(current.spkiSha256Base64),
      notAfter: readTime(current.notAfter, 'current.notAfter'),
    },
    backup: readBackup(top.backup),
    issuer: { name: readText(issuer.name, 'the name of the issuer'), chain },
    signature: readText(top.signature, 'the signature'),
  };
  if (manifest.backup?.spkiSha256Base64 === manifest.current.spkiSha256Base64)
    fail('its backup is the current key, which is no backup');
  return { manifest, names: texts.map(readName), chain: chain.map(readDer) };
}

function parseJson(bytes: Uint8Array): unknown {
  try {
    return parseStrictJson(bytes);
  } catch (cause) {
    return fail(
      cause instanceof TypeError && /twice|deep/.test(cause.message) ? cause.message : 'it is not JSON in UTF-8',
    );
  }
}

function readBackup(value: unknown): PinManifest['backup'] {
  if (value === null) return null;
  return { spkiSha256Base64: readDigest(readFields(value, 'backup', ['spkiSha256Base64']).spkiSha256Base64) };
}

function readObject(value: unknown, what: string): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return fail(`${what} is not an object`);
  return value as Record<string, unknown>;
}

/** These fields and no other, each its own. */
function readFields<K extends string>(value: unknown, what: string, names: readonly K[]): Record<K, unknown> {
  const object = readObject(value, what);
  const unknown = Object.keys(object).find((key) => !names.some((name) => name === key));
  if (unknown !== undefined) fail(`${what} has a field that is not of this version`);
  const missing = names.find((name) => !Object.hasOwn(object, name));
  if (missing !== undefined) fail(`${what} lacks "${missing}"`);
  return object as Record<K, unknown>;
}

function readList(value: unknown, what: string, max: number): readonly unknown[] {
  if (!Array.isArray(value)) return fail(`"${what}" is not a list`);
  return value.length > max ? fail(`"${what}" has more than ${max} entries`) : value;
}

function readText(value: unknown, what: string, max = MAX_TEXT): string {
  if (typeof value !== 'string' || value === '' || value.length > max) return fail(`${what} is not a text`);
  return /[\p{Cc}\p{Surrogate}]/u.test(value) ? fail(`${what} holds control characters`) : value;
}

/** One spelling for each instant. */
function readTime(value: unknown, what: string): string {
  const text = readText(value, what);
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/.test(text) ? Date.parse(text) : Number.NaN;
  return Number.isNaN(ms) || new Date(ms).toISOString() !== text ? fail(`"${what}" is not a time`) : text;
}

function readDigest(value: unknown): string {
  const text = readText(value, 'a pin');
  const digest = Buffer.from(text, 'base64');
  if (digest.length !== SHA256_BYTES || digest.toString('base64') !== text)
    return fail('a pin is not a SHA-256 in base64');
  return formatHex(digest) === EMPTY_SHA256 ? fail('a pin is the digest of nothing') : text;
}

function readHexDigest(value: unknown): string {
  const text = readText(value, 'a digest');
  if (!/^[0-9a-f]{64}$/.test(text)) return fail('a digest is not a SHA-256 in hex');
  return text === EMPTY_SHA256 ? fail('a digest is that of nothing') : text;
}

/** In the spelling that certificates have, so that a name is one name only. */
function readName(text: string): SubjectAltName {
  try {
    const name = parseSubjectAltName(text, { isPublicSuffix: () => false });
    if (name.text === text) return name;
  } catch {
    // Told below.
  }
  return fail('a name is none that a certificate can have');
}

function readDer(text: string): Uint8Array {
  const der = Buffer.from(text, 'base64');
  return der.toString('base64') === text ? new Uint8Array(der) : fail('a certificate is not base64');
}
