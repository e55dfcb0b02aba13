/** @module A distinguished name as read by the strict reader: for the issuers of revocation lists, which hold nothing else to parse. */
import { decodeLatin1, formatHex } from '../der/bytes.ts';
import { DerReader, type DerElement } from '../der/reader.ts';
import { TAG_IA5_STRING, TAG_OID, TAG_PRINTABLE_STRING, TAG_SEQUENCE, TAG_SET, TAG_UTF8_STRING } from '../der/tags.ts';
import { attributeTypeOfOid } from '../names/distinguished-name.ts';

/** One attribute: the short name of its type, or the OID of an unknown one. */
export type NameAttributeFacts = { readonly type: string; readonly value: string };

/** @param what how messages name the file. @throws DER_INVALID */
export function readName(nameDer: Uint8Array, what: string): NameAttributeFacts[] {
  const name = new DerReader(nameDer, what).enterSequence();
  const attributes: NameAttributeFacts[] = [];
  while (!name.isAtEnd) {
    const set = name.enter(TAG_SET);
    while (!set.isAtEnd) {
      const attribute = set.enter(TAG_SEQUENCE);
      if (attribute.peekTag() !== TAG_OID) attribute.fail('attribute without a type');
      const oid = attribute.readOid();
      attributes.push({ type: attributeTypeOfOid(oid) ?? oid, value: readText(attribute.readElement(), attribute) });
      attribute.assertEnd();
    }
  }
  return attributes;
}

const TAG_BMP_STRING = 0x1e; // X.680 section 8.6, universal 30
const TAG_TELETEX_STRING = 0x14; // universal 20

/** Broken text is refused, for two readers would see two names; what is no string is shown as hex. */
function readText({ tag, value, der }: DerElement, reader: DerReader): string {
  if (tag === TAG_UTF8_STRING) return decode('utf-8', value, reader);
  if (tag === TAG_BMP_STRING) return decode('utf-16be', value, reader);
  if ([TAG_PRINTABLE_STRING, TAG_IA5_STRING].includes(tag)) return decodeAscii(value, reader);
  return tag === TAG_TELETEX_STRING ? decodeLatin1(value) : `#${formatHex(der)}`;
}

function decode(encoding: 'utf-8' | 'utf-16be', value: Uint8Array, reader: DerReader): string {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(value);
  } catch {
    return reader.fail('broken text in a name');
  }
}

const decodeAscii = (value: Uint8Array, reader: DerReader): string =>
  value.some((byte) => byte >= 0x80) ? reader.fail('broken text in a name') : decodeLatin1(value);
