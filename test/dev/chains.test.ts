/**
 * @module A CA known by its pin alone: the server's certificate is verified up to it, or the server gets nothing. OpenSSL is the
 * judge beside it: what the package takes, OpenSSL takes too when the same CA is its one anchor.
 */
import { describe, expect, it } from 'vitest';
import { assertChain } from '../../packages/dev/src/assert-chain.ts';
import { CHAIN_CASES, type ChainCase } from './chain-cases.ts';
import { createCertificate, x509 } from './certificates.ts';
import { isTakenByOpenssl } from './openssl-judge.ts';
import { PINNED_CLIENTS } from './pinned-clients.ts';
import { record } from './recording-server.ts';

/** Lets Node serve the weak certificates, too. */
const ciphers = 'DEFAULT:@SECLEVEL=0';
const cases = Object.entries(CHAIN_CASES).map(([what, one]) => ({ what, ...one }));

async function serve({ chain }: ChainCase) {
  const [own, ...above] = chain;
  const pinned = chain.at(-1);
  if (own === undefined || pinned === undefined) throw new Error('an empty chain');
  return { ...(await record(own, { chain: above, ciphers })), pinned };
}

describe.each(PINNED_CLIENTS)('$name', ({ open }) => {
  it.each(cases)('$what', async (one) => {
    const { port, pinned, receivedInAll } = await serve(one);
    for (const pin of [pinned.keyPin, pinned.certPin]) {
      const visit = open({ pins: [pin], pinned: 'ca', checks: 'dates' })(`https://127.0.0.1:${port}/`);
      if (one.refusal === undefined) expect(await visit).toBe('/');
      else if (one.isUnlinked) await expect(visit).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
      else
        await expect(visit).rejects.toMatchObject({
          code: 'PINNED_CHAIN_INVALID',
          message: expect.stringMatching(one.refusal),
        });
    }
    if (one.refusal !== undefined) expect(await receivedInAll()).toBe('');
  });
});

it.each(cases)('OpenSSL on $what', async (one) => {
  const { port, pinned } = await serve(one);
  expect(await isTakenByOpenssl({ port, ca: pinned.pem })).toBe(one.refusal === undefined || one.isStricter === true);
});

it.each(cases)('the chain alone: $what', ({ chain, refusal }) => {
  const check = () => assertChain(chain.map(x509), 'peer');
  if (refusal === undefined) expect(check()).toBeUndefined();
  else expect(check).toThrow(refusal);
});

it('refuses a chain without a CA', () => {
  expect(() => assertChain([x509(createCertificate('alone'))], 'peer')).toThrow(
    expect.objectContaining({ code: 'PINNED_CHAIN_INVALID' }),
  );
});

describe.each(PINNED_CLIENTS)('the rest of the checks by $name', ({ open }) => {
  const root = createCertificate('root', { ca: true });
  const visit = async (
    options: Parameters<typeof open>[0],
    server: ReturnType<typeof createCertificate>,
    host = 'localhost',
  ) => {
    const { port, receivedInAll } = await record(server, { chain: [root] });
    try {
      return await open(options)(`https://${host}:${port}/`);
    } catch (cause) {
      expect(await receivedInAll()).toBe('');
      return (cause as { code?: string }).code;
    }
  };
  const leaf = (names: readonly string[], days: readonly [number, number] = [-1, 1]) =>
    createCertificate('leaf', { issuer: root, names, days });
  const ca = { pins: [root.keyPin], pinned: 'ca' } as const;

  it('holds a server of the pinned CA to its name and dates, unless told otherwise', async () => {
    expect(await visit(ca, leaf(['localhost']))).toBe('/');
    expect(await visit(ca, leaf(['other.test']))).toBe('PINNED_HOST');
    expect(await visit(ca, leaf(['localhost'], [-9, -1]))).toBe('PINNED_DATES');
    expect(await visit(ca, leaf(['localhost'], [1, 9]))).toBe('PINNED_DATES');
    expect(await visit({ ...ca, checks: 'host' }, leaf(['localhost'], [-9, -1]))).toBe('/');
    expect(await visit({ ...ca, checks: 'dates' }, leaf(['other.test']))).toBe('/');
    expect(await visit({ ...ca, checks: 'pin-only' }, leaf(['other.test'], [-9, -1]))).toBe('/');
  });

  it('holds a pinned server to its name and dates where it is told to', async () => {
    const server = leaf(['other.test'], [-9, -1]);
    const pins = [server.keyPin];
    expect(await visit({ pins }, server)).toBe('/');
    expect(await visit({ pins, checks: 'host' }, server)).toBe('PINNED_HOST');
    expect(await visit({ pins, checks: 'dates' }, server)).toBe('PINNED_DATES');
    expect(await visit({ pins, checks: 'host-and-dates' }, server)).toMatch(/^PINNED_/);
    const good = leaf(['localhost', '127.0.0.1']);
    for (const host of ['localhost', '127.0.0.1'])
      expect(await visit({ pins: [good.keyPin], checks: 'host-and-dates' }, good, host)).toBe('/');
  });

  it('looks at the dates of the pinned CA, too', async () => {
    const old = createCertificate('root', { ca: true, days: [-9, -1] });
    const { port, receivedInAll } = await record(createCertificate('leaf', { issuer: old, names: ['localhost'] }), {
      chain: [old],
    });
    const send = open({ pins: [old.keyPin], pinned: 'ca' });
    await expect(send(`https://localhost:${port}/`)).rejects.toMatchObject({ code: 'PINNED_DATES' });
    expect(await receivedInAll()).toBe('');
  });

  it('keeps the ordinary check of the chain on where a CA is given', async () => {
    const server = leaf(['localhost']);
    const pins = [server.keyPin];
    const other = createCertificate('other root', { ca: true });
    expect(await visit({ pins, ca: root.pem }, server)).toBe('/');
    expect(await visit({ pins, ca: [other.pem, root.pem] }, server)).toBe('/');
    expect(await visit({ pins, ca: server.pem }, server)).toBe('/');
    expect(await visit({ pins, ca: other.pem }, server)).toMatch(/CERT|SIGNATURE|VERIFY/);
    expect(await visit({ pins: [other.keyPin], ca: root.pem }, server)).toBe('PIN_MISMATCH');
    expect(await visit({ pins, ca: root.pem }, server, '127.0.0.1')).toBe('PINNED_HOST');
    const expired = leaf(['localhost'], [-9, -1]);
    expect(await visit({ pins: [expired.keyPin], ca: root.pem, checks: 'pin-only' }, expired)).toBe('CERT_HAS_EXPIRED');
  });
});
