/** @module The folder, names of files, names in certificates and days of `mkcert`, on every platform. */
import { join } from 'node:path';
import { nodeFileSystem } from '@mintmark/ca-store';
import { describe, expect, it } from 'vitest';
import { resolveCaroot } from './caroot.ts';
import { countValidityDays } from './issue.ts';
import { isCalledMkcert } from './link.ts';
import { baseWord, formatMkcertBase, parseHosts } from './names.ts';
import { isStream } from './streams.ts';
import { readTrustStores } from './trust-stores.ts';

describe('resolveCaroot', () => {
  it.each([
    ['linux', { CAROOT: 'rel/../x', HOME: '/h' }, '', 'rel/../x'],
    ['linux', { HOME: '/h' }, '/given', '/given'],
    ['linux', { CAROOT: '/c', HOME: '/h' }, '/given', '/c'],
    ['linux', { HOME: '/h' }, '', '/h/.local/share/mkcert'],
    ['linux', { HOME: '/h', XDG_DATA_HOME: '/x' }, '', '/x/mkcert'],
    ['darwin', { HOME: '/h' }, '', '/h/Library/Application Support/mkcert'],
    ['darwin', { HOME: '/h', XDG_DATA_HOME: '/x' }, '', '/x/mkcert'],
    ['win32', { LocalAppData: '/l', HOME: '/h', XDG_DATA_HOME: '/x' }, '', '/l/mkcert'],
    ['linux', { CAROOT: '', XDG_DATA_HOME: '', HOME: '' }, '', undefined],
    // mkcert takes a folder in the current one here.
    ['win32', { HOME: '/h' }, '', undefined],
  ] as const)('on %s with %j and %j', (platform, env, given, expected) => {
    const path = resolveCaroot({ env, platform }, given);
    expect(path).toBe(expected === undefined || !expected.endsWith('/mkcert') ? expected : join(expected));
  });
});

describe('formatMkcertBase', () => {
  it.each([
    ['localhost', 1, false, 'localhost'],
    ['localhost', 3, true, 'localhost+2-client'],
    ['*.a.test', 2, false, '_wildcard.a.test+1'],
    ['::1', 1, false, '__1'],
    ['a+b@x.test', 1, true, 'a+b@x.test-client'],
    ['https://x.test/../../y', 1, false, 'https___x.test_.._.._y'],
    ['..\\..\\y', 1, false, '.._.._y'],
  ] as const)('%s with %d names', (first, names, isClient, expected) => {
    expect(formatMkcertBase(first, names, isClient)).toBe(expected);
  });

  it('is named as typed, and IDN as certified', () => {
    expect(baseWord('App.Test', 'app.test')).toBe('App.Test');
    expect(baseWord('BÜCHER.test', 'xn--bcher-kva.test')).toBe('xn--bcher-kva.test');
  });
});

describe('parseHosts', () => {
  it('takes underscores where letters may stand, as containers have them', async () => {
    const { shown } = await parseHosts(['web_1.app_default', '*.a_b.test', '_acme.Test']);
    expect(shown).toEqual(['web_1.app_default', '*.a_b.test', '_acme.test']);
    for (const name of ['a_.-b.test', `${'_'.repeat(64)}.test`, '_.1', 'bü_c.test'])
      await expect(parseHosts([name]), name).rejects.toMatchObject({ code: 'MKCERT_NAME_INVALID' });
  });

  it('says a flag behind the first name is one', async () => {
    await expect(parseHosts(['a.test', '-ecdsa'])).rejects.toMatchObject({ hint: 'flags go before the first name' });
  });
});

it('counts two years and three months, never past 825 days', () => {
  for (let day = 0; day < 1461; day++) {
    const days = countValidityDays(new Date(Date.UTC(2026, 0, 1 + day, 12)));
    expect(days).toBeGreaterThanOrEqual(819);
    expect(days).toBeLessThanOrEqual(825);
  }
});

it('knows itself by the name that it was called', () => {
  for (const path of ['/home/a/bin/mkcert', '/opt/MKCERT.cjs', '/c/mkcert-v1.4.4-linux-amd64'])
    expect(isCalledMkcert(path)).toBe(true);
  for (const path of ['/usr/bin/mintmark', '/opt/mkcert/bin.cjs', '/usr/bin/mkcert-old', ''])
    expect(isCalledMkcert(path)).toBe(false);
});

it.each([
  [{}, ['system', 'nss'], []],
  [{ TRUST_STORES: '', JAVA_HOME: '/j' }, ['system', 'nss', 'java'], []],
  [{ TRUST_STORES: 'java' }, [], []],
  [{ TRUST_STORES: ' nss , java', JAVA_HOME: '/j' }, ['nss', 'java'], []],
  [{ TRUST_STORES: 'none' }, [], ['none']],
] as const)('reads the stores of %j', (env, words, unknown) => {
  expect(readTrustStores({ env })).toEqual({ words, unknown });
});

it.each([
  ['/dev/null', 'other', true],
  ['/dev/stdout', 'link', true],
  ['/proc/self/fd/3', 'link', true],
  ['/dev/shm/a.pem', 'file', false],
  ['/home/a.pem', 'file', false],
  ['/home/fifo', 'other', true],
  ['/home/leads/nowhere', 'link', false],
] as const)('%s, a %s, is written to and not replaced: %s', (path, kind, expected) => {
  const status = { kind, mode: 0o600, uid: 0, size: 0, mtimeMs: 0 };
  expect(isStream({ ...nodeFileSystem, status: () => status }, path)).toBe(expected);
});
