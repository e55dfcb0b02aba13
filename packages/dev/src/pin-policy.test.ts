/** @module Options of a pinned client: what they mean, and that a fault in them never means "no pin". */
import { describe, expect, it } from 'vitest';
import { expectCode } from '../../testkit/src/index.ts';
import { createPinnedAgent } from './pinned-agent.ts';
import { parsePinnedOptions } from './pin-policy.ts';
import { createPinnedDispatcher } from './undici/index.ts';

const HEX = 'ab'.repeat(32);
const BASE64 = Buffer.from(HEX, 'hex').toString('base64');
const PEM = '-----BEGIN CERTIFICATE-----\nAA==\n-----END CERTIFICATE-----\n';

describe('pins', () => {
  it.each([
    HEX,
    HEX.toUpperCase(),
    BASE64,
    `sha256//${BASE64}`,
    `sha256/${BASE64}`,
    `pin-sha256:${BASE64}`,
    ` sha256:${HEX}\n`,
  ])('are read as clients spell them: %j', (pin) => {
    expect([...parsePinnedOptions({ pins: [pin] }).digests]).toEqual([HEX]);
  });

  it.each<[string, unknown]>([
    ['none', undefined],
    ['an empty list', []],
    ['one that is not in a list', HEX],
    ['an unset variable', [undefined]],
    ['bytes', [Buffer.from(HEX, 'hex')]],
    ['an unset variable beside a pin', [HEX, undefined]],
  ])('are a TypeError at once when they are %s', (_what, pins) => {
    const options = { pins } as { pins: string[] };
    for (const create of [createPinnedAgent, createPinnedDispatcher]) expect(() => create(options)).toThrow(TypeError);
  });

  it('may be several in one text, as curl takes them', () => {
    const [first, second, third] = ['ab', 'cd', 'ef'].map((byte) => byte.repeat(32));
    const other = Buffer.from(second ?? '', 'hex').toString('base64');
    const { digests, pins } = parsePinnedOptions({ pins: [`sha256//${BASE64};sha256//${other}`, ` ${third} `] });
    expect([...digests]).toEqual([first, second, third]);
    expect(pins).toEqual([`sha256//${BASE64}`, `sha256//${other}`, ` ${third} `]);
  });

  it.each([
    '',
    ' ',
    'ab'.repeat(20),
    `${HEX}ab`,
    'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
    'nonsense',
    `${HEX};`,
    `;${HEX}`,
    `${HEX};;${HEX}`,
    `${HEX};nonsense`,
    `${HEX},${HEX}`,
  ])('are refused when one is no SHA-256: %j', (pin) => {
    for (const create of [createPinnedAgent, createPinnedDispatcher])
      expectCode(() => create({ pins: [HEX, pin] }), 'PIN_INVALID');
  });
});

describe('checks', () => {
  const checksOf = (options: object) => {
    const { hasDates, hasHost } = parsePinnedOptions({ pins: [HEX], ...options });
    return [hasHost, hasDates];
  };

  it('are off for a server, on for a CA or where one is given, and as they are said', () => {
    expect(checksOf({})).toEqual([false, false]);
    expect(checksOf({ pinned: 'server' })).toEqual([false, false]);
    expect(checksOf({ pinned: 'ca' })).toEqual([true, true]);
    expect(checksOf({ ca: PEM })).toEqual([true, true]);
    expect(checksOf({ pinned: 'ca', checks: 'pin-only' })).toEqual([false, false]);
    expect(checksOf({ checks: 'host' })).toEqual([true, false]);
    expect(checksOf({ checks: 'dates' })).toEqual([false, true]);
    expect(checksOf({ checks: 'host-and-dates' })).toEqual([true, true]);
  });

  it.each<object>([
    { checks: 'none' },
    { checks: true },
    { checks: '' },
    { pinned: 'leaf' },
    { pinned: 'CA' },
    { ca: '' },
    { ca: [] },
    { ca: [PEM, ''] },
    { ca: 'root.pem' },
    { ca: Buffer.from(PEM) },
  ])('and the other options are a TypeError when they are another word: %j', (options) => {
    expect(() => parsePinnedOptions({ pins: [HEX], ...options })).toThrow(TypeError);
  });
});

describe('options', () => {
  const creators = [createPinnedAgent, createPinnedDispatcher] as const;

  it.each<[string, object]>([
    ['check', { check: 'host' }],
    ['pin', { pin: HEX }],
    ['Pinned', { Pinned: 'ca' }],
    ['rejectUnauthorized', { rejectUnauthorized: false }],
    ['checkServerIdentity', { checkServerIdentity: () => undefined }],
    // Those that undici got after 7.0 are not passed on, so that the types fit every version that the package takes.
    ['clientTtl', { clientTtl: 1 }],
    ['maxOrigins', { maxOrigins: 1 }],
  ])('that nobody knows are a TypeError that names them: %s', (key, more) => {
    for (const create of creators)
      expect(() => create({ pins: [HEX], ...more })).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringContaining(`"${key}"`) as string }),
      );
  });

  it('of the one client are none of the other', () => {
    expect(() => createPinnedAgent({ pins: [HEX], keepAlive: true, minVersion: 'TLSv1.2' })).not.toThrow();
    expect(() => createPinnedDispatcher({ pins: [HEX], allowH2: true, connectTimeout: 1 })).not.toThrow();
    const forAgents = { pins: [HEX], keepAlive: true };
    expect(() => createPinnedDispatcher(forAgents)).toThrow(TypeError);
  });

  it.each([undefined, null, HEX])('are needed: %j', (options) => {
    for (const create of creators)
      expect(() => create(options as never)).toThrow(expect.objectContaining({ name: 'TypeError' }));
    expect(() => createPinnedAgent(undefined as never)).toThrow(/options with pins are needed/);
  });
});
