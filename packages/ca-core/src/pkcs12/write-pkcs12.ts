/**
 * @module Writes a PKCS#12 file (RFC 7292): a key store with one key and its chain, or a trust store, or both in one. DER throughout,
 * password privacy and password integrity. This file imports node:crypto.
 */
import { hash } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import { encodeDer, encodeOctetString, encodeOid, encodeSequence, encodeSmallInteger } from '../der/writer.ts';
import { encodeCertificateBag, encodeKeyBag, type BagLabels } from './write-bags.ts';
import { createLocksmith, type Locksmith } from './write-encryption.ts';

/** An anchor under its name. */
export type TrustedCertificate = { readonly certDer: Bytes; readonly alias: string };

export type Pkcs12Plan = {
  /** The key of the first certificate of the chain. */
  readonly key?: { readonly pkcs8Der: Uint8Array };
  /** Leaf first, then who signed it, and so on. */
  readonly chain?: readonly Bytes[];
  readonly trusted?: readonly TrustedCertificate[];
  /** The friendly name of key and leaf: Java's alias, what Windows and macOS show. */
  readonly alias?: string;
  readonly password: string;
  /** Triple DES and SHA-1, for readers without the other: Java before 8u301, Windows before 10 (1709), macOS for long. */
  readonly isLegacy?: boolean;
};

const OID_DATA = '1.2.840.113549.1.7.1'; // RFC 5652 section 4
const OID_ENCRYPTED_DATA = '1.2.840.113549.1.7.6'; // RFC 5652 section 8
const PFX_VERSION = 3; // RFC 7292 section 4
const ENCRYPTED_DATA_VERSION = 0; // RFC 5652 section 8: no unprotected attributes

/**
 * DER of the file, a few kB, after some tenths of a second of key derivation. AES-256, PBKDF2 and HMAC-SHA-256; certificates are
 * encrypted too. Key and leaf carry the alias and the same localKeyId, the other certificates of the chain nothing.
 * Nothing is checked: that the key is the leaf's and that aliases differ (Java ignores their case) is the caller's business.
 * @throws TypeError for an empty password or one with a NUL, for a key without a chain, and for a file with no certificate
 */
export function writePkcs12({ key, chain = [], trusted = [], alias, password, isLegacy = false }: Pkcs12Plan): Bytes {
  const [leaf, ...issuers] = chain;
  if (leaf === undefined && (key !== undefined || trusted.length === 0))
    throw new TypeError('a PKCS#12 file needs a certificate');
  const locksmith = createLocksmith(password, isLegacy);
  const certificateBags = [
    ...(leaf === undefined ? [] : [encodeCertificateBag(leaf, leafLabels(leaf, key !== undefined, alias))]),
    ...issuers.map((certDer) => encodeCertificateBag(certDer, {})),
    ...trusted.map(({ certDer, alias: friendlyName }) =>
      encodeCertificateBag(certDer, { friendlyName, isTrusted: true }),
    ),
  ];
  const safes = [encodeSealedSafe(certificateBags, locksmith)];
  if (key !== undefined && leaf !== undefined)
    safes.push(encodePlainSafe([encodeKeyBag(key.pkcs8Der, leafLabels(leaf, true, alias), locksmith)]));
  return encodePfx(encodeSequence(...safes), locksmith);
}

/** The localKeyId is the SHA-1 of the leaf, as in the files of OpenSSL: a mark by which key and certificate find each other. */
function leafLabels(leaf: Uint8Array, hasKey: boolean, alias: string | undefined): BagLabels {
  return {
    ...(alias === undefined ? {} : { friendlyName: alias }),
    ...(hasKey ? { localKeyId: hash('sha1', leaf, 'buffer') } : {}),
  };
}

function encodePfx(authenticatedSafe: Bytes, { authenticate }: Locksmith): Bytes {
  const content = encodeContentInfo(OID_DATA, encodeOctetString(authenticatedSafe));
  return encodeSequence(encodeSmallInteger(PFX_VERSION), content, authenticate(authenticatedSafe));
}

const encodeContentInfo = (oid: string, content: Uint8Array): Bytes =>
  encodeSequence(encodeOid(oid), encodeDer(contextConstructed(0), content));

const encodePlainSafe = (bags: readonly Bytes[]): Bytes =>
  encodeContentInfo(OID_DATA, encodeOctetString(encodeSequence(...bags)));

function encodeSealedSafe(bags: readonly Bytes[], { seal }: Locksmith): Bytes {
  const { algorithm, ciphertext } = seal(encodeSequence(...bags));
  const encryptedContent = encodeSequence(
    encodeOid(OID_DATA),
    algorithm,
    encodeDer(contextPrimitive(0), ciphertext), // [0] IMPLICIT OCTET STRING
  );
  return encodeContentInfo(
    OID_ENCRYPTED_DATA,
    encodeSequence(encodeSmallInteger(ENCRYPTED_DATA_VERSION), encryptedContent),
  );
}
