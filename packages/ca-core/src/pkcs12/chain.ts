/**
 * @module The certificates of a PKCS#12 file in the order in which a server sends them, found by keys and signatures. The work is
 * bounded, since a hostile file may hold thousands of certificates of one name. This file imports node:crypto.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { formatHex } from '../der/bytes.ts';
import { oidOf, parseBer, sequenceOf } from './ber.ts';
import type { Pkcs12Certificate, Pkcs12Contents, Pkcs12PrivateKey } from './read-pkcs12.ts';

/** Names and key are undefined where OpenSSL can't read the certificate. */
type Link = {
  readonly entry: Pkcs12Certificate;
  readonly x509: X509Certificate | undefined;
  readonly subject: string | undefined;
  readonly issuer: string | undefined;
  /** Hex, read once: it takes as long as a hundred comparisons. */
  readonly spki: () => string | undefined;
};

const MAX_CHAIN = 10; // OpenSSL and browsers give up at about ten
const MAX_VERIFICATIONS = 50;

/**
 * The certificate of the private key, then who signed it, and so on to the root or as far as the file goes; certificates that are
 * not on this path are left out. Empty where there is no certificate.
 *
 * The key is the given one, or the first that has a certificate; without any key, the chain begins with the first certificate
 * that issued no other. Which certificate is a key's, the public key decides; localKeyId decides among several with that
 * public key, and alone for a key that can't be compared.
 */
export function chainOf({ certificates, privateKeys }: Pkcs12Contents, key?: Pkcs12PrivateKey): Pkcs12Certificate[] {
  const links = certificates.map(toLink);
  const keys = key === undefined ? privateKeys : [key];
  const own = findFirstOwn(links, keys);
  const first = own ?? (key === undefined ? findLeaf(links) : undefined);
  return first === undefined ? [] : followSigners(links, first).map(({ entry }) => entry);
}

function toLink(entry: Pkcs12Certificate): Link {
  const x509 = attemptTo(() => new X509Certificate(entry.certDer));
  return {
    entry,
    x509,
    subject: x509?.subject,
    issuer: x509?.issuer,
    spki: once(() => (x509 === undefined ? undefined : spkiHex(x509))),
  };
}

/** No key is looked at behind the first that has a certificate. */
function findFirstOwn(links: readonly Link[], keys: readonly Pkcs12PrivateKey[]): Link | undefined {
  for (const key of keys) {
    const own = findOwn(links, key);
    if (own !== undefined) return own;
  }
  return undefined;
}

function findOwn(links: readonly Link[], { pkcs8Der, localKeyIdHex }: Pkcs12PrivateKey): Link | undefined {
  const isNamed = ({ entry }: Link): boolean => localKeyIdHex !== undefined && entry.localKeyIdHex === localKeyIdHex;
  const spki = publicKeyHex(pkcs8Der);
  if (spki === undefined) return links.find(isNamed);
  const isOwn = (link: Link): boolean => link.spki() === spki;
  return links.find((link) => isNamed(link) && isOwn(link)) ?? links.find(isOwn);
}

const MAX_KEY_BYTES = 16 * 1024; // RSA of 16384 bits has 9 KiB
/** Kinds whose public half is at hand or quickly computed; that of a DSA key with a huge modulus would take minutes. */
const QUICK_KEY_OIDS = new Set([
  '1.2.840.113549.1.1.1', // rsaEncryption, RFC 8017
  '1.2.840.10045.2.1', // id-ecPublicKey, RFC 5480
  '1.3.101.112', // Ed25519, RFC 8410
  '1.3.101.113', // Ed448
]);

function publicKeyHex(pkcs8Der: Uint8Array<ArrayBuffer>): string | undefined {
  return attemptTo(() => {
    const algorithm = oidOf(sequenceOf(sequenceOf(parseBer(pkcs8Der))[1])[0]);
    if (pkcs8Der.length > MAX_KEY_BYTES || !QUICK_KEY_OIDS.has(algorithm)) return undefined;
    const key = createPublicKey(createPrivateKey({ key: Buffer.from(pkcs8Der), format: 'der', type: 'pkcs8' }));
    return formatHex(key.export({ type: 'spki', format: 'der' }));
  });
}

const spkiHex = ({ publicKey }: X509Certificate): string =>
  formatHex(publicKey.export({ type: 'spki', format: 'der' }));

/** The result of the first call, for all; undefined where that fails. */
function once(compute: () => string | undefined): () => string | undefined {
  let known: { readonly value: string | undefined } | undefined;
  return () => (known ??= { value: attemptTo(compute) }).value;
}

function findLeaf(links: readonly Link[]): Link | undefined {
  const issuers = new Set(links.filter(({ subject, issuer }) => subject !== issuer).map(({ issuer }) => issuer));
  return links.find(({ subject }) => subject !== undefined && !issuers.has(subject)) ?? links[0];
}

/** By name and by signature, since CAs are renewed under one name with several keys. */
function followSigners(links: readonly Link[], first: Link): Link[] {
  const chain = [first];
  let verifications = 0;
  const isSignedBy = (child: Link, candidate: Link): boolean =>
    ++verifications <= MAX_VERIFICATIONS &&
    (attemptTo(() => candidate.x509 !== undefined && child.x509?.verify(candidate.x509.publicKey)) ?? false);
  for (let last = first; chain.length < MAX_CHAIN;) {
    const isRoot = last.issuer === undefined || (last.subject === last.issuer && isSignedBy(last, last));
    const candidates = isRoot ? [] : links.filter((link) => link.subject === last.issuer && !chain.includes(link));
    const signer = candidates.find((candidate) => isSignedBy(last, candidate));
    if (signer === undefined) return chain;
    chain.push(signer);
    last = signer;
  }
  return chain;
}

function attemptTo<T>(run: () => T): T | undefined {
  try {
    return run();
  } catch {
    return undefined;
  }
}
