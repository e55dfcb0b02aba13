/**
 * @module The linter between building a revocation list and signing it: it reads the exact bytes that will be signed. Rules of
 * RFC 5280 section 5 and of this house.
 */
import { formatHex, isEqualBytes } from '../der/bytes.ts';
import type { Finding } from '../lint/lint.ts';
import { OID_AUTHORITY_KEY_IDENTIFIER } from '../x509/oids.ts';
import type { Issuer } from '../x509/issuer.ts';
import { OID_CRL_NUMBER, OID_REASON_CODE } from './elements.ts';
import { parseTbsCrl, type TbsCrl } from './read-crl.ts';

type Rule = {
  readonly name: string;
  readonly message: string;
  readonly isBroken: (crl: TbsCrl, issuer: Issuer) => boolean;
};

const MAX_NUMBER_BYTES = 20; // RFC 5280 section 5.2.3
const MAX_SERIAL_BYTES = 20; // RFC 5280 section 4.1.2.2, whose readers are told to bear more
const KNOWN_EXTENSIONS: readonly string[] = [OID_CRL_NUMBER, OID_AUTHORITY_KEY_IDENTIFIER];

const isSorted = (serials: readonly string[]): boolean =>
  serials.every((serial, i) => i === 0 || compareSerials(serials[i - 1] ?? '', serial) < 0);

/** Two serials without leading zeros, as numbers. */
export const compareSerials = (a: string, b: string): number => a.length - b.length || (a < b ? -1 : a > b ? 1 : 0);

const RULES: readonly Rule[] = [
  { name: 'rfc5280-5.1.2.1-version', message: 'it is not version 2', isBroken: ({ version }) => version !== 2 },
  {
    name: 'rfc5280-5.1.2.2-algorithm',
    message: 'its signature algorithm is not that of its issuer',
    isBroken: (crl, { subjectKey }) => !isEqualBytes(crl.signatureAlgorithmDer, subjectKey.signature.identifierDer),
  },
  {
    name: 'rfc5280-5.1.2.3-issuer',
    message: 'its issuer name is not the name of its issuer, or empty',
    isBroken: (crl, { subjectDer }) => !isEqualBytes(crl.issuerDer, subjectDer) || subjectDer.length <= 2,
  },
  {
    name: 'rfc5280-5.1.2.5-next-update',
    message: 'it does not say when the next one comes, or says a time before its own',
    isBroken: ({ thisUpdate, nextUpdate }) => nextUpdate === undefined || nextUpdate <= thisUpdate,
  },
  {
    name: 'house-within-issuer',
    message: 'it outlives its issuer or begins before it',
    isBroken: (crl, { notBefore, notAfter }) => crl.thisUpdate < notBefore || (crl.nextUpdate ?? notAfter) > notAfter,
  },
  {
    name: 'rfc5280-5.1.2.6-empty-list',
    message: 'it holds an empty list of certificates',
    isBroken: ({ entries, hasEntryList }) => hasEntryList && entries.length === 0,
  },
  {
    name: 'rfc5280-5.1.2.6-serials',
    message: 'a serial is no positive number, or longer than any',
    isBroken: ({ entries }) =>
      entries.some(({ serialHex }) => serialHex.length > 2 * MAX_SERIAL_BYTES || /^(?:-|0$)/.test(serialHex)),
  },
  {
    name: 'house-sorted',
    message: 'its certificates are not in the order of their serials, or one stands twice',
    isBroken: ({ entries }) => !isSorted(entries.map(({ serialHex }) => serialHex)),
  },
  {
    name: 'house-revocation-dates',
    message: 'a certificate was revoked after the list was made',
    isBroken: ({ entries, thisUpdate }) => entries.some(({ revokedAt }) => revokedAt > thisUpdate),
  },
  {
    name: 'rfc5280-5.3.1-unspecified',
    message: 'the reason "unspecified" is written out',
    isBroken: ({ entries }) => entries.some(({ reason }) => reason === 'unspecified'),
  },
  {
    name: 'rfc5280-5.3-entry-extensions',
    message: 'an entry has an extension other than its reason',
    isBroken: ({ entries }) =>
      entries.some(({ extensions }) => extensions.some(({ oid, isCritical }) => oid !== OID_REASON_CODE || isCritical)),
  },
  {
    name: 'rfc5280-5.2.1-authority-key-identifier',
    message: "its authority key identifier is not its issuer's",
    isBroken: (crl, { keyIdentifier }) => crl.authorityKeyIdHex !== formatHex(keyIdentifier),
  },
  {
    name: 'rfc5280-5.2.3-number',
    message: 'its number is missing or longer than 20 bytes',
    isBroken: ({ numberHex }) =>
      numberHex === undefined || numberHex.startsWith('-') || numberHex.length > 2 * MAX_NUMBER_BYTES,
  },
  {
    name: 'rfc5280-5.2-extensions',
    message: 'it has an extension beyond its number and its authority key identifier, or a critical one',
    isBroken: ({ extensions }) =>
      extensions.some(({ oid, isCritical }) => isCritical || !KNOWN_EXTENSIONS.includes(oid)),
  },
];

/** Findings over the bytes to be signed; an empty list is what signing asks for. Throws DER_INVALID on malformed bytes. */
export function checkTbsCrl(tbsDer: Uint8Array, issuer: Issuer): Finding[] {
  const crl = parseTbsCrl(tbsDer, 'the revocation list to be signed');
  return RULES.filter((rule) => rule.isBroken(crl, issuer)).map(({ name, message }) => ({ rule: name, message }));
}
