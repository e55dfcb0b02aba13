/**
 * @module Who is root and who is issuer among certificates of others, and whether programs would take what they sign: a chain of one or two
 * CA certificates, that of the key at its lower end.
 */
import { createPublicKey, X509Certificate } from 'node:crypto';
import { escapeControls, formatPem, isEqualBytes, parseIssuer } from '@mintmark/ca-core';
import { formatPrivateKey, nodeSha256 } from '@mintmark/ca-core/node';
import { isWeakSignature, type CertificateFacts } from '@mintmark/ca-core/read';
import { storeError, type CaFiles } from '@mintmark/ca-store';
import { formatDate } from '../terminal/text.ts';
import { caError } from './ca-errors.ts';
import type { Imported, ImportedKey } from './import-sources.ts';
import { findNewestList } from './signed-lists.ts';

const MAX_CAS = 2;
const SET = 'this set of files';

/**
 * @param passphrase seals a key that came in the clear
 * @throws CA_NOT_AN_ISSUER, IMPORT_CHAIN_LONG, IMPORT_UNFIT, PUBLIC_KEY_*
 */
export function arrangeImported(imported: Imported, now: Date, passphrase?: string): CaFiles {
  const key = chooseKey(imported);
  const signing = key === undefined ? findLowest(imported.certificates) : findOwn(imported.certificates, key);
  const chain = climb(signing, imported.certificates);
  if (chain.length > MAX_CAS) throw caError('IMPORT_CHAIN_LONG', { names: chain.map(nameOf) });
  const root = chain.at(-1) ?? signing;
  const issuer = root === signing ? undefined : signing;
  for (const certificate of chain) assertCa(certificate, now);
  if (!isSelfSigned(root))
    throw storeError('CA_NOT_AN_ISSUER', {
      what: SET,
      reason: `it has no root (a certificate that is its own issuer) above ${nameOf(root)}; add its file`,
    });
  if (issuer !== undefined) assertChain(issuer, root);
  // Where the root signs by itself, it has the one list of the issuer.
  const rootCrlDer = issuer === undefined ? undefined : findNewestList(imported.crls, root);
  const issuerCrlDer = findNewestList(imported.crls, signing);
  const seal = key?.passphrase ?? passphrase;
  return {
    rootPem: formatPem('CERTIFICATE', root.certDer),
    ...(issuer === undefined ? {} : { issuerPem: formatPem('CERTIFICATE', issuer.certDer) }),
    ...(rootCrlDer === undefined ? {} : { rootCrlPem: formatPem('X509 CRL', rootCrlDer) }),
    ...(issuerCrlDer === undefined ? {} : { issuerCrlPem: formatPem('X509 CRL', issuerCrlDer) }),
    ...(key === undefined ? {} : { keyPem: formatPrivateKey(key.key, seal) }),
  };
}

const isIssuerOf = ({ subjectDer }: CertificateFacts, { issuerDer }: CertificateFacts): boolean =>
  isEqualBytes(subjectDer, issuerDer);

function chooseKey({ keys, certificates }: Imported): ImportedKey | undefined {
  const cas = certificates.filter(({ isCa }) => isCa);
  const own = keys.filter(({ key }) => cas.some(({ spkiDer }) => isEqualBytes(spkiDer, key.subjectKey.spkiDer)));
  const [first, another] = own.length > 0 ? own : keys;
  if (another !== undefined)
    throw storeError('CA_NOT_AN_ISSUER', { what: SET, reason: 'it holds several private keys' });
  return first;
}

function findOwn(certificates: readonly CertificateFacts[], { key }: ImportedKey): CertificateFacts {
  const mine = certificates.filter(({ spkiDer }) => isEqualBytes(spkiDer, key.subjectKey.spkiDer));
  // A CA that was renewed has several with one key: the one that ends last.
  const latest = mine.toSorted((a, b) => b.notAfter.getTime() - a.notAfter.getTime());
  const found = latest.find(({ isCa }) => isCa) ?? latest[0];
  if (found === undefined)
    throw storeError('CA_NOT_AN_ISSUER', { what: 'the key', reason: 'it belongs to none of the certificates' });
  return found;
}

/** Without a key: the CA that is above no other one. */
function findLowest(certificates: readonly CertificateFacts[]): CertificateFacts {
  const cas = certificates.filter(({ isCa }) => isCa);
  const lowest = cas.find((ca) => cas.every((other) => other === ca || !isIssuerOf(ca, other) || isSelfSigned(other)));
  const found = cas.find((ca) => !isSelfSigned(ca) && lowest === ca) ?? lowest ?? cas[0];
  if (found !== undefined) return found;
  const [leaf] = certificates;
  throw storeError('CA_NOT_AN_ISSUER', {
    what: leaf === undefined ? SET : `the certificate of ${nameOf(leaf)}`,
    reason: leaf === undefined ? 'it has no certificate' : 'it is not a CA certificate',
  });
}

/** From the signing certificate up to the root, or as far as the files go. */
function climb(signing: CertificateFacts, certificates: readonly CertificateFacts[]): CertificateFacts[] {
  const chain = [signing];
  for (let top = signing; !isSelfSigned(top) && chain.length <= certificates.length;) {
    const below = top;
    const above = certificates.filter((other) => !chain.includes(other) && isIssuerOf(other, below));
    const next = above.find((other) => isSignedBy(below, other)) ?? above[0];
    if (next === undefined) break;
    chain.push(next);
    top = next;
  }
  return chain;
}

/** @throws IMPORT_UNFIT, CA_NOT_AN_ISSUER */
function assertChain(issuer: CertificateFacts, root: CertificateFacts): void {
  if (isWeakSignature(issuer.signatureAlgorithmOid))
    throw caError('IMPORT_UNFIT', {
      what: `the certificate of ${nameOf(issuer)}`,
      reason: `it was signed by ${issuer.signatureLabel}, which programs of today refuse`,
    });
  if (!isSignedBy(issuer, root))
    throw storeError('CA_NOT_AN_ISSUER', { what: 'the issuer', reason: 'it was not signed by that root' });
  if (parseIssuer(root.certDer, nodeSha256, nameOf(root)).pathLength === 0)
    throw caError('IMPORT_UNFIT', {
      what: `the root ${nameOf(root)}`,
      reason: 'it allows no CA below it (path length 0), so programs refuse whatever its issuer signs',
    });
}

function assertCa(certificate: CertificateFacts, now: Date): void {
  const what = `the certificate of ${nameOf(certificate)}`;
  const { isCa } = parseIssuer(certificate.certDer, nodeSha256, what);
  if (!isCa) throw storeError('CA_NOT_AN_ISSUER', { what, reason: 'it is not a CA certificate' });
  if (certificate.keyUsage.length > 0 && !certificate.keyUsage.includes('keyCertSign'))
    throw storeError('CA_NOT_AN_ISSUER', { what, reason: 'its key usage does not allow signing certificates' });
  if (certificate.notAfter <= now)
    throw caError('IMPORT_UNFIT', { what, reason: `it ended on ${formatDate(certificate.notAfter)}` });
}

const nameOf = ({ subject }: CertificateFacts): string =>
  escapeControls((subject.findLast(({ type }) => type === 'CN') ?? subject.at(-1))?.value.slice(0, 60) ?? 'no name');

/** Its own name as the issuer's is not enough: a root that changed its key has a certificate of that kind for the old one. */
function isSelfSigned(certificate: CertificateFacts): boolean {
  const known = SELF_SIGNED.get(certificate);
  if (known !== undefined) return known;
  const isWeak = isWeakSignature(certificate.signatureAlgorithmOid);
  const isSelf = certificate.isSelfIssued && (isWeak || isSignedBy(certificate, certificate));
  SELF_SIGNED.set(certificate, isSelf);
  return isSelf;
}

/** Of hundreds in one file, each is verified once. */
const SELF_SIGNED = new WeakMap<CertificateFacts, boolean>();

function isSignedBy(certificate: CertificateFacts, by: CertificateFacts): boolean {
  if (!isIssuerOf(by, certificate)) return false;
  try {
    const key = createPublicKey({ key: Buffer.from(by.spkiDer), format: 'der', type: 'spki' });
    return new X509Certificate(certificate.certDer).verify(key);
  } catch {
    return false; // a key or a certificate that OpenSSL can't read signs nothing that it could verify
  }
}
