/** @module The extensions that people look for, out of parsed ASN.1 (RFC 5280 section 4.2.1). */
import { BasicConstraints, ExtKeyUsage, type Extension } from 'pkijs';
import { formatHex, type Bytes } from '../der/bytes.ts';
import * as oids from '../x509/oids.ts';
import { CLASS_CONTEXT, contentOf, readBits, readOctetString, readSequence } from './asn1-nodes.ts';
import { readGeneralNames, readNameConstraints } from './general-names.ts';
import type { GeneralNameFacts } from './name-facts.ts';

/** `names` is absent without a subject alternative name; `permitted`/`excluded` are empty without name constraints. */
export type ExtensionFacts = {
  readonly extensions: readonly { readonly oid: string; readonly isCritical: boolean }[];
  readonly names: readonly GeneralNameFacts[];
  readonly isCa: boolean;
  readonly pathLength?: number;
  readonly keyUsage: readonly string[];
  readonly purposes: readonly string[];
  readonly permitted: readonly GeneralNameFacts[];
  readonly excluded: readonly GeneralNameFacts[];
  readonly subjectKeyIdHex?: string;
  readonly authorityKeyIdHex?: string;
};

// RFC 5280 section 4.2.1.3, in the order of the bits.
const KEY_USAGE_NAMES = [
  'digitalSignature',
  'nonRepudiation',
  'keyEncipherment',
  'dataEncipherment',
  'keyAgreement',
  'keyCertSign',
  'cRLSign',
  'encipherOnly',
  'decipherOnly',
];

const PURPOSE_NAMES: Readonly<Record<string, string>> = {
  '1.3.6.1.5.5.7.3.1': 'serverAuth',
  '1.3.6.1.5.5.7.3.2': 'clientAuth',
  '1.3.6.1.5.5.7.3.3': 'codeSigning',
  '1.3.6.1.5.5.7.3.4': 'emailProtection',
  '1.3.6.1.5.5.7.3.8': 'timeStamping',
  '1.3.6.1.5.5.7.3.9': 'OCSPSigning',
  '2.5.29.37.0': 'anyExtendedKeyUsage',
};

/** Facts of an extension list. Throws whatever a malformed extension makes the parser throw; callers guard. */
export function readExtensions(extensions: readonly Extension[]): ExtensionFacts {
  const value = (oid: string): Bytes | undefined => {
    const found = extensions.find((extension) => extension.extnID === oid);
    return found === undefined ? undefined : Uint8Array.from(found.extnValue.valueBlock.valueHexView);
  };
  return {
    extensions: extensions.map(({ extnID, critical }) => ({ oid: extnID, isCritical: critical })),
    names: read(value(oids.OID_SUBJECT_ALT_NAME), readGeneralNames) ?? [],
    ...readCa(value(oids.OID_BASIC_CONSTRAINTS)),
    keyUsage: read(value(oids.OID_KEY_USAGE), readKeyUsage) ?? [],
    purposes:
      read(value(oids.OID_EXT_KEY_USAGE), (der) =>
        ExtKeyUsage.fromBER(der).keyPurposes.map((oid) => PURPOSE_NAMES[oid] ?? oid),
      ) ?? [],
    ...(read(value(oids.OID_NAME_CONSTRAINTS), readNameConstraints) ?? { permitted: [], excluded: [] }),
    ...readKeyIds(value(oids.OID_SUBJECT_KEY_IDENTIFIER), value(oids.OID_AUTHORITY_KEY_IDENTIFIER)),
  };
}

function read<T>(der: Bytes | undefined, parse: (der: Bytes) => T): T | undefined {
  return der === undefined ? undefined : parse(der);
}

function readCa(der: Bytes | undefined): Pick<ExtensionFacts, 'isCa' | 'pathLength'> {
  if (der === undefined) return { isCa: false };
  const { cA, pathLenConstraint } = BasicConstraints.fromBER(der);
  return typeof pathLenConstraint === 'number' ? { isCa: cA, pathLength: pathLenConstraint } : { isCa: cA };
}

function readKeyUsage(der: Bytes): string[] {
  const bits = readBits(der);
  return KEY_USAGE_NAMES.filter((_, bit) => ((bits[bit >> 3] ?? 0) & (0x80 >> (bit & 7))) !== 0);
}

function readKeyIds(
  subject: Bytes | undefined,
  authority: Bytes | undefined,
): Pick<ExtensionFacts, 'subjectKeyIdHex' | 'authorityKeyIdHex'> {
  const subjectId = read(subject, readOctetString);
  const authorityId = read(authority, readAuthorityKeyId);
  return {
    ...(subjectId === undefined ? {} : { subjectKeyIdHex: formatHex(subjectId) }),
    ...(authorityId === undefined ? {} : { authorityKeyIdHex: formatHex(authorityId) }),
  };
}

/** The keyIdentifier [0] of an AuthorityKeyIdentifier; its other members say the same less precisely. */
function readAuthorityKeyId(der: Bytes): Uint8Array | undefined {
  const member = readSequence(der).find(({ idBlock }) => idBlock.tagClass === CLASS_CONTEXT && idBlock.tagNumber === 0);
  return member === undefined ? undefined : contentOf(member);
}
