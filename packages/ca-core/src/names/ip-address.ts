/**
 * @module IP addresses for certificates: IPv4 in dotted forms, IPv6 in every spelling, brackets allowed.
 * Octets of RFC 5280 section 4.2.1.6; text back in the form of RFC 5952.
 */
import { coreError } from '../core-errors.ts';
import { formatHex, type Bytes } from '../der/bytes.ts';

/** 4 bytes (IPv4) or 16 bytes (IPv6), and the one text that names it. */
export type IpAddress = { readonly bytes: Bytes; readonly text: string };

/** A block of addresses; both arrays have 4 or 16 bytes. `text` is CIDR. */
export type IpRange = { readonly bytes: Bytes; readonly mask: Bytes; readonly text: string };

/** True when the text can only be meant as an IP address, right or wrong. Never throws. */
export function isIpAddressLike(text: string): boolean {
  // Most names end in a letter past "f" and are done here.
  if ((text.at(-1) ?? '') > 'f' && !text.startsWith('[') && !text.includes('%')) return false;
  const bare = text.replace(/\/\d+$/, '');
  if (bare.startsWith('[')) return true;
  if (/^[0-9a-f:.]+(?:%.*)?$/i.test(bare) && (bare.match(/:/g) ?? []).length >= 2) return true;
  return /^(?:0x[0-9a-f]+|\d+)(?:\.(?:0x[0-9a-f]+|\d+)){1,3}$/i.test(bare) || /^0x[0-9a-f]{8}$/i.test(bare);
}

/**
 * An IP address from untrusted text: `127.0.0.1`, `127.1`, `0x7f.0.0.1`, `::1`, `[::1]`, `::ffff:10.0.0.1` ….
 * @throws IP_ADDRESS_INVALID, IP_ADDRESS_ZONE, IP_ADDRESS_RANGE, IP_ADDRESS_LEADING_ZERO
 */
export function parseIpAddress(text: string): IpAddress {
  const bare = text.startsWith('[') && text.endsWith(']') ? text.slice(1, -1) : text;
  const range = /^(.+)\/\d+$/.exec(bare);
  if (range !== null) throw coreError('IP_ADDRESS_RANGE', { name: text, address: range[1] ?? '' });
  const zone = /^([0-9a-f:.]+)%/i.exec(bare);
  if (zone !== null) throw coreError('IP_ADDRESS_ZONE', { name: text, address: zone[1] ?? '' });
  const bytes = bare.includes(':') ? parseIpv6(bare) : parseIpv4(bare, text);
  if (bytes === undefined || (bare !== text && bytes.length === 4))
    throw coreError('IP_ADDRESS_INVALID', { name: text });
  return { bytes, text: formatIpAddress(bytes) };
}

/** Text of 4 or 16 address bytes: dotted decimal, or RFC 5952. */
export function formatIpAddress(bytes: Uint8Array): string {
  return bytes.length === 4 ? bytes.join('.') : formatIpv6(bytes);
}

/** An address, or address and mask as name constraints hold them: CIDR, or `address/mask` for a mask with holes. Hex of anything else. */
export function formatIpOrRange(bytes: Uint8Array): string {
  if (bytes.length === 4 || bytes.length === 16) return formatIpAddress(bytes);
  if (bytes.length !== 8 && bytes.length !== 32) return `#${formatHex(bytes)}`;
  const half = bytes.length / 2;
  const bits = [...bytes.subarray(half)].map((byte) => byte.toString(2).padStart(8, '0')).join('');
  const prefix = /^1*0*$/.test(bits)
    ? String(bits.indexOf('0') < 0 ? bits.length : bits.indexOf('0'))
    : formatIpAddress(bytes.subarray(half));
  return `${formatIpAddress(bytes.subarray(0, half))}/${prefix}`;
}

/** A block in CIDR form, host bits cleared; undefined when malformed. For constants and scope options. */
export function parseIpRange(text: string): IpRange | undefined {
  const match = /^(.+)\/(\d{1,3})$/.exec(text);
  const address = match?.[1] ?? text;
  const bytes = address.includes(':') ? parseIpv6(address) : parseStrictIpv4(address);
  if (bytes === undefined) return undefined;
  const prefix = match === null ? bytes.length * 8 : Number(match[2]);
  if (prefix > bytes.length * 8) return undefined;
  const mask = new Uint8Array(bytes.length).map(
    (_, i) => (0xff << Math.max(0, Math.min(8, 8 * (i + 1) - prefix))) & 0xff,
  );
  const base = bytes.map((byte, i) => byte & (mask[i] ?? 0));
  return { bytes: base, mask, text: `${formatIpAddress(base)}/${prefix}` };
}

/** True when the address lies in the block; families never mix. */
export function isInRange(address: Uint8Array, range: IpRange): boolean {
  return (
    address.length === range.bytes.length &&
    address.every((byte, i) => (byte & (range.mask[i] ?? 0)) === range.bytes[i])
  );
}

/** inet_aton's dotted forms: the last part fills what is left. Leading zeros are refused: octal or decimal? */
function parseIpv4(text: string, original: string): Bytes | undefined {
  const parts = text.split('.');
  if (parts.length > 4) return undefined;
  const numbers: number[] = [];
  for (const part of parts) {
    if (/^0\d+$/.test(part)) throw coreError('IP_ADDRESS_LEADING_ZERO', { name: original });
    if (!/^(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(part)) return undefined;
    numbers.push(Number(part));
  }
  const last = numbers.pop() ?? 0;
  if (numbers.some((number) => number > 255) || last >= 256 ** (4 - numbers.length)) return undefined;
  const value = numbers.reduce((sum, number, i) => sum + number * 256 ** (3 - i), last);
  return Uint8Array.of((value >>> 24) & 0xff, (value >>> 16) & 0xff, (value >>> 8) & 0xff, value & 0xff);
}

function parseStrictIpv4(text: string): Bytes | undefined {
  const parts = text.split('.');
  if (parts.length !== 4 || !parts.every((part) => /^(?:0|[1-9]\d{0,2})$/.test(part) && Number(part) < 256))
    return undefined;
  return Uint8Array.from(parts, Number);
}

function parseIpv6(text: string): Bytes | undefined {
  const halves = text.split('::');
  if (halves.length > 2) return undefined;
  const head = parseGroups(halves[0] ?? '', halves.length === 1);
  const tail = halves.length === 2 ? parseGroups(halves[1] ?? '', true) : [];
  if (head === undefined || tail === undefined) return undefined;
  const missing = 16 - head.length - tail.length;
  if (halves.length === 2 ? missing < 2 : missing !== 0) return undefined;
  return Uint8Array.from([...head, ...Array.from({ length: missing }, () => 0), ...tail]);
}

/** Bytes of `a:b:…`, with a dotted quad allowed at the end; an empty text is no groups. */
function parseGroups(text: string, mayEndInIpv4: boolean): number[] | undefined {
  if (text === '') return [];
  const bytes: number[] = [];
  const groups = text.split(':');
  for (const [i, group] of groups.entries()) {
    if (group.includes('.') && mayEndInIpv4 && i === groups.length - 1) {
      const quad = parseStrictIpv4(group);
      if (quad === undefined) return undefined;
      bytes.push(...quad);
    } else if (/^[0-9a-f]{1,4}$/i.test(group)) {
      const value = Number.parseInt(group, 16);
      bytes.push(value >> 8, value & 0xff);
    } else return undefined;
  }
  return bytes;
}

/** RFC 5952: lower case, no leading zeros, the longest run of two or more zero groups becomes `::`. */
function formatIpv6(bytes: Uint8Array): string {
  const groups = Array.from({ length: 8 }, (_, i) =>
    (((bytes[2 * i] ?? 0) << 8) | (bytes[2 * i + 1] ?? 0)).toString(16),
  );
  let bestStart = -1;
  let bestLength = 1;
  for (let i = 0; i < 8; i++) {
    let length = 0;
    while (groups[i + length] === '0') length++;
    if (length > bestLength) [bestStart, bestLength] = [i, length];
  }
  if (bestStart < 0) return groups.join(':');
  return `${groups.slice(0, bestStart).join(':')}::${groups.slice(bestStart + bestLength).join(':')}`;
}
