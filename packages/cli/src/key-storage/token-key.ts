/** @module Keys in a token: made there, found there, destroyed there; and the public half as certificates hold it. */
import { randomBytes, X509Certificate } from 'node:crypto';
import {
  isCaError,
  KEY_TYPE_FACTS,
  parseSubjectKey,
  quote,
  type Bytes,
  type KeyType,
  type SubjectKey,
} from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { keyStorageError } from './key-storage-errors.ts';
import { KEY_KINDS, MECHANISMS, OBJECT_CLASSES, RETURN_CODES } from './pkcs11-numbers.ts';
import type { Attributes, Mechanism, Session, TokenObject } from './token-client.ts';
import { reasonOf, returnCodeOf, withTokenErrors } from './token-failure.ts';
import { encodeEcSpki, encodeEd25519Spki, encodeRsaSpki } from './token-public-key.ts';

/** A private key in a token, with the public half that belongs to it. */
export type TokenKey = {
  readonly object: TokenObject;
  /** Where the pair was made just now. */
  readonly publicObject?: TokenObject;
  readonly subjectKey: SubjectKey;
  readonly id: Buffer;
  readonly label: string;
};

/** What names a key; at least one of the two. */
export type KeyWish = { readonly id?: Buffer; readonly label?: string };

/** A session and the token's name for messages. */
export type TokenAccess = { readonly session: Session; readonly token: string };

const ID_BYTES = 16;
const PUBLIC_EXPONENT = Buffer.from([1, 0, 1]); // 65537

/** DER of the OIDs of curves: RFC 5480 section 2.1.1.1, RFC 8410 section 3. */
const CURVE_PARAMETERS: Readonly<Partial<Record<KeyType, Buffer>>> = {
  'ecdsa-p256': Buffer.from('06082a8648ce3d030107', 'hex'),
  'ecdsa-p384': Buffer.from('06052b81040022', 'hex'),
  ed25519: Buffer.from('06032b6570', 'hex'),
};

const CANNOT_MAKE: readonly number[] = [
  RETURN_CODES.attributeTypeInvalid,
  RETURN_CODES.attributeValueInvalid,
  RETURN_CODES.keySizeRange,
  RETURN_CODES.mechanismInvalid,
  RETURN_CODES.mechanismParamInvalid,
  RETURN_CODES.templateInconsistent,
  RETURN_CODES.curveNotSupported,
  RETURN_CODES.domainParamsInvalid,
];

/** Makes a pair that stays where it is made. @throws TOKEN_KEY_TYPE, TOKEN_KEY_UNFIT, TOKEN_FAILED */
export function createTokenKey({ session, token }: TokenAccess, keyType: KeyType, label: string): TokenKey {
  const id = randomBytes(ID_BYTES);
  const names = { token: true, id, label };
  const pair = generate({ session, token }, keyType, {
    publicTemplate: { ...names, private: false, verify: true, ...describeKind(keyType) },
    privateTemplate: {
      ...names,
      private: true,
      sensitive: true,
      extractable: false,
      sign: true,
      decrypt: false,
      unwrap: false,
    },
  });
  try {
    return withTokenErrors(token, () => {
      assertLocked(pair.privateKey, token);
      return {
        object: pair.privateKey,
        publicObject: pair.publicKey,
        subjectKey: readSubjectKey(pair.publicKey),
        id,
        label,
      };
    });
  } catch (cause) {
    for (const object of [pair.privateKey, pair.publicKey]) discardObject(object);
    throw cause;
  }
}

type Templates = { readonly publicTemplate: Attributes; readonly privateTemplate: Attributes };

function generate({ session, token }: TokenAccess, keyType: KeyType, { publicTemplate, privateTemplate }: Templates) {
  try {
    return session.generateKeyPair(mechanismFor(keyType), publicTemplate, privateTemplate);
  } catch (cause) {
    const code = returnCodeOf(cause);
    const reason = reasonOf(cause);
    if (code !== undefined && CANNOT_MAKE.includes(code))
      throw keyStorageError('TOKEN_KEY_TYPE', { token, keyLabel: KEY_TYPE_FACTS[keyType].label, reason }, { cause });
    throw keyStorageError('TOKEN_FAILED', { token, reason }, { cause });
  }
}

function mechanismFor(keyType: KeyType): Mechanism {
  const { family } = KEY_TYPE_FACTS[keyType];
  if (family === 'rsa') return MECHANISMS.rsaKeyPair;
  return family === 'ec' ? MECHANISMS.ecKeyPair : MECHANISMS.edwardsKeyPair;
}

function describeKind(keyType: KeyType): Attributes {
  const curve = CURVE_PARAMETERS[keyType];
  return curve === undefined
    ? { modulusBits: KEY_TYPE_FACTS[keyType].modulusBits, publicExponent: PUBLIC_EXPONENT }
    : { paramsEC: curve };
}

/** A module may ignore what it was asked for, so it is asked again. */
function assertLocked(object: TokenObject, token: string): void {
  const { sensitive, extractable } = object.getAttribute({ sensitive: null, extractable: null });
  if (sensitive !== true || extractable !== false)
    throw keyStorageError('TOKEN_KEY_UNFIT', { token, reason: 'the token would let it be taken out' });
}

/** Removes what was begun; what can't be removed is worth nothing without its CA. */
function discardObject(object: TokenObject): void {
  try {
    object.destroy();
  } catch {
    // The failure that led here matters more.
  }
}

/** The one private key that is meant. @throws TOKEN_KEY_NOT_FOUND, TOKEN_KEY_SEVERAL, TOKEN_KEY_UNFIT, PUBLIC_KEY_*, TOKEN_FAILED */
export function findTokenKey(access: TokenAccess, wish: KeyWish): TokenKey {
  const object = findPrivateKey(access, wish);
  return withTokenErrors(access.token, () => {
    const id = readId(object);
    const facts = object.getAttribute({ label: null });
    const label = typeof facts['label'] === 'string' ? facts['label'] : '';
    if (id.length === 0) throw unfit(access, 'it has no id, by which it would be found again');
    return { object, subjectKey: findSubjectKey(access, id), id, label };
  });
}

const unfit = ({ token }: TokenAccess, reason: string) => keyStorageError('TOKEN_KEY_UNFIT', { token, reason });

/** @throws TOKEN_KEY_NOT_FOUND, TOKEN_KEY_SEVERAL, TOKEN_FAILED */
export function findPrivateKey({ session, token }: TokenAccess, wish: KeyWish): TokenObject {
  const found = withTokenErrors(token, () => session.find({ class: OBJECT_CLASSES.privateKey, ...wish }));
  const wanted = describeWish(wish);
  if (found.length === 0) throw keyStorageError('TOKEN_KEY_NOT_FOUND', { token, wanted });
  if (found.length > 1) throw keyStorageError('TOKEN_KEY_SEVERAL', { token, wanted, count: found.length });
  return found.items(0);
}

/** Ids of the private keys of a label. @throws TOKEN_FAILED */
export function listKeyIds({ session, token }: TokenAccess, label: string): Buffer[] {
  return withTokenErrors(token, () => {
    const found = session.find({ class: OBJECT_CLASSES.privateKey, label });
    return Array.from({ length: found.length }, (_none, i) => readId(found.items(i)));
  });
}

function readId(object: TokenObject): Buffer {
  const { id } = object.getAttribute({ id: null });
  return Buffer.isBuffer(id) ? id : Buffer.alloc(0);
}

const describeWish = ({ id, label }: KeyWish): string =>
  [
    ...(label === undefined ? [] : [`labelled ${quote(label)}`]),
    ...(id === undefined ? [] : [`with id ${id.toString('hex')}`]),
  ].join(' and ');

/** The public half: a public key of the same id, else a certificate of that id, as cards for people have them. */
function findSubjectKey(access: TokenAccess, id: Buffer): SubjectKey {
  const { session } = access;
  const keys = session.find({ class: OBJECT_CLASSES.publicKey, id });
  if (keys.length > 0) return readSubjectKey(keys.items(0));
  const certificates = session.find({ class: OBJECT_CLASSES.certificate, id });
  if (certificates.length === 0) throw unfit(access, 'the token has neither its public half nor a certificate for it');
  const der = certificates.items(0).getAttribute({ value: null })['value'];
  const spki = new X509Certificate(Buffer.isBuffer(der) ? der : '').publicKey.export({ type: 'spki', format: 'der' });
  return parseSubjectKey(spki, nodeSha256);
}

/** @throws PUBLIC_KEY_* */
function readSubjectKey(object: TokenObject): SubjectKey {
  return parseSubjectKey(readSpki(object), nodeSha256);
}

function readSpki(object: TokenObject): Bytes {
  const read = (name: string): Buffer => {
    const value = object.getAttribute({ [name]: null })[name];
    return Buffer.isBuffer(value) ? value : Buffer.alloc(0);
  };
  const kind = object.getAttribute({ keyType: null })['keyType'];
  if (kind === KEY_KINDS.rsa) return encodeRsaSpki(read('modulus'), read('publicExponent'));
  if (kind === KEY_KINDS.ecEdwards) return encodeEd25519Spki(read('pointEC'));
  return encodeEcSpki(read('paramsECDSA'), read('pointEC'));
}

/** Whether the token wants the PIN again before each signature, as the signing slot of a YubiKey does. */
export function isAlwaysAuthenticated(object: TokenObject): boolean {
  return readFlag(object, 'alwaysAuth');
}

/** Whether the private key may leave the token, which one made here never may. */
export const isExtractable = (object: TokenObject): boolean => readFlag(object, 'extractable');

function readFlag(object: TokenObject, name: string): boolean {
  try {
    return object.getAttribute({ [name]: null })[name] === true;
  } catch {
    return false; // older modules don't have every attribute
  }
}

/** Destroys a private key and the public half beside it, for good. @throws TOKEN_KEY_NOT_FOUND, TOKEN_FAILED */
export function destroyTokenKey(access: TokenAccess, id: Buffer): void {
  const object = findPrivateKey(access, { id });
  withTokenErrors(access.token, () => object.destroy());
  try {
    const halves = access.session.find({ class: OBJECT_CLASSES.publicKey, id });
    for (let i = 0; i < halves.length; i++) halves.items(i).destroy();
  } catch (cause) {
    if (isCaError(cause)) throw cause; // a public half that stays harms nobody
  }
}
