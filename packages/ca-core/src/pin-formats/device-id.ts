/**
 * @module A Syncthing device ID: the digest of the certificate in base32 (RFC 4648 section 6, no padding), a check digit behind
 * each 13 digits, in groups of seven. docs.syncthing.net/dev/device-ids.html
 */
import type { Bytes } from '../der/bytes.ts';

const BASE32 = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';
const CHUNK_DIGITS = 13;
const GROUP_DIGITS = 7;

/** 63 characters for 32 bytes. */
export function formatDeviceId(digest: Bytes): string {
  const chunks = cut(encodeBase32(digest), CHUNK_DIGITS);
  return cut(chunks.map((chunk) => chunk + checkDigit(chunk)).join(''), GROUP_DIGITS).join('-');
}

function encodeBase32(bytes: Bytes): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, '0')).join('');
  const digits = cut(bits, 5).map((five) => BASE32[Number.parseInt(five.padEnd(5, '0'), 2)] ?? '');
  return digits.join('');
}

const cut = (text: string, size: number): string[] => text.match(new RegExp(`.{1,${size}}`, 'g')) ?? [];

/** Luhn's sum in base 32, as Syncthing counts: the factor is 1 first, and digits are taken from the left. */
function checkDigit(chunk: string): string {
  let sum = 0;
  for (const [at, digit] of [...chunk].entries()) {
    const addend = BASE32.indexOf(digit) * (at % 2 === 0 ? 1 : 2);
    sum += Math.floor(addend / BASE32.length) + (addend % BASE32.length);
  }
  return BASE32[(BASE32.length - (sum % BASE32.length)) % BASE32.length] ?? '';
}
