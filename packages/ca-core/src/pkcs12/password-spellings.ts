/**
 * @module One password as the bytes that programs make of it. RFC 7292 appendix B.1 wants a BMPString with two zero bytes behind
 * it, PBES2 the bytes as they are; files exist in which each took the other, or Latin-1, or UTF-8 byte by byte for characters.
 */
import { encodeUtf8, type Bytes } from '../der/bytes.ts';

/** `bmp` is for RFC 7292's own derivation, `octets` for PBKDF2 and scrypt. The likely ones first; none twice. None where the password holds a NUL. */
export type PasswordSpellings = { readonly bmp: readonly Bytes[]; readonly octets: readonly Bytes[] };

export function spellPassword(password: string): PasswordSpellings {
  // HMAC fills short keys with zeros, so that by PBKDF2 "a" and "a\0" would be one password. No program takes such a one.
  if (password.includes('\0')) return { bmp: [], octets: [] };
  const utf8 = encodeUtf8(password);
  // GnuTLS composes what a keyboard or a file system has taken apart.
  const composed = password.normalize('NFC');
  // No password at all is nothing; an empty one is its two zero bytes. OpenSSL tries both, too.
  const nothing = password === '' ? [new Uint8Array()] : [];
  return {
    bmp: distinct([...nothing, encodeBmp(password), encodeBmp(composed), encodeBmp(latin1Text(utf8))]),
    octets: distinct([utf8, encodeUtf8(composed), ...latin1Bytes(password), encodeBmp(password)]),
  };
}

/** Big-endian UTF-16 and its terminator; characters beyond the BMP are two surrogates, as in OpenSSL, Java and Windows. */
function encodeBmp(text: string): Bytes {
  const bytes = new Uint8Array(2 * text.length + 2);
  for (let i = 0; i < text.length; i++) {
    bytes[2 * i] = text.charCodeAt(i) >>> 8;
    bytes[2 * i + 1] = text.charCodeAt(i);
  }
  return bytes;
}

/** OpenSSL before 1.1.0 widened each byte of what the terminal gave it. */
const latin1Text = (bytes: Uint8Array): string => Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');

/** What a terminal in Latin-1 gave; nothing where it can't say the password. */
function latin1Bytes(text: string): Bytes[] {
  const bytes = Uint8Array.from({ length: text.length }, (_, i) => text.charCodeAt(i));
  return latin1Text(bytes) === text ? [bytes] : [];
}

const distinct = (spellings: readonly Bytes[]): Bytes[] => [
  ...new Map(spellings.map((bytes) => [latin1Text(bytes), bytes] as const)).values(),
];
