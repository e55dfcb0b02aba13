/** @module Names of any kind: canonical text is its own canonical text, and any string is a name or a CaError. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCaError } from '../errors.ts';
import { isPublicSuffix } from '../public-suffix/index.ts';
import { createNameAttribute, formatDistinguishedName, parseDistinguishedName } from './distinguished-name.ts';
import { formatIpAddress, parseIpAddress, parseIpRange } from './ip-address.ts';
import { createScope } from './scope.ts';
import { parseSubjectAltName } from './subject-alt-name.ts';

const rules = { isPublicSuffix };

/** Runs it; true when it threw a CaError. Anything else thrown fails the property. */
function isRefused(run: () => unknown): boolean {
  try {
    run();
    return false;
  } catch (cause) {
    if (isCaError(cause) && cause.hint !== '') return true;
    throw cause;
  }
}

const piece = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.string({ unit: 'binary', maxLength: 4 }),
  fc.constantFrom('.', '*', '*.', ':', '::', '[', ']', '@', '/', '%', '_', '-', 'xn--', 'ü', '。', '\u0000', '\u200d'),
  fc.constantFrom('test', 'localhost', 'com', '127', '0x7f', '010', '256', 'ffff', '1', 'spiffe://', 'urn:', ':8080'),
  fc.constantFrom('a'.repeat(63), 'b'.repeat(64)),
);
const nameLike = fc.array(piece, { maxLength: 7 }).map((pieces) => pieces.join(''));
const honest = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV4Extended(), fc.ipV6(), fc.emailAddress(), fc.webUrl());

describe('parseSubjectAltName', () => {
  it('is idempotent on its own canonical text', () => {
    fc.assert(
      fc.property(fc.oneof(nameLike, honest), (text) => {
        let name: ReturnType<typeof parseSubjectAltName> | undefined;
        if (isRefused(() => (name = parseSubjectAltName(text, rules))) || name === undefined) return;
        expect(parseSubjectAltName(name.text, rules)).toEqual(name);
      }),
      { numRuns: 5000 },
    );
  });

  it('gives DNS names that are lower-case ASCII of at most 253 bytes', () => {
    fc.assert(
      fc.property(fc.oneof(nameLike, fc.domain()), (text) => {
        let shown = '';
        isRefused(() => {
          const name = parseSubjectAltName(text, rules);
          if (name.kind === 'dns') shown = name.text;
        });
        expect(shown).toMatch(/^(?:\*\.)?[a-z0-9.-]{0,253}$/);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('any string', () => {
  it('is a name, a subject, a scope, or a CaError with a hint', () => {
    fc.assert(
      fc.property(fc.oneof(nameLike, fc.string({ unit: 'binary' })), (text) => {
        isRefused(() => parseSubjectAltName(text, rules));
        isRefused(() => parseDistinguishedName(text));
        isRefused(() => parseDistinguishedName(`CN=${text}`));
        isRefused(() => createScope({ domains: [text] }, rules));
        parseIpRange(text);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('IP addresses', () => {
  it('of any bytes are written so that parsing gives the bytes back', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ minLength: 4, maxLength: 4 }),
      fc.uint8Array({ minLength: 16, maxLength: 16 }),
      fc.array(fc.constantFrom(0, 0, 1), { minLength: 16, maxLength: 16 }).map((list) => Uint8Array.from(list)),
    );
    fc.assert(
      fc.property(bytes, (address) => {
        expect([...parseIpAddress(formatIpAddress(address)).bytes]).toEqual([...address]);
      }),
      { numRuns: 1000 },
    );
  });

  it('of IPv6 are written as the platform writes them (RFC 5952)', () => {
    fc.assert(
      fc.property(fc.ipV6(), (text) => {
        expect(`[${parseIpAddress(text).text}]`).toBe(new URL(`http://[${text}]/`).hostname);
      }),
      { numRuns: 1000 },
    );
  });
});

describe('distinguished names', () => {
  const value = fc.string({
    unit: fc.constantFrom('a', ' ', ',', '=', '\\', '/', '+', '"', 'é', '😀'),
    minLength: 1,
    maxLength: 16,
  });
  const attribute = fc.tuple(fc.constantFrom('CN' as const, 'O' as const, 'GN' as const, 'UID' as const), value);

  it('are written so that parsing gives them back', () => {
    fc.assert(
      fc.property(fc.array(attribute, { minLength: 1, maxLength: 4 }), (list) => {
        const name = list.map(([type, text]) => createNameAttribute(type, text));
        expect(parseDistinguishedName(formatDistinguishedName(name))).toEqual(name);
      }),
      { numRuns: 2000 },
    );
  });
});
