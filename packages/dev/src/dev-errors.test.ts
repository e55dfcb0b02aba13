/** @module What the hints advise: never to trust whoever has just failed, never to give up more than what failed. */
import { expect, it } from 'vitest';
import { devError } from './dev-errors.ts';

const peer = 'a.test:443';
const shown = { peer, expected: ['sha256//A'], shownKey: 'sha256//B', shownCertificate: 'AB:CD' };
const names = { peer, host: 'a.test', names: 'DNS:b.test' };
const dates = { peer, notBefore: 'Jan  1 00:00:00 2020 GMT', notAfter: 'Jan  2 00:00:00 2020 GMT' };

it('ask the operator where a pin does not match', () => {
  for (const error of [
    devError('PIN_MISMATCH', shown),
    devError('PIN_OF_CA', shown),
    devError('PINNED_CHAIN_INVALID', { peer, reason: 'it has signed nothing' }),
  ]) {
    expect(error.hint).toContain('operator');
    expect(error.hint).not.toMatch(/\bpin the server|trust/);
  }
});

it('leave one check out, not both, and a CA’s server never its name', () => {
  expect(devError('PINNED_DATES', dates).hint).toContain("checks: 'host'");
  expect(devError('PINNED_HOST', { ...names, pinned: 'server' }).hint).toContain("checks: 'dates'");
  expect(devError('PINNED_HOST', { ...names, pinned: 'ca' }).hint).not.toContain('checks');
});

it('a certificate without names says so', () => {
  const messageOf = (list: string): string => devError('PINNED_HOST', { ...names, names: list, pinned: 'ca' }).message;
  expect(messageOf('DNS:b.test')).toBe('the certificate of a.test:443 is not for "a.test" but for "DNS:b.test"');
  expect(messageOf('')).toBe('the certificate of a.test:443 is not for "a.test" and has no alternative name');
});

it('a mismatch says what is known: no request has gone out', () => {
  expect(devError('PIN_MISMATCH', shown).message).toContain('no request was sent to it');
});
