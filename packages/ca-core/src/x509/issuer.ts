/**
 * @module The CA side of a certificate: what `prepareCertificate` must know of an issuer, read back from its certificate,
 * name constraints included.
 */
import { decodeLatin1, type Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, contextPrimitive, TAG_BOOLEAN, TAG_INTEGER, TAG_OCTET_STRING } from '../der/tags.ts';
import { escapeControls } from '../errors.ts';
import { parseSubjectKey, type Sha256, type SubjectKey } from '../keys/subject-key.ts';
import { formatIpAddress, type IpRange } from '../names/ip-address.ts';
import type { Scope } from '../names/scope.ts';
import { GENERAL_NAME_TAG } from '../names/subject-alt-name.ts';
import { findExtension, parseCertificateView, type CertificateView, type TbsView } from './certificate-view.ts';
import * as oids from './oids.ts';

/** A CA certificate as an issuer of others. */
export type Issuer = {
  readonly certDer: Bytes;
  readonly subjectDer: Bytes;
  readonly subjectKey: SubjectKey;
  /** What goes into the authority key identifier: the certificate's own SKI, or the key's. */
  readonly keyIdentifier: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  /** How many CA certificates may follow; undefined is no limit. */
  readonly pathLength: number | undefined;
  readonly isCa: boolean;
  readonly scope: Scope;
};

/** @throws DER_INVALID, PUBLIC_KEY_* */
export function parseIssuer(certDer: Uint8Array, sha256: Sha256, what = 'the CA certificate'): Issuer {
  const view = parseCertificateView(certDer, what);
  const subjectKey = parseSubjectKey(view.spkiDer, sha256);
  const { notBefore, notAfter, subjectDer } = view;
  return {
    certDer: view.certDer,
    subjectDer,
    subjectKey,
    keyIdentifier: readKeyIdentifier(view, what) ?? subjectKey.keyIdentifier,
    notBefore,
    notAfter,
    ...readBasicConstraints(view, what),
    scope: readScope(view, what),
  };
}

function readKeyIdentifier(view: CertificateView, what: string): Bytes | undefined {
  const extension = findExtension(view, oids.OID_SUBJECT_KEY_IDENTIFIER);
  return extension === undefined ? undefined : new DerReader(extension.value, what).readElement(TAG_OCTET_STRING).value;
}

function readBasicConstraints(view: CertificateView, what: string): Pick<Issuer, 'isCa' | 'pathLength'> {
  const extension = findExtension(view, oids.OID_BASIC_CONSTRAINTS);
  if (extension === undefined) return { isCa: false, pathLength: undefined };
  const value = new DerReader(extension.value, what).enterSequence();
  const isCa = value.readOptional(TAG_BOOLEAN)?.value[0] === 0xff;
  return { isCa, pathLength: value.peekTag() === TAG_INTEGER ? value.readSmallInteger() : undefined };
}

/** A certificate that permits no domains and no addresses by name is unscoped. */
export function readScope(view: TbsView, what: string): Scope {
  const extension = findExtension(view, oids.OID_NAME_CONSTRAINTS);
  if (extension === undefined) return { kind: 'unscoped' };
  const constraints = new DerReader(extension.value, what).enterSequence();
  const permitted = constraints.readOptional(contextConstructed(0));
  const excluded = constraints.readOptional(contextConstructed(1));
  const left = excluded === undefined ? {} : { excluded: readSubtrees(new DerReader(excluded.value, what)) };
  const limits = permitted === undefined ? undefined : readSubtrees(new DerReader(permitted.value, what));
  // Subtrees of other kinds alone, as those of directory names, limit no domain and no address.
  if (limits === undefined || limits.domains.length + limits.ips.length === 0) return { kind: 'unscoped', ...left };
  return { kind: 'scoped', ...limits, ...left };
}

/** E-mail and URI subtrees are left to the clients. */
function readSubtrees(subtrees: DerReader): { readonly domains: readonly string[]; readonly ips: readonly IpRange[] } {
  const domains: string[] = [];
  const ips: IpRange[] = [];
  while (!subtrees.isAtEnd) {
    const { tag, value } = subtrees.enterSequence().readElement();
    if (tag === contextPrimitive(GENERAL_NAME_TAG.dns))
      domains.push(escapeControls(decodeLatin1(value)).replace(/^\./, '').toLowerCase()); // people read them
    if (tag === contextPrimitive(GENERAL_NAME_TAG.ip)) {
      if (value.length !== 8 && value.length !== 32) subtrees.fail('IP constraint of a wrong length');
      ips.push(createRange(value));
    }
  }
  return { domains, ips };
}

function createRange(value: Bytes): IpRange {
  const half = value.length / 2;
  const [bytes, mask] = [value.subarray(0, half), value.subarray(half)];
  const prefix = mask.reduce((sum, byte) => sum + countOnes(byte), 0);
  return { bytes, mask, text: `${formatIpAddress(bytes)}/${prefix}` };
}

function countOnes(byte: number): number {
  let ones = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) ones++;
  return ones;
}
