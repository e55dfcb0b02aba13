/**
 * @module Certificates as an attacker or a careless CA makes them: each field is what the test says, right or wrong, which no
 * honest issuer would write. P-256 keys and RFC 5280 encodings unless told otherwise.
 */
import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { derTags, derWriter, formatColonHex, formatPem, parseHex } from '../../packages/ca-core/src/index.ts';
import { nodeSha256 } from '../../packages/ca-core/src/node/index.ts';

const { contextConstructed, contextPrimitive } = derTags;
const { encodeBitString, encodeBoolean, encodeDer, encodeOctetString, encodeOid, encodeSequence } = derWriter;

export type KeyPair = { readonly privateKey: KeyObject; readonly publicKey: KeyObject };
export const createKey = (): KeyPair => generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A certificate with its key, and what others need of it. */
export type Identity = KeyPair & {
  readonly name: string;
  readonly der: Uint8Array;
  readonly pem: string;
  readonly keyPem: string;
  /** The pin of the key as curl spells it, and that of the certificate in colon hex. */
  readonly keyPin: string;
  readonly certPin: string;
};

export type Extension = { readonly oid: string; readonly value: Uint8Array; readonly isCritical?: boolean };

export type CertificateOptions = {
  /** Who signs; default: the certificate itself. */
  readonly issuer?: Pick<Identity, 'name' | 'privateKey'>;
  /** Default: a new one. */
  readonly key?: KeyPair;
  /** DNS names and IPv4 addresses; none means no such extension. */
  readonly names?: readonly string[];
  /** CA:TRUE with this path length; false: CA:FALSE. Default: no such extension. */
  readonly ca?: boolean | number;
  /** Days from now; default -1 and 30. */
  readonly days?: readonly [from: number, to: number];
  readonly extensions?: readonly Extension[];
  /** The subject's DER where `CN=name` is not meant. */
  readonly subjectDer?: Uint8Array;
  readonly signature?: { readonly oid: string; readonly hash: string };
};

const ECDSA_SHA256 = { oid: '1.2.840.10045.4.3.2', hash: 'sha256' };
const DAY_MS = 86_400_000;

export function createCertificate(name: string, options: CertificateOptions = {}): Identity {
  const key = options.key ?? createKey();
  const { oid, hash } = options.signature ?? ECDSA_SHA256;
  const issuer = options.issuer ?? { name, privateKey: key.privateKey };
  const algorithm = encodeSequence(encodeOid(oid));
  const [from, to] = (options.days ?? [-1, 30]).map((days) => new Date(Date.now() + days * DAY_MS));
  const tbs = encodeSequence(
    encodeDer(contextConstructed(0), derWriter.encodeSmallInteger(2)),
    derWriter.encodeUnsignedInteger(Uint8Array.from([1, ...randomBytes(8)])),
    algorithm,
    encodeName(issuer.name),
    encodeSequence(derWriter.encodeTime(from ?? new Date()), derWriter.encodeTime(to ?? new Date())),
    options.subjectDer ?? encodeName(name),
    key.publicKey.export({ type: 'spki', format: 'der' }),
    encodeDer(contextConstructed(3), encodeSequence(...listExtensions(options).map(encodeExtension))),
  );
  const der = encodeSequence(tbs, algorithm, encodeBitString(sign(hash, tbs, issuer.privateKey)));
  return { ...key, name, der, ...describe(der, key) };
}

function describe(der: Uint8Array, { publicKey, privateKey }: KeyPair) {
  const spki = publicKey.export({ type: 'spki', format: 'der' });
  return {
    pem: formatPem('CERTIFICATE', der),
    keyPem: privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    keyPin: `sha256//${Buffer.from(nodeSha256(spki)).toString('base64')}`,
    certPin: formatColonHex(nodeSha256(der)),
  };
}

const encodeName = (name: string): Uint8Array =>
  encodeSequence(derWriter.encodeSetOf(encodeSequence(encodeOid('2.5.4.3'), derWriter.encodeUtf8String(name))));

/** A subject with an e-mail address in it. */
export const emailSubject = (address: string): Uint8Array =>
  encodeSequence(
    derWriter.encodeSetOf(encodeSequence(encodeOid('1.2.840.113549.1.9.1'), derWriter.encodeIa5String(address))),
  );

function listExtensions({ ca, names = [], extensions = [] }: CertificateOptions): Extension[] {
  return [
    ...(ca === undefined ? [] : [basicConstraints(ca)]),
    ...(names.length === 0 ? [] : [altNames(...names)]),
    ...extensions,
  ];
}

const encodeExtension = ({ oid, value, isCritical = false }: Extension): Uint8Array =>
  encodeSequence(encodeOid(oid), ...(isCritical ? [encodeBoolean(true)] : []), encodeOctetString(value));

export const altNames = (...names: string[]): Extension => ({
  oid: '2.5.29.17',
  value: encodeSequence(...names.map(encodeAltName)),
});

export function basicConstraints(ca: boolean | number): Extension {
  const length = typeof ca === 'number' ? [derWriter.encodeSmallInteger(ca)] : [];
  const value = ca === false ? encodeSequence() : encodeSequence(encodeBoolean(true), ...length);
  return { oid: '2.5.29.19', value, isCritical: true };
}

/** Bits by number, RFC 5280 section 4.2.1.3. */
export const keyUsage = (...bits: number[]): Extension => ({
  oid: '2.5.29.15',
  value: derWriter.encodeNamedBits(bits),
  isCritical: true,
});

export const extKeyUsage = (...oids: string[]): Extension => ({
  oid: '2.5.29.37',
  value: encodeSequence(...oids.map(encodeOid)),
});

const isIp = (name: string): boolean => /^[\d.]+(?:\/[\d.]+)?$/.test(name);
const octets = (name: string): Uint8Array => Uint8Array.from(name.split(/[./]/), Number);

/** `user@host` is an e-mail address, `a:b` a URI. */
function encodeAltName(name: string): Uint8Array {
  if (name.includes('@')) return encodeDer(contextPrimitive(1), Buffer.from(name));
  if (name.includes(':')) return encodeDer(contextPrimitive(6), Buffer.from(name));
  return isIp(name) ? encodeDer(contextPrimitive(7), octets(name)) : encodeDer(contextPrimitive(2), Buffer.from(name));
}

/** Bases are DNS names, or an address and its mask: `10.0.0.0/255.0.0.0`. */
export function nameConstraints(bases: { permitted?: readonly string[]; excluded?: readonly string[] }): Extension {
  const subtrees = (n: number, list: readonly string[] = []): Uint8Array[] =>
    list.length === 0
      ? []
      : [encodeDer(contextConstructed(n), ...list.map((base) => encodeSequence(encodeAltName(base))))];
  const value = encodeSequence(...subtrees(0, bases.permitted), ...subtrees(1, bases.excluded));
  return { oid: '2.5.29.30', value, isCritical: true };
}

/** An extension of hand-written bytes. */
export const rawExtension = (oid: string, hex: string, isCritical = true): Extension => ({
  oid,
  value: parseHex(hex) ?? new Uint8Array(),
  isCritical,
});

export const x509 = ({ der }: Identity): X509Certificate => new X509Certificate(der);

/** A revocation list in PEM: these are revoked, for the next day. */
export function createCrl(issuer: Identity, revoked: readonly [Identity, ...Identity[]]): string {
  const algorithm = encodeSequence(encodeOid(ECDSA_SHA256.oid));
  const timeIn = (days: number): Uint8Array => derWriter.encodeTime(new Date(Date.now() + days * DAY_MS));
  const entries = revoked.map((one) => {
    const serial = derWriter.encodeUnsignedInteger(parseHex(x509(one).serialNumber) ?? new Uint8Array());
    return encodeSequence(serial, timeIn(-1));
  });
  const times = [timeIn(-1), timeIn(1)];
  const version = derWriter.encodeSmallInteger(1);
  const tbs = encodeSequence(version, algorithm, encodeName(issuer.name), ...times, encodeSequence(...entries));
  const signature = encodeBitString(sign(ECDSA_SHA256.hash, tbs, issuer.privateKey));
  return formatPem('X509 CRL', encodeSequence(tbs, algorithm, signature));
}
