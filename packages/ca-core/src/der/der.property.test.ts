/** @module Whatever the writer writes, the reader reads back; whatever the bytes are, the reader throws a CaError at worst. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCaError } from '../errors.ts';
import { assertDerBudget } from './budget.ts';
import { isEqualBytes } from './bytes.ts';
import { DerReader } from './reader.ts';
import * as writer from './writer.ts';

const readerOf = (der: Uint8Array) => new DerReader(der, 'the sample');
const withoutLeadingZeros = (bytes: Uint8Array): number[] => {
  const first = bytes.findIndex((byte) => byte !== 0);
  return first < 0 ? [0] : [...bytes.subarray(first)];
};

const arc = fc.oneof(fc.nat(300), fc.nat({ max: 2 ** 31 - 1 }), fc.nat({ max: 2 ** 45 }));
const oid = fc
  .oneof(fc.tuple(fc.constantFrom(0, 1), fc.nat(39)), fc.tuple(fc.constant(2), fc.nat({ max: 2 ** 31 })))
  .chain(([root, second]) => fc.array(arc, { maxLength: 12 }).map((rest) => [root, second, ...rest].join('.')));

describe('writer and reader', () => {
  it('agree on every unsigned integer', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const back = readerOf(writer.encodeUnsignedInteger(bytes)).readUnsignedInteger();
        expect([...back]).toEqual(withoutLeadingZeros(bytes));
      }),
    );
  });

  it('agree on every small integer', () => {
    fc.assert(
      fc.property(fc.nat({ max: 0x7fffffff }), (value) => {
        expect(readerOf(writer.encodeSmallInteger(value)).readSmallInteger()).toBe(value);
      }),
    );
  });

  it('agree on every object identifier', () => {
    fc.assert(
      fc.property(oid, (dotted) => {
        expect(readerOf(writer.encodeOid(dotted)).readOid()).toBe(dotted);
      }),
    );
  });

  it('agree on every whole second from 1950 to 9999', () => {
    const second = fc.integer({ min: Date.UTC(1950, 0) / 1000, max: Date.UTC(9999, 11, 31) / 1000 });
    fc.assert(
      fc.property(second, (seconds) => {
        const date = new Date(seconds * 1000);
        expect(readerOf(writer.encodeTime(date)).readTime()).toEqual(date);
      }),
    );
  });

  it('agree on bit strings and on values of every length', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 70_000, size: 'max' }), (bytes) => {
        expect(isEqualBytes(readerOf(writer.encodeBitString(bytes)).readBitString(), bytes)).toBe(true);
        const outer = readerOf(writer.encodeSequence(writer.encodeOctetString(bytes))).enterSequence();
        expect(isEqualBytes(outer.readElement(4).value, bytes)).toBe(true);
        outer.assertEnd();
      }),
      { numRuns: 30 },
    );
  });
});

describe('any bytes', () => {
  const READS = [
    (reader: DerReader) => reader.readElement(),
    (reader: DerReader) => reader.readOid(),
    (reader: DerReader) => reader.readUnsignedInteger(),
    (reader: DerReader) => reader.readSmallInteger(),
    (reader: DerReader) => reader.readBitString(),
    (reader: DerReader) => reader.readTime(),
    (reader: DerReader) => reader.enterSequence().readElement(),
  ];
  const tagged = fc
    .tuple(fc.constantFrom(2, 3, 5, 6, 0x17, 0x18, 0x30), fc.uint8Array({ maxLength: 20 }))
    .map(([tag, value]) => Uint8Array.of(tag, value.length, ...value));

  it('are read or refused with a CaError, never anything else', () => {
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 40 }), tagged), (bytes) => {
        for (const read of [
          ...READS.map((r) => () => r(readerOf(bytes))),
          () => assertDerBudget(bytes, 'the sample'),
        ]) {
          try {
            read();
          } catch (cause) {
            expect(isCaError(cause, 'DER_INVALID'), String(cause)).toBe(true);
          }
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('that are read are written again as they were', () => {
    fc.assert(
      fc.property(tagged, (bytes) => {
        const reader = readerOf(bytes);
        if (bytes[0] !== 6) return;
        try {
          expect(writer.encodeOid(reader.readOid())).toEqual(bytes);
        } catch (cause) {
          if (!isCaError(cause)) throw cause;
        }
      }),
      { numRuns: 1000 },
    );
  });
});
