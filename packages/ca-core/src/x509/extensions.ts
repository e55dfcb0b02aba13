/** @module Encoders of the certificate extensions that Mintmark writes (RFC 5280 section 4.2.1). */
import { concatBytes, encodeUtf8, type Bytes } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import {
  encodeBoolean,
  encodeDer,
  encodeNamedBits,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSmallInteger,
} from '../der/writer.ts';
import type { Excluded, Scope } from '../names/scope.ts';
import { encodeGeneralName, GENERAL_NAME_TAG, type SubjectAltName } from '../names/subject-alt-name.ts';
import * as oids from './oids.ts';

/** `critical` is DEFAULT FALSE, so it is written only when true (X.690 section 11.5). */
function encodeExtension(oid: string, isCritical: boolean, value: Uint8Array): Bytes {
  const head = isCritical ? [encodeOid(oid), encodeBoolean(true)] : [encodeOid(oid)];
  return encodeSequence(...head, encodeOctetString(value));
}

/** CA:TRUE with a path length, or CA:FALSE; always critical, as strict verifiers and RFC 5280 for CAs want. */
export function encodeBasicConstraints(ca: { pathLength: number } | undefined): Bytes {
  const value =
    ca === undefined ? encodeSequence() : encodeSequence(encodeBoolean(true), encodeSmallInteger(ca.pathLength));
  return encodeExtension(oids.OID_BASIC_CONSTRAINTS, true, value);
}

export function encodeKeyUsage(usages: readonly oids.KeyUsage[]): Bytes {
  return encodeExtension(oids.OID_KEY_USAGE, true, encodeNamedBits(usages.map((usage) => oids.KEY_USAGE_BITS[usage])));
}

export function encodeExtKeyUsage(purposes: readonly oids.KeyPurpose[]): Bytes {
  const value = encodeSequence(...purposes.map((purpose) => encodeOid(oids.KEY_PURPOSES[purpose])));
  return encodeExtension(oids.OID_EXT_KEY_USAGE, false, value);
}

export function encodeSubjectKeyIdentifier(keyIdentifier: Uint8Array): Bytes {
  return encodeExtension(oids.OID_SUBJECT_KEY_IDENTIFIER, false, encodeOctetString(keyIdentifier));
}

export function encodeAuthorityKeyIdentifier(keyIdentifier: Uint8Array): Bytes {
  const value = encodeSequence(encodeDer(contextPrimitive(0), keyIdentifier));
  return encodeExtension(oids.OID_AUTHORITY_KEY_IDENTIFIER, false, value);
}

/** Critical exactly when the subject is empty (RFC 5280 section 4.2.1.6). */
export function encodeSubjectAltName(names: readonly SubjectAltName[], isCritical: boolean): Bytes {
  return encodeExtension(oids.OID_SUBJECT_ALT_NAME, isCritical, encodeSequence(...names.map(encodeGeneralName)));
}

/**
 * Critical permitted subtrees of a scope. A dNSName subtree covers the name and all below; for e-mail the host and the
 * hosts below it are two subtrees, `test` and `.test` (RFC 5280 section 4.2.1.10).
 */
export function encodeNameConstraints(scope: Extract<Scope, { kind: 'scoped' }>): Bytes {
  const permitted = encodeDer(contextConstructed(0), ...encodeSubtrees(scope));
  const { excluded } = scope;
  const both =
    excluded === undefined ? [permitted] : [permitted, encodeDer(contextConstructed(1), ...encodeSubtrees(excluded))];
  return encodeExtension(oids.OID_NAME_CONSTRAINTS, true, encodeSequence(...both));
}

function encodeSubtrees({ domains, ips }: Excluded): Bytes[] {
  const dns = domains.map((domain) => subtree(GENERAL_NAME_TAG.dns, encodeUtf8(domain)));
  const email = domains.flatMap((domain) => [
    subtree(GENERAL_NAME_TAG.email, encodeUtf8(domain)),
    subtree(GENERAL_NAME_TAG.email, encodeUtf8(`.${domain}`)),
  ]);
  const addresses = ips.map((range) => subtree(GENERAL_NAME_TAG.ip, concatBytes([range.bytes, range.mask])));
  return [...dns, ...email, ...addresses];
}

function subtree(tag: number, value: Uint8Array): Bytes {
  return encodeSequence(encodeDer(contextPrimitive(tag), value));
}
