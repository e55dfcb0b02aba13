/**
 * @module Distinguished names: `--subject` text in, RDNSequence out (RFC 5280 section 4.1.2.4, lengths of its appendix A).
 * Takes `C=AT, O=Example, CN=app.test` and OpenSSL's `/C=AT/O=Example/CN=app.test`; the order is kept as written.
 */
import { coreError } from '../core-errors.ts';
import { concatBytes, type Bytes } from '../der/bytes.ts';
import { TAG_SEQUENCE } from '../der/tags.ts';
import {
  encodeDer,
  encodeIa5String,
  encodeOid,
  encodePrintableString,
  encodeSequence,
  encodeSetOf,
  encodeUtf8String,
} from '../der/writer.ts';

export type NameAttribute = { readonly type: AttributeType; readonly value: string };
/** Attributes in order, one per RDN. Empty is allowed: then the subject alternative name is critical. */
export type DistinguishedName = readonly NameAttribute[];

type AttributeSyntax = { oid: string; maxCharacters: number; encode: (text: string) => Bytes };

// X.520 attribute types with the upper bounds of RFC 5280 appendix A.1.
const ATTRIBUTES = {
  CN: { oid: '2.5.4.3', maxCharacters: 64, encode: encodeUtf8String },
  SN: { oid: '2.5.4.4', maxCharacters: 40, encode: encodeUtf8String },
  serialNumber: { oid: '2.5.4.5', maxCharacters: 64, encode: encodePrintableString },
  C: { oid: '2.5.4.6', maxCharacters: 2, encode: encodePrintableString },
  L: { oid: '2.5.4.7', maxCharacters: 128, encode: encodeUtf8String },
  ST: { oid: '2.5.4.8', maxCharacters: 128, encode: encodeUtf8String },
  street: { oid: '2.5.4.9', maxCharacters: 128, encode: encodeUtf8String },
  O: { oid: '2.5.4.10', maxCharacters: 64, encode: encodeUtf8String },
  OU: { oid: '2.5.4.11', maxCharacters: 64, encode: encodeUtf8String },
  title: { oid: '2.5.4.12', maxCharacters: 64, encode: encodeUtf8String },
  GN: { oid: '2.5.4.42', maxCharacters: 16, encode: encodeUtf8String },
  UID: { oid: '0.9.2342.19200300.100.1.1', maxCharacters: 256, encode: encodeUtf8String },
  DC: { oid: '0.9.2342.19200300.100.1.25', maxCharacters: 63, encode: encodeIa5String },
  emailAddress: { oid: '1.2.840.113549.1.9.1', maxCharacters: 255, encode: encodeIa5String },
} as const satisfies Record<string, AttributeSyntax>;

export type AttributeType = keyof typeof ATTRIBUTES;

const TYPE_BY_LOWER_NAME = new Map<string, AttributeType>(
  (Object.keys(ATTRIBUTES) as AttributeType[]).map((type) => [type.toLowerCase(), type]),
);
const TYPE_BY_OID = new Map<string, AttributeType>(
  (Object.keys(ATTRIBUTES) as AttributeType[]).map((type) => [ATTRIBUTES[type].oid, type]),
);
for (const [alias, type] of [
  ['s', 'ST'],
  ['e', 'emailAddress'],
  ['email', 'emailAddress'],
  ['commonname', 'CN'],
] as const) {
  TYPE_BY_LOWER_NAME.set(alias, type);
}

/** The short name of an attribute type's OID; undefined for one that is not in the table. */
export function attributeTypeOfOid(oid: string): AttributeType | undefined {
  return TYPE_BY_OID.get(oid);
}

const SUBJECT_MAX_CHARACTERS = 2048;

/**
 * A distinguished name from text. `\` takes the next character literally.
 * @throws DN_INVALID
 */
export function parseDistinguishedName(text: string): DistinguishedName {
  const fail = (reason: string) => coreError('DN_INVALID', { subject: text, reason });
  if (text.length > SUBJECT_MAX_CHARACTERS) throw fail(`longer than ${SUBJECT_MAX_CHARACTERS} characters`);
  const separators = text.startsWith('/') ? '/' : ',';
  const parts = splitUnescaped(text.startsWith('/') ? text.slice(1) : text, separators).filter(
    (part) => part.trim() !== '',
  );
  if (parts.length === 0) throw fail('it is empty');
  return parts.map((part) => {
    const [key = '', ...value] = splitUnescaped(part, '=');
    const type = TYPE_BY_LOWER_NAME.get(key.trim().toLowerCase());
    if (type === undefined)
      throw fail(`unknown attribute "${key.trim().slice(0, 20)}"; known: ${Object.keys(ATTRIBUTES).join(', ')}`);
    return createNameAttribute(type, unescape(trimUnescaped(value.join('='))), text);
  });
}

/** One attribute with its length and alphabet checked. @throws DN_INVALID */
export function createNameAttribute(type: AttributeType, value: string, subject = `${type}=${value}`): NameAttribute {
  const { maxCharacters } = ATTRIBUTES[type];
  const fail = (reason: string) => coreError('DN_INVALID', { subject, reason: `${type} ${reason}` });
  if (value === '') throw fail('is empty');
  if ([...value].length > maxCharacters)
    throw fail(`is ${[...value].length} characters, the limit is ${maxCharacters}`);
  if (/[\u0000-\u001f\u007f-\u009f\ud800-\udfff]/u.test(value)) throw fail('has a control character');
  if (type === 'C' && !/^[A-Z]{2}$/.test(value)) throw fail('must be two capital letters (ISO 3166), for example C=AT');
  if (type === 'serialNumber' && !/^[A-Za-z0-9 '()+,./:=?-]*$/.test(value))
    throw fail("takes letters, digits and '()+,-./:=? only");
  if ((type === 'DC' || type === 'emailAddress') && !/^[\u0020-\u007e]*$/.test(value)) throw fail('takes ASCII only');
  return { type, value };
}

/** DER of the RDNSequence. */
export function encodeDistinguishedName(name: DistinguishedName): Bytes {
  const rdns = name.map(({ type, value }) => {
    const { oid, encode } = ATTRIBUTES[type];
    return encodeSetOf(encodeSequence(encodeOid(oid), encode(value)));
  });
  return encodeDer(TAG_SEQUENCE, concatBytes(rdns));
}

/** `C=AT, O=Example, CN=app.test`, with `,`, `=`, `\` and outer spaces escaped, so that parsing gives the same name back. */
export function formatDistinguishedName(name: DistinguishedName): string {
  return name.map(({ type, value }) => `${type}=${value.replaceAll(/[\\,=]|^\s|\s$/g, (c) => `\\${c}`)}`).join(', ');
}

function splitUnescaped(text: string, separator: string): string[] {
  const parts = [''];
  for (let i = 0; i < text.length; i++) {
    const character = text[i] ?? '';
    if (character === '\\') parts.push((parts.pop() ?? '') + character + (text[++i] ?? ''));
    else if (character === separator) parts.push('');
    else parts.push((parts.pop() ?? '') + character);
  }
  return parts;
}

/** Without outer white space, but for one that a `\` protects at the end. */
const trimUnescaped = (text: string): string => /^\s*((?:\\[^]|[^\\])*?)\s*$/.exec(text)?.[1] ?? text.trim();

const unescape = (text: string): string => text.replaceAll(/\\(.)/g, '$1');
