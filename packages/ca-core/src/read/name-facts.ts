/** @module Names out of parsed ASN.1: distinguished names and GeneralNames as text, whatever strange content they hold. */
import type { RelativeDistinguishedNames } from 'pkijs';
import { formatHex } from '../der/bytes.ts';
import { attributeTypeOfOid } from '../names/distinguished-name.ts';

/** One attribute as read: the short name of its type, or the OID of an unknown one. */
export type AttributeFacts = { readonly type: string; readonly value: string };

/** A GeneralName as read (RFC 5280 section 4.2.1.6); `kind` is its choice. */
export type GeneralNameFacts = {
  readonly kind: 'dns' | 'ip' | 'email' | 'uri' | 'directory' | 'other' | 'registered-id' | 'x400' | 'edi';
  readonly text: string;
};

export function readAttributes(name: RelativeDistinguishedNames): AttributeFacts[] {
  return name.typesAndValues.map(({ type, value }) => ({
    type: attributeTypeOfOid(type) ?? type,
    value: readStringValue(value),
  }));
}

type StringValue = {
  readonly idBlock: { readonly tagNumber: number };
  readonly valueBlock: { readonly value?: unknown; readonly valueHexView?: Uint8Array };
  readonly valueBeforeDecodeView?: Uint8Array;
};

const UTF8_STRING = 12; // universal tag number of UTF8String, X.680
const HIGHEST_TAG = 30; // DirectoryString is universal; multi-byte tags are something else

/** Text of a string value; hex of anything that is not a string. Throws on broken UTF-8: two readers would see two names. */
function readStringValue(value: StringValue): string {
  if (value.idBlock.tagNumber > HIGHEST_TAG) throw new TypeError('attribute value with a multi-byte tag');
  if (value.idBlock.tagNumber === UTF8_STRING)
    new TextDecoder('utf-8', { fatal: true }).decode(value.valueBlock.valueHexView ?? new Uint8Array());
  const text = value.valueBlock.value;
  return typeof text === 'string' ? text : `#${formatHex(value.valueBeforeDecodeView ?? new Uint8Array())}`;
}

/** `C=AT, O=Example, CN=app.test`, in the order of the encoding; separators inside values are escaped. */
export function formatAttributes(attributes: readonly AttributeFacts[]): string {
  return attributes.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,=]/g, (c) => `\\${c}`)}`).join(', ');
}
