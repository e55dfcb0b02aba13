/** @module PEM as people and programs write it (RFC 7468, RFC 1421), and what is no PEM. */
import { describe, expect, it } from 'vitest';
import { CERTIFICATE_LABELS, findBlocks, formatPem, MAX_INPUT_BYTES, parsePem, parsePemOrDer } from './pem.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const code = (name: string) => expect.objectContaining({ code: name });
const pem = formatPem('CERTIFICATE', Uint8Array.of(0x30, 0));
const wanted = { labels: CERTIFICATE_LABELS, wanted: 'a certificate' };

describe('formatPem', () => {
  it('breaks lines at 64 characters and ends with one line break', () => {
    const text = formatPem('X', new Uint8Array(49));
    expect(text.split('\n').map((line) => line.length)).toEqual([17, 64, 4, 15, 0]);
  });
});

describe('parsePem', () => {
  it('reads blocks in order with whatever text stands around them', () => {
    const blocks = parsePem(`Subject: CN=a\n${pem}junk\n${formatPem('X509 CRL', Uint8Array.of(1))}end`, 'f');
    expect(blocks.map(({ label, der }) => [label, ...der])).toEqual([
      ['CERTIFICATE', 0x30, 0],
      ['X509 CRL', 1],
    ]);
  });

  it.each([
    ['Windows line ends', pem.replaceAll('\n', '\r\n')],
    ['one long line', pem.replaceAll('\n', '')],
    ['blank lines and indentation', pem.replaceAll('\n', '\n\n\t ')],
    ['a byte order mark', `\u{feff}${pem}`],
  ])('reads a block with %s', (_what, text) => {
    expect(parsePem(text, 'f').map(({ der }) => [...der])).toEqual([[0x30, 0]]);
  });

  it('keeps RFC 1421 headers apart from the base64', () => {
    const text = pem.replace('-----\n', '-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n  folded\n\n');
    const [block] = parsePem(text, 'f');
    expect(block?.headers).toBe('Proc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,00\n  folded\n');
    expect([...(block?.der ?? [])]).toEqual([0x30, 0]);
  });

  it('finds nothing in text without a block', () => {
    expect(parsePem('nothing -----BEGIN lower case----- here', 'f')).toEqual([]);
  });

  it.each([
    ['no end', '-----BEGIN CERTIFICATE-----\nMAA=\n'],
    ['the end of another label', '-----BEGIN CERTIFICATE-----\nMAA=\n-----END PRIVATE KEY-----'],
    ['a block begun inside', `-----BEGIN CERTIFICATE-----\n${pem}`],
    ['characters outside base64', pem.replace('MAA', 'M?A')],
    ['a cut last group', pem.replace('MAA=', 'MAA')],
    ['padding inside', pem.replace('MAA=', 'MA==MAA=')],
  ])('refuses a block with %s', (_what, text) => {
    expect(() => parsePem(text, 'f')).toThrow(code('PEM_INVALID'));
  });

  it('takes 500 blocks and refuses one more', () => {
    expect(parsePem(pem.repeat(500), 'f')).toHaveLength(500);
    expect(() => parsePem(pem.repeat(501), 'f')).toThrow(code('PEM_INVALID'));
  });

  it('gives each call its own position', () => {
    expect(() => parsePem('-----BEGIN A-----', 'f')).toThrow(code('PEM_INVALID'));
    expect(parsePem(pem, 'f')).toHaveLength(1);
  });
});

describe('parsePemOrDer', () => {
  it('takes bytes that begin with a SEQUENCE as DER', () => {
    expect(parsePemOrDer(Uint8Array.of(0x30, 0), 'f')).toEqual([
      { label: 'DER', der: Uint8Array.of(0x30, 0), headers: '', pem: '' },
    ]);
  });

  it('says when there is nothing', () => {
    expect(() => parsePemOrDer(new Uint8Array(), 'f')).toThrow(code('INPUT_EMPTY'));
  });

  it('takes 1 MiB and refuses one byte more, of text and of DER', () => {
    expect(parsePemOrDer(new Uint8Array(MAX_INPUT_BYTES), 'f')).toEqual([]);
    expect(() => parsePemOrDer(new Uint8Array(MAX_INPUT_BYTES + 1), 'f')).toThrow(code('INPUT_TOO_LARGE'));
    expect(() => parsePemOrDer(new Uint8Array(MAX_INPUT_BYTES + 1).fill(0x30), 'f')).toThrow(code('INPUT_TOO_LARGE'));
  });
});

describe('findBlocks', () => {
  it('leaves blocks of other labels out', () => {
    const text = `${formatPem('EC PARAMETERS', Uint8Array.of(6, 0))}${pem}`;
    expect(findBlocks(bytesOf(text), 'f', wanted).map(({ label }) => label)).toEqual(['CERTIFICATE']);
  });

  it('names what it found instead, and no more than a line of it', () => {
    const other = formatPem('PUBLIC KEY', Uint8Array.of(0x30, 0));
    expect(() => findBlocks(bytesOf(other), 'f', wanted)).toThrow(
      expect.objectContaining({ code: 'PEM_NOT_FOUND', message: 'f holds "PUBLIC KEY", not a certificate' }),
    );
    expect(() => findBlocks(bytesOf(other.repeat(500)), 'f', wanted)).toThrow(
      expect.objectContaining({ message: expect.stringMatching(/^.{0,200}$/) as string }),
    );
  });

  it('says when a file is neither PEM nor DER', () => {
    expect(() => findBlocks(bytesOf('hello'), 'f', wanted)).toThrow(code('PEM_NOT_FOUND'));
  });
});
