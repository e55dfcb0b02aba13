/** @module Names out of parsed ASN.1: distinguished names and GeneralNames as text, whatever strange content they hold. */
import type { GeneralName, RelativeDistinguishedNames } from 'pkijs';
import { formatHex } from '../der/bytes.ts';
import { attributeTypeOfOid } from '../names/distinguished-name.ts';
import { formatIpAddress } from '../names/ip-address.ts';

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

type NameReader = { kind: GeneralNameFacts['kind']; read: (value: unknown) => string };

// Keyed by the context tag of the choice.
const READERS: Readonly<Record<number, NameReader>> = {
  0: { kind: 'other', read: (value) => readObjectId(value) },
  1: { kind: 'email', read: readIa5 },
  2: { kind: 'dns', read: readIa5 },
  3: { kind: 'x400', read: () => '' },
  4: { kind: 'directory', read: (value) => formatAttributes(readAttributes(value as RelativeDistinguishedNames)) },
  5: { kind: 'edi', read: () => '' },
  6: { kind: 'uri', read: readIa5 },
  7: { kind: 'ip', read: (value) => readIp(value) },
  8: { kind: 'registered-id', read: String },
};

export function readGeneralName({ type, value }: GeneralName): GeneralNameFacts {
  const reader = READERS[type] ?? { kind: 'other', read: () => '' };
  return { kind: reader.kind, text: reader.read(value) };
}

/** IA5String is ASCII; the UTF-8 that some CAs put there is shown as what it was meant to be. */
function readIa5(value: unknown): string {
  const latin1 = String(value);
  if (/^[\u0000-\u007f]*$/.test(latin1)) return latin1;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(
      Uint8Array.from(latin1, (character) => character.charCodeAt(0)),
    );
  } catch {
    return latin1;
  }
}

/** An address, or address and mask as name constraints hold them. */
function readIp(value: unknown): string {
  const bytes = (value as { valueBlock: { valueHexView: Uint8Array } }).valueBlock.valueHexView;
  if (bytes.length === 4 || bytes.length === 16) return formatIpAddress(bytes);
  if (bytes.length !== 8 && bytes.length !== 32) return `#${formatHex(bytes)}`;
  const half = bytes.length / 2;
  const bits = [...bytes.subarray(half)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const prefix = /^1*0*$/.test(bits)
    ? String(bits.indexOf('0') < 0 ? bits.length : bits.indexOf('0'))
    : formatIpAddress(bytes.subarray(half));
  return `${formatIpAddress(bytes.subarray(0, half))}/${prefix}`;
}

/** otherName: the OID that says what it is. */
function readObjectId(value: unknown): string {
  const [first] = (value as { valueBlock?: { value?: unknown[] } }).valueBlock?.value ?? [];
  return String((first as { valueBlock?: { toString(): string } } | undefined)?.valueBlock ?? '');
}
