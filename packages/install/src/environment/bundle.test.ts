/** @module Bundles: read from anything, each certificate once, and a note of what they were made from. */
import { describe, expect, it } from 'vitest';
import { formatPem } from '@mintmark/ca-core';
import { bundlePath, formatBundle, holdsAll, mergeCertificates, parseCertificates, readBundleBase } from './bundle.ts';

const first = Uint8Array.of(0x30, 1, 1);
const second = Uint8Array.of(0x30, 1, 2);
const pem = (der: Uint8Array): string => formatPem('CERTIFICATE', der);
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe('parseCertificates', () => {
  it('reads every certificate of a text and nothing else', () => {
    const text = `# roots é\n${pem(first)}${formatPem('PRIVATE KEY', first)}-----BEGIN CERTIFICATE-----\nbroken!\n${pem(second)}`;
    expect(parseCertificates(bytes(text))).toEqual([first, second]);
  });

  it('reads DER, Windows line ends and nothing at all', () => {
    expect(parseCertificates(first)).toEqual([first]);
    expect(parseCertificates(bytes(pem(first).replaceAll('\n', '\r\n')))).toEqual([first]);
    expect(parseCertificates(bytes('hello'))).toEqual([]);
  });
});

it('merges lists in order, each certificate once', () => {
  expect(mergeCertificates([first], [second, first])).toEqual([first, second]);
});

it('tells whether all are there by their bytes', () => {
  expect(holdsAll([first, second], [Uint8Array.from(second)])).toBe(true);
  expect(holdsAll([first], [first, second])).toBe(false);
});

describe('a bundle', () => {
  it.each([['system' as const], [[]], [['/etc/corp.pem', '/home/é "x"\n/b.pem']]])('remembers its base %j', (base) => {
    const text = formatBundle(base, [first, second]);
    expect(readBundleBase(bytes(text))).toEqual(base);
    expect(parseCertificates(bytes(text))).toEqual([first, second]);
    expect(text).toMatch(/^[\n -~]*$/);
  });

  it('of somebody else has no base', () => {
    expect(readBundleBase(bytes(`# base: "system"\n${pem(first)}`))).toBeUndefined();
    expect(readBundleBase(bytes(formatBundle('system', []).replace('"system"', '{')))).toBeUndefined();
  });

  it('has one file for each base', () => {
    const names = [
      bundlePath('/h', 'system'),
      bundlePath('/h', []),
      bundlePath('/h', ['/a']),
      bundlePath('/h', ['/b']),
    ];
    expect(names.slice(0, 2)).toEqual(['/h/bundle.pem', '/h/roots.pem']);
    expect(new Set(names).size).toBe(4);
  });
});
