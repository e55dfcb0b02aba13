/**
 * @module Private keys in Node: made, read (PKCS#8, SEC1, PKCS#1, encrypted or not) and written (PKCS#8).
 * Key material stays inside KeyObject; only `formatPrivateKey` lets it out, as PEM for a 0600 file.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { coreError } from '../core-errors.ts';
import { isCaError } from '../errors.ts';
import { KEY_TYPE_FACTS, type KeyType } from '../keys/algorithms.ts';
import { parseSubjectKey, type SubjectKey } from '../keys/subject-key.ts';
import { findBlocks, formatPem, PRIVATE_KEY_LABELS, type PemBlock } from '../pem/pem.ts';
import { decryptScryptKey, encryptPrivateKey } from './encrypted-private-key.ts';
import { assertDerivationCost } from './derivation-cost.ts';
import { nodeSha256 } from './hash.ts';
import { assertKeySize } from './key-size.ts';
import { readPlainEcKey } from './plain-ec-key.ts';

/** A private key and its checked public half. */
export type NodePrivateKey = { readonly keyObject: KeyObject; readonly subjectKey: SubjectKey };

/**
 * A new private key. RSA takes up to seconds, the others less than a millisecond.
 * It is written by the generator and read back: in Node 20 a key object shares a lock with the job that made it, and when the
 * job is collected during an export of the key, the process waits for itself for ever.
 */
export function createPrivateKeyOfType(keyType: KeyType): NodePrivateKey {
  const pkcs8 = generate(keyType);
  const plain = readPlainEcKey(pkcs8);
  const keyObject = plain?.keyObject ?? createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return withSubjectKey(keyObject, plain?.spkiDer ?? exportSpki(keyObject));
}

function generate(keyType: KeyType): Buffer {
  const { family, curve, modulusBits } = KEY_TYPE_FACTS[keyType];
  if (family === 'rsa') {
    return generateKeyPairSync('rsa', { modulusLength: modulusBits ?? 0, publicExponent: 65537, ...ENCODINGS })
      .privateKey;
  }
  if (family === 'ec') return generateKeyPairSync('ec', { namedCurve: curve ?? '', ...ENCODINGS }).privateKey;
  return generateKeyPairSync('ed25519', ENCODINGS).privateKey;
}

// Node's types ask for the cipher, which `undefined` leaves out.
const ENCODINGS = {
  publicKeyEncoding: { type: 'spki', format: 'der' },
  privateKeyEncoding: { type: 'pkcs8', format: 'der', cipher: undefined, passphrase: undefined },
} as const;

function withSubjectKey(keyObject: KeyObject, spkiDer: Uint8Array): NodePrivateKey {
  return { keyObject, subjectKey: parseSubjectKey(spkiDer, nodeSha256) };
}

const exportSpki = (keyObject: KeyObject): Uint8Array =>
  createPublicKey(keyObject).export({ type: 'spki', format: 'der' });

/** `what` names the file in messages; the passphrase is needed for encrypted keys only. */
export type ReadKeyOptions = { readonly what: string; readonly passphrase?: string };

/**
 * A private key from the bytes of a file, PEM or DER.
 * @throws KEY_INVALID, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG, KEY_TOO_COSTLY, PUBLIC_KEY_*, PEM_*, INPUT_*
 */
export function parsePrivateKey(bytes: Uint8Array, { what, passphrase }: ReadKeyOptions): NodePrivateKey {
  const blocks = findBlocks(bytes, what, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
  if (blocks.length > 1) throw coreError('PEM_SEVERAL', { what, wanted: 'private keys', count: blocks.length });
  const [block] = blocks as [PemBlock];
  const key = readPlain(block) ?? readAny(block, { what, ...(passphrase === undefined ? {} : { passphrase }) });
  assertPair(key, what);
  return key;
}

function readPlain(block: PemBlock): NodePrivateKey | undefined {
  const plain = block.label === 'PRIVATE KEY' ? readPlainEcKey(block.der) : undefined;
  return plain === undefined ? undefined : withSubjectKey(plain.keyObject, plain.spkiDer);
}

function readAny(block: PemBlock, options: ReadKeyOptions): NodePrivateKey {
  const keyObject = openPrivateKey(block, options);
  return withSubjectKey(keyObject, exportSpki(keyObject));
}

const PROBE = Buffer.from('mintmark');

/** One signature, so that a private half that is out of range or of another key is found before a certificate is made for it. */
function assertPair({ keyObject, subjectKey }: NodePrivateKey, what: string): void {
  const hash = subjectKey.signature.hash ?? null;
  let isPair = false;
  try {
    isPair = verify(hash, PROBE, createPublicKey(keyObject), sign(hash, PROBE, keyObject));
  } catch {
    // OpenSSL says which number is out of range; that the key can't sign is all that matters.
  }
  if (!isPair) throw coreError('KEY_INVALID', { what, reason: 'its private and public halves do not belong together' });
}

/**
 * The private key of one block, of whatever kind and strength; for looking at keys, not for using them.
 * @throws KEY_INVALID, KEY_ENCRYPTED, KEY_PASSPHRASE_WRONG, KEY_TOO_COSTLY
 */
export function openPrivateKey(block: PemBlock, options: ReadKeyOptions): KeyObject {
  assertKeySize(block, options.what);
  if (isPrivateKeyEncrypted(block)) {
    if (options.passphrase === undefined) throw coreError('KEY_ENCRYPTED', { what: options.what });
    if (!isLegacyEncrypted(block)) assertDerivationCost(block.der, options.what);
    return readKeyObject(block, options);
  }
  // Without the passphrase OpenSSL can't begin to derive a key from what only it takes for an encrypted one.
  return readKeyObject(block, { what: options.what });
}

/** RFC 1421 encryption around the old labels: one round of MD5, and no DER to look into. */
function isLegacyEncrypted({ label, headers }: PemBlock): boolean {
  return label !== 'ENCRYPTED PRIVATE KEY' && /DEK-Info:/.test(headers);
}

// OIDs of password-based encryption schemes begin 1.2.840.113549.1.5 (RFC 8018) or 1.2.840.113549.1.12.1 (RFC 7292).
const PBE_OID_PREFIXES = [Buffer.from('06092a864886f70d0105', 'hex'), Buffer.from('060a2a864886f70d010c01', 'hex')];

/** True for an EncryptedPrivateKeyInfo (RFC 5958 section 3) and for old PEM encryption (RFC 1421 headers). */
export function isPrivateKeyEncrypted(block: PemBlock): boolean {
  if (block.label === 'ENCRYPTED PRIVATE KEY' || /DEK-Info:/.test(block.headers)) return true;
  const head = Buffer.from(block.der.subarray(0, 32));
  return block.label === 'DER' && PBE_OID_PREFIXES.some((prefix) => head.includes(prefix));
}

function readKeyObject(block: PemBlock, { what, passphrase }: ReadKeyOptions): KeyObject {
  const secret = passphrase === undefined ? {} : { passphrase };
  try {
    const isOnlyPem = block.headers !== '' || block.label === 'DSA PRIVATE KEY';
    if (isOnlyPem) return createPrivateKey({ key: block.pem, format: 'pem', ...secret });
    return readScryptKey(block, passphrase) ?? readDerKey(block, secret);
  } catch (cause) {
    if (isCaError(cause)) throw cause;
    if (isPrivateKeyEncrypted(block)) throw coreError('KEY_PASSPHRASE_WRONG', { what });
    // OpenSSL's words name its own internals, so only the fact is told.
    throw coreError('KEY_INVALID', { what, reason: 'malformed, or of a kind that is not supported' });
  }
}

function readScryptKey(block: PemBlock, passphrase: string | undefined): KeyObject | undefined {
  if (passphrase === undefined || !isPrivateKeyEncrypted(block)) return undefined;
  const pkcs8 = decryptScryptKey(block.der, passphrase);
  if (pkcs8 === undefined) return undefined;
  const keyObject = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  pkcs8.fill(0);
  return keyObject;
}

// What a label promises; bytes without one are tried as each. OpenSSL gets our DER rather than the text, so that it can't
// read another key out of it than the one that was checked; only RFC 1421 encryption and DSA need the text.
const DER_TYPES: Readonly<Record<string, readonly ('pkcs8' | 'sec1' | 'pkcs1')[]>> = {
  'PRIVATE KEY': ['pkcs8'],
  'ENCRYPTED PRIVATE KEY': ['pkcs8'],
  'EC PRIVATE KEY': ['sec1'],
  'RSA PRIVATE KEY': ['pkcs1'],
};

function readDerKey(block: PemBlock, secret: { passphrase?: string }): KeyObject {
  const key = Buffer.from(block.der);
  const types = DER_TYPES[block.label] ?? (['pkcs8', 'sec1', 'pkcs1'] as const);
  for (const type of types) {
    try {
      return createPrivateKey({ key, format: 'der', type, ...secret });
    } catch (cause) {
      if (type === types.at(-1) || secret.passphrase !== undefined) throw cause;
    }
  }
  throw new Error('unreachable');
}

/** PEM of the key as PKCS#8 (RFC 5958), encrypted by PBES2 with AES-256 when a passphrase is given. For 0600 files. */
export function formatPrivateKey(key: NodePrivateKey, passphrase?: string): string {
  const pkcs8 = key.keyObject.export({ type: 'pkcs8', format: 'der' });
  const pem =
    passphrase === undefined
      ? formatPem('PRIVATE KEY', pkcs8)
      : formatPem('ENCRYPTED PRIVATE KEY', encryptPrivateKey(pkcs8, passphrase));
  pkcs8.fill(0);
  return pem;
}
