/** @module PEM text gives its bytes back, whatever stands around it; any text at all is read or refused with a CaError. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { isCaError } from '../errors.ts';
import { formatPem, parsePem } from './pem.ts';

const label = fc.constantFrom('CERTIFICATE', 'PRIVATE KEY', 'X509 CRL', 'PKCS #7 SIGNED DATA');

describe('PEM', () => {
  it('gives labels and bytes back, with line ends of any kind', () => {
    const blocks = fc.array(fc.tuple(label, fc.uint8Array({ maxLength: 200 })), { maxLength: 5 });
    fc.assert(
      fc.property(blocks, fc.constantFrom('\n', '\r\n', ' \n\n'), (list, lineEnd) => {
        const text = list.map(([name, der]) => formatPem(name, der)).join('note: none\n');
        const back = parsePem(text.replaceAll('\n', lineEnd), 'f').map((block) => [block.label, [...block.der]]);
        expect(back).toEqual(list.map(([name, der]) => [name, [...der]]));
      }),
    );
  });

  it('of any text is a list of blocks or PEM_INVALID', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        '-----BEGIN A-----',
        '-----END A-----',
        '-----BEGIN B-----',
        '\n',
        'AAAA',
        '=',
        'X-Y: z\n',
        ' \n',
      ),
      fc.string({ maxLength: 10 }),
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        try {
          expect(Array.isArray(parsePem(pieces.join(''), 'f'))).toBe(true);
        } catch (cause) {
          expect(isCaError(cause, 'PEM_INVALID'), String(cause)).toBe(true);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
