/** @module What browsers are given: the list, the line, the module; and which certificates WebTransport takes. */
import { describe, expect, it } from 'vitest';
import { findUnsuitableFormat, PIN_FORMATS } from './index.ts';
import type { PinnedCertificate } from './pin-format.ts';
import { createSubject, DAY_MS, NOW } from './sample-subject.ts';

const bytes = (value: number): Uint8Array<ArrayBuffer> => new Uint8Array(32).fill(value);
const pins = { certSha256: bytes(0xab), spkiSha256: bytes(1) };
const subject = createSubject({ pins });
const COLONS = Array<string>(32).fill('AB').join(':');

it('Chromium gets a list, with the spare where there is one', () => {
  const { value } = PIN_FORMATS.chromium;
  const [current, spare] = [1, 2].map((one) => Buffer.from(bytes(one)).toString('base64'));
  expect(value(subject)).toBe(current);
  expect(value(createSubject({ pins, backupSpkiSha256: bytes(2) }))).toBe(`${current},${spare}`);
});

it.each([
  ['localhost', 'localhost:8443:'],
  ['::1', '[::1]:8443:'],
])('Firefox gets a line with a field behind the digest, for it reads that up to a tab: %s', (host, place) => {
  const text = PIN_FORMATS.firefox.snippet?.text(createSubject({ pins, server: { host, port: 8443 } })) ?? '';
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  expect(lines).toEqual([`${place}\tOID.2.16.840.1.101.3.4.2.1\t${COLONS}\tpinned`]);
});

it('WebRTC gets the attribute of RFC 8122', () => {
  expect(PIN_FORMATS.webrtc.value(subject)).toBe(`a=fingerprint:sha-256 ${COLONS}`);
});

it('WebTransport gets a module that connects to an IPv6 address in brackets, and says until when', () => {
  const text = PIN_FORMATS.webtransport.snippet?.text(createSubject({ pins, server: { host: '::1', port: 4433 } }));
  expect(text).toContain("openSession('https://[::1]:4433/')");
  expect(text).toContain(`'${Buffer.from(bytes(0xab)).toString('base64')}', // until 2027-01-28T12:00:00.000Z`);
});

describe('WebTransport', () => {
  const find = (shape: Partial<PinnedCertificate>): string | undefined => {
    const certificate = { ...(subject.certificate ?? expect.fail()), ...shape };
    return findUnsuitableFormat('webtransport', { ...subject, certificate })?.reason;
  };
  const lasting = (milliseconds: number, begin = NOW.getTime()): Partial<PinnedCertificate> => ({
    notBefore: new Date(begin),
    notAfter: new Date(begin + milliseconds),
  });

  it.each([
    ['14 days to the second', lasting(14 * DAY_MS)],
    ['P-384', { keyLabel: 'ECDSA P-384' }],
    ['the next certificate, which begins tomorrow', lasting(13 * DAY_MS, NOW.getTime() + DAY_MS)],
    ['the last second', lasting(DAY_MS, NOW.getTime() - DAY_MS + 1000)],
  ])('takes %s', (_what, shape) => {
    expect(find(shape)).toBeUndefined();
  });

  it.each([
    ['14 days and a second', lasting(14 * DAY_MS + 1000), 'it lasts 15 days'],
    ['P-521', { keyLabel: 'ECDSA P-521' }, 'ECDSA P-521'],
    ['Ed25519', { keyLabel: 'Ed25519' }, 'Ed25519'],
    ['RSA', { keyLabel: 'RSA 3072' }, 'RSA'],
    ['what has just ended', lasting(DAY_MS, NOW.getTime() - DAY_MS), 'expired'],
  ])('refuses %s', (_what, shape, reason) => {
    expect(find(shape)).toContain(reason);
  });
});
