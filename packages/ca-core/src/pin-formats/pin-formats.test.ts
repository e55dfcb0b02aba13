/** @module The table of clients: values that read back, programs without hostile text, refusals that say what to give instead. */
import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatColonHex, parsePin, type Bytes } from '../index.ts';
import { findUnsuitableFormat, formatPinValues, PIN_FORMAT_NAMES, PIN_FORMATS, type PinFormatName } from './index.ts';
import { createSubject, DAY_MS, NOW } from './sample-subject.ts';

const digestOf = (text: string): Bytes => new Uint8Array(createHash('sha256').update(text).digest());
const [CERT, SPKI, SPARE] = [digestOf('certificate'), digestOf('key'), digestOf('spare')];
const hex = (bytes: Bytes): string => Buffer.from(bytes).toString('hex');
const base64 = (bytes: Bytes): string => Buffer.from(bytes).toString('base64');
const pins = { certSha256: CERT, spkiSha256: SPKI };

describe('formatPinValues', () => {
  it('spells the digest that each client compares', () => {
    expect(formatPinValues(createSubject({ pins }))).toMatchObject({
      curl: `sha256//${base64(SPKI)}`,
      okhttp: `sha256/${base64(SPKI)}`,
      gnutls: `pin-sha256:${base64(SPKI)}`,
      tlsa: `3 1 1 ${hex(SPKI)}`,
      node: formatColonHex(CERT),
      php: hex(CERT),
      webtransport: base64(CERT),
      jose: Buffer.from(CERT).toString('base64url'),
    });
  });

  it.each([
    ['leaf', ['tlsa', 'curl', 'webtransport', 'okhttp'], ['tlsa-ca', 'kubeadm', 'step']],
    ['ca', ['tlsa-ca', 'kubeadm', 'step', 'okhttp'], ['tlsa', 'curl', 'node', 'webtransport']],
  ] as const)('for a %s gives %j and not %j', (role, present, absent) => {
    const names = Object.keys(formatPinValues(createSubject({ pins, roles: [role] })));
    expect(present.filter((name) => !names.includes(name))).toEqual([]);
    expect(absent.filter((name) => names.includes(name))).toEqual([]);
  });

  it('for a key alone leaves out every format that compares a certificate or a file', () => {
    const { certificate: _, ...key } = createSubject({ pins: { spkiSha256: SPKI }, roles: ['key'] });
    const names = Object.keys(formatPinValues(key)) as PinFormatName[];
    expect(names).toEqual(expect.arrayContaining(['curl', 'tlsa']));
    expect(names.filter((name) => PIN_FORMATS[name].object !== 'public-key')).toEqual([]);
  });

  it('lists the spare beside the current key where the client takes a list', () => {
    expect(formatPinValues(createSubject({ pins, backupSpkiSha256: SPARE }))).toMatchObject({
      curl: `sha256//${base64(SPKI)};sha256//${base64(SPARE)}`,
      git: `sha256//${base64(SPKI)};sha256//${base64(SPARE)}`,
    });
  });

  it('every value reads back to the 32 bytes it stands for, for any digest', () => {
    const digest = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Uint8Array.from(bytes));
    fc.assert(
      fc.property(digest, digest, fc.constantFrom(...PIN_FORMAT_NAMES), (certSha256, spkiSha256, name) => {
        const { object, value } = PIN_FORMATS[name];
        const expected = { certificate: certSha256, 'public-key': spkiSha256, file: certSha256 }[object];
        const subject = createSubject({ pins: { certSha256, spkiSha256 }, fileSha3: certSha256 });
        expect(hex(parsePin(value(subject)))).toBe(hex(expected));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('findUnsuitableFormat', () => {
  it.each(PIN_FORMAT_NAMES)('%s: what does not fit is told with a reason and what to type instead', (name) => {
    for (const roles of [['leaf'], ['ca'], ['key']] as const) {
      const unsuitable = findUnsuitableFormat(name, createSubject({ pins, roles }));
      if (unsuitable === undefined) continue;
      expect(unsuitable.reason).toMatch(/^\S.{10,}[^.]$/);
      expect(unsuitable.instead).toMatch(/mintmark \S/);
    }
  });

  it.each([
    ['a year', { days: 397 }, 'it lasts 397 days, and browsers take 14 at most'],
    ['an RSA key', { keyLabel: 'RSA 2048' }, 'browsers refuse RSA'],
    ['the past', { days: 10, begun: 11 }, 'it has expired'],
    ['no handshake signatures', { isForSignatures: false }, 'digitalSignature'],
  ])('webtransport refuses %s and says what to mint', (_what, shape, reason) => {
    const {
      days = 13,
      begun = 0,
      ...rest
    } = { keyLabel: 'ECDSA P-256', isForSignatures: true, ...shape } as {
      days?: number;
      begun?: number;
      keyLabel: string;
      isForSignatures: boolean;
    };
    const notBefore = new Date(NOW.getTime() - begun * DAY_MS);
    const base = createSubject({ pins });
    const certificate = {
      ...(base.certificate ?? expect.fail()),
      ...rest,
      notBefore,
      notAfter: new Date(notBefore.getTime() + days * DAY_MS),
    };
    expect(findUnsuitableFormat('webtransport', { ...base, certificate })).toEqual({
      reason: expect.stringContaining(reason) as string,
      instead: expect.stringContaining('mintmark self-signed localhost --webtransport') as string,
    });
  });
});

describe('ready programs', () => {
  const withSnippet = PIN_FORMAT_NAMES.filter((name) => PIN_FORMATS[name].snippet !== undefined);

  it.each(withSnippet)('%s: names its file, ends its last line, and says where it connects', (name) => {
    const { snippet, roles, object } = PIN_FORMATS[name];
    const text =
      snippet?.text(createSubject({ pins, fileSha3: CERT, ...(roles === undefined ? {} : { roles }) })) ?? '';
    expect(snippet?.fileName).toMatch(/^[\w.-]+$/);
    expect(text).toMatch(/[^\n]\n$/);
    expect(text).not.toMatch(/\t \t|[ \t]\n|undefined|\[object/);
    const digest = object === 'public-key' ? SPKI : CERT;
    const spellings = [hex(digest), base64(digest), formatColonHex(digest)];
    const bare = text.replaceAll(/\s/g, '');
    expect(
      spellings.some((spelling) => bare.toLowerCase().includes(spelling.toLowerCase())) ||
        text.includes('BEGIN CERTIFICATE') ||
        name === 'gnutls',
    ).toBe(true);
  });
});
