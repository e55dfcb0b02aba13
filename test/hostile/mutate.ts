/**
 * @module Small damage to a file, as fast-check values: flipped bytes, cuts, insertions, wrong length fields, repeated spans.
 * Positions are fractions, so that one plan of damage fits files of every size.
 */
import fc from 'fast-check';

type Place = (size: number) => number;
type Damage = (bytes: Uint8Array) => Uint8Array;

const place: fc.Arbitrary<Place> = fc
  .double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
  .map((fraction) => (size: number) => Math.floor(fraction * size));

const splice = (bytes: Uint8Array, at: number, remove: number, insert: Uint8Array): Uint8Array =>
  Uint8Array.of(...bytes.subarray(0, at), ...insert, ...bytes.subarray(Math.min(bytes.length, at + remove)));

const flip = fc.tuple(place, fc.integer({ min: 1, max: 255 })).map(
  ([at, mask]): Damage =>
    (bytes) =>
      bytes.map((byte, i) => (i === at(bytes.length) ? byte ^ mask : byte)),
);
const cut = place.map(
  (at): Damage =>
    (bytes) =>
      bytes.subarray(0, at(bytes.length)),
);
const insert = fc.tuple(place, fc.uint8Array({ minLength: 1, maxLength: 12 })).map(
  ([at, more]): Damage =>
    (bytes) =>
      splice(bytes, at(bytes.length), 0, more),
);
const drop = fc.tuple(place, fc.integer({ min: 1, max: 40 })).map(
  ([at, count]): Damage =>
    (bytes) =>
      splice(bytes, at(bytes.length), count, new Uint8Array()),
);
const repeat = fc
  .tuple(place, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 1, max: 20 }))
  .map(([at, count, times]): Damage => (bytes) => {
    const start = at(bytes.length);
    const span = [...bytes.subarray(start, start + count)];
    return splice(bytes, start, 0, Uint8Array.from(Array.from({ length: times }, () => span).flat()));
  });

/** Lengths that mislead a reader: none, indefinite, one too many, non-minimal, 2 GiB, 4 GiB. */
const LENGTHS = [
  [0],
  [1],
  [0x7f],
  [0x80],
  [0x81, 0],
  [0x81, 0xff],
  [0x84, 0x7f, 0xff, 0xff, 0xff],
  [0x84, 0xff, 0xff, 0xff, 0xff],
  [0xff],
];
const relength = fc
  .tuple(place, fc.oneof(fc.constantFrom(...LENGTHS), fc.constantFrom('more' as const, 'less' as const)))
  .map(([at, length]): Damage => (bytes) => {
    const offsets = lengthOffsets(bytes);
    const offset = offsets[at(offsets.length)] ?? 0;
    const step = length === 'more' ? 1 : 255;
    const patch = typeof length === 'string' ? [((bytes[offset] ?? 0) + step) & 0xff] : length;
    return splice(bytes, offset, 1, Uint8Array.from(patch));
  });

/** Where the length bytes of the elements stand, found by walking honest DER. */
function lengthOffsets(der: Uint8Array): number[] {
  const offsets: number[] = [];
  for (let at = 0; at + 1 < der.length;) {
    offsets.push(at + 1);
    const first = der[at + 1] ?? 0;
    const header = 2 + (first > 0x80 ? first & 0x7f : 0);
    const isConstructed = ((der[at] ?? 0) & 0x20) !== 0;
    const length =
      first < 0x80 ? first : [...der.subarray(at + 2, at + header)].reduce((sum, byte) => sum * 256 + byte, 0);
    at += isConstructed ? header : header + length;
  }
  return offsets;
}

const damage = fc.oneof(flip, flip, cut, insert, drop, repeat, relength, relength);

/** One to three kinds of damage, one after the other. */
export const mutation: fc.Arbitrary<Damage> = fc
  .array(damage, { minLength: 1, maxLength: 3 })
  .map((steps) => (bytes: Uint8Array) => steps.reduce((damaged, step) => step(damaged), bytes));
