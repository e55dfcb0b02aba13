/** @module Our facts of a certificate or request beside those of pyca/cryptography: a list of what differs. */
import { attributeTypeOfOid, formatHex, isEqualBytes } from '../../packages/ca-core/src/index.ts';
import { nodeSha256, verifyWithNode } from '../../packages/ca-core/src/node/index.ts';
import {
  signatureHash,
  type AttributeFacts,
  type CertificateFacts,
  type CsrFacts,
  type GeneralNameFacts,
} from '../../packages/ca-core/src/read/index.ts';
import type { OutsideFacts } from './corpus.ts';

/** One disagreement: the fact, ours, theirs. */
export type Difference = {
  readonly fact: keyof OutsideFacts | 'spki';
  readonly ours: unknown;
  readonly theirs: unknown;
};

export function compareCertificate(ours: CertificateFacts, theirs: OutsideFacts): Difference[] {
  const isoSeconds = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
  return compare(theirs, {
    ...sharedFacts(ours, theirs),
    serial: ours.serialHex,
    version: `v${ours.version}`,
    issuer: attributesText(ours.issuer, theirs.issuer),
    notBefore: isoSeconds(ours.notBefore),
    notAfter: isoSeconds(ours.notAfter),
    fingerprintSha256: formatHex(nodeSha256(ours.certDer)),
  }).concat(compareSpki(ours.spkiDer, ours.certDer));
}

export function compareCsr(ours: CsrFacts, theirs: OutsideFacts): Difference[] {
  return compare(theirs, {
    ...sharedFacts(ours, theirs),
    attributes: ours.attributeOids,
    ...possession(ours),
  }).concat(compareSpki(ours.spkiDer, ours.csrDer));
}

type Shared = CertificateFacts | CsrFacts;

function sharedFacts(ours: Shared, theirs: OutsideFacts): OutsideFacts {
  return {
    subject: attributesText(ours.subject, theirs.subject),
    signatureAlgorithm: ours.signatureAlgorithmOid,
    extensions: ours.extensions.map(({ oid, isCritical }) => [oid, isCritical] as const),
    san: ours.names.map(nameText),
    publicKey: keyText(ours.keyLabel),
  };
}

/** Only where there is a signature that we would look at. */
function possession({ signatureAlgorithmOid, spkiDer, tbsDer, signature }: CsrFacts): OutsideFacts {
  const hash = signatureHash(signatureAlgorithmOid);
  return hash === null ? {} : { signatureValid: verifyWithNode({ spkiDer, hash, tbsDer, signature }) };
}

function compare(theirs: OutsideFacts, ours: OutsideFacts): Difference[] {
  return (Object.keys(ours) as (keyof OutsideFacts)[]).flatMap((fact) => {
    const outside = fact === 'subject' || fact === 'issuer' ? outsideName(theirs[fact]) : theirs[fact];
    const isSame = outside === undefined || JSON.stringify(ours[fact]) === JSON.stringify(normalize(fact, outside));
    return isSame ? [] : [{ fact, ours: ours[fact], theirs: outside }];
  });
}

/** The key must be the very bytes that stand in the file: a pin over anything else would be wrong. */
function compareSpki(spkiDer: Uint8Array, der: Uint8Array): Difference[] {
  const at = Buffer.from(der).indexOf(Buffer.from(spkiDer));
  const isInside = at >= 0 && isEqualBytes(der.subarray(at, at + spkiDer.length), spkiDer);
  return isInside ? [] : [{ fact: 'spki', ours: formatHex(spkiDer), theirs: 'bytes of the file' }];
}

/** Our words for keys in theirs. */
export function keyText(label: string): string {
  return label
    .replace(/^ECDSA P-(\d+)$/, 'EC-secp$1r1')
    .replace(/^ECDSA (secp\d+k1)$/, 'EC-$1')
    .replace(/^RSA (\d+)$/, 'RSA-$1');
}

const NAME_PREFIXES: Readonly<Record<GeneralNameFacts['kind'], string>> = {
  dns: 'DNS',
  ip: 'IP',
  email: 'email',
  uri: 'URI',
  directory: 'dirName',
  other: 'otherName',
  'registered-id': 'RID',
  x400: 'x400',
  edi: 'edi',
};
const nameText = ({ kind, text }: GeneralNameFacts): string => `${NAME_PREFIXES[kind]}:${text}`;

/** RFC 4514 turns the order of RDNs around and writes no space behind commas. */
function normalize(fact: string, value: unknown): unknown {
  if (fact !== 'san' || !Array.isArray(value)) return value;
  return value.map((name: string) =>
    name.startsWith('dirName:') ? `dirName:${name.slice(8).split(',').reverse().join(', ')}` : name,
  );
}

function attributesText(attributes: readonly AttributeFacts[], theirs: string | undefined): string {
  return theirs === undefined ? '' : attributes.map(({ type, value }) => `${type}=${value}`).join('\n');
}

/** RFC 4514 text as `type=value` lines in the order of the encoding, types in our words. */
function outsideName(text: string | undefined): string | undefined {
  if (text === undefined) return undefined;
  const rdns = splitUnescaped(text, ',').map((rdn) => splitUnescaped(rdn, '+'));
  return rdns.reverse().flat().filter(Boolean).map(outsideAttribute).join('\n');
}

function outsideAttribute(text: string): string {
  const at = text.indexOf('=');
  const type = text.slice(0, at);
  const value = text
    .slice(at + 1)
    .replaceAll(/\\([0-9A-Fa-f]{2})|\\(.)/g, (_all, hex?: string, character?: string) =>
      hex === undefined ? (character ?? '') : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  return `${type === 'STREET' ? 'street' : (attributeTypeOfOid(type) ?? type)}=${value}`;
}

const splitUnescaped = (text: string, separator: string): string[] =>
  text.match(new RegExp(String.raw`(?:\\.|[^\\${separator}])+`, 'g')) ?? [];
