/** @module The usual causes of trouble, each alone, and the healthy machine that has none. */
import { describe, expect, it } from 'vitest';
import { FIXED_NOW } from '../../../testkit/src/index.ts';
import { diagnoseMachine, type MachineSight, type VariableSight } from './machine.ts';

const DAY_MS = 86_400_000;
const days = (count: number): Date => new Date(FIXED_NOW.getTime() + count * DAY_MS);

const diagnose = (sight: Partial<MachineSight> = {}) =>
  diagnoseMachine({
    ca: { name: 'default', notBefore: days(-1), notAfter: days(3650) },
    variables: [],
    keyFiles: [{ path: '/home/u/k.pem', what: 'the key of CA "default"', mode: 0o600 }],
    namesakes: [],
    stores: [],
    env: {},
    now: FIXED_NOW,
    formatPath: (path) => path.replace('/home/u', '~'),
    ...sight,
  });

it('finds nothing on a healthy machine', () => {
  expect(diagnose()).toEqual([]);
});

describe('dates', () => {
  it.each([
    ['an expired CA', -1, 'ca-expired', 'problem'],
    ['a CA of the last 30 days', 29, 'ca-expires-soon', 'advice'],
  ])('%s', (_what, left, id, severity) => {
    const ca = { name: 'default', notBefore: days(-3650), notAfter: days(left) };
    expect(diagnose({ ca })).toMatchObject([{ id, severity }]);
  });

  it('a clock that is behind the CA, or years behind everything', () => {
    expect(diagnose({ now: days(-2) })).toMatchObject([{ id: 'clock', severity: 'problem' }]);
    const ca = { name: 'default', notBefore: new Date(0), notAfter: days(3650) };
    expect(diagnose({ ca, now: new Date('1980-01-01') })).toMatchObject([{ id: 'clock' }]);
  });
});

it.each([0o640, 0o604, 0o660])('a key of mode %o is for others too, and can be closed', (mode) => {
  const [finding] = diagnose({ keyFiles: [{ path: '/home/u/a b.pem', what: 'a private key', mode }] });
  // A quoted ~ would lead nowhere.
  expect(finding).toMatchObject({ id: 'key-readable', severity: 'problem', fix: "chmod 600 '/home/u/a b.pem'" });
  expect(finding?.repair).toEqual({ kind: 'mode', path: '/home/u/a b.pem', mode: 0o600 });
});

describe('variables', () => {
  const variable = (sight: Partial<VariableSight>): VariableSight => ({
    name: 'SSL_CERT_FILE',
    value: '/home/u/roots.pem',
    effect: 'replaces',
    content: 'other',
    ...sight,
  });

  it('one that leads to a list without the root', () => {
    expect(diagnose({ variables: [variable({})] })).toMatchObject([
      { id: 'variable', severity: 'problem', fix: 'unset SSL_CERT_FILE' },
    ]);
  });

  it('one that leads nowhere', () => {
    expect(diagnose({ variables: [variable({ content: 'unreadable' })] })).toMatchObject([
      { why: "SSL_CERT_FILE points to ~/roots.pem, which can't be read" },
    ]);
  });

  it.each<[string, Partial<VariableSight>]>([
    ['a list with the root', { content: 'root' }],
    ["the system's own bundle", { isSystemBundle: true }],
    ['a list that is added', { name: 'NODE_EXTRA_CA_CERTS', effect: 'adds' }],
  ])('%s is fine', (_what, sight) => {
    expect(diagnose({ variables: [variable(sight)] })).toEqual([]);
  });

  it.each([
    ['NODE_TLS_REJECT_UNAUTHORIZED', '0', 1],
    ['NODE_TLS_REJECT_UNAUTHORIZED', '1', 0],
    ['GIT_SSL_NO_VERIFY', 'true', 1],
    ['GIT_SSL_NO_VERIFY', '0', 0],
  ])('%s=%s ends verification: %i', (name, value, count) => {
    expect(diagnose({ variables: [{ name, value, effect: 'off' }] })).toHaveLength(count);
  });
});

it('another certificate of the same name', () => {
  const namesakes = [{ sha256Hex: 'ab'.repeat(32), where: '/etc/ssl/certs/ca-certificates.crt' }];
  expect(diagnose({ namesakes })).toMatchObject([{ id: 'ca-namesake', severity: 'problem' }]);
});

it('a proxy for localhost is advice, after the problems', () => {
  const found = diagnose({ env: { https_proxy: 'http://p:1' }, now: days(-2) });
  expect(found.map(({ id }) => id)).toEqual(['clock', 'proxy']);
});
