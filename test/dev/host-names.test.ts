/**
 * @module The name for which a server of a pinned CA must have its certificate. It counts as an alternative name alone: what stands
 * in the subject is not held against name constraints, so a CA could step outside of its own by it.
 */
import { describe, expect, it } from 'vitest';
import { createCertificate, nameConstraints } from './certificates.ts';
import { isTakenByOpenssl } from './openssl-judge.ts';
import { PINNED_CLIENTS } from './pinned-clients.ts';
import { record } from './recording-server.ts';

const BANK = 'bank.example';

type NameCase = {
  readonly constraints?: Parameters<typeof nameConstraints>[0];
  readonly commonName: string;
  readonly names: readonly string[];
  /** Undefined: the server is to be reached. */
  readonly refusal?: 'PINNED_HOST' | 'PINNED_CHAIN_INVALID';
  /** Node with the CA as its one anchor would take it. */
  readonly isStricter?: true;
};

const inSubject = (names: readonly string[], constraints?: NameCase['constraints']): NameCase => ({
  commonName: BANK,
  names,
  refusal: 'PINNED_HOST',
  ...(constraints === undefined ? {} : { constraints }),
});

const CASES: Readonly<Record<string, NameCase>> = {
  'an alternative name': { commonName: 'leaf', names: [BANK] },
  'a permitted alternative name': { commonName: BANK, names: [BANK], constraints: { permitted: [BANK] } },
  'an alternative name outside': {
    commonName: 'leaf',
    names: [BANK],
    constraints: { permitted: ['test'] },
    refusal: 'PINNED_CHAIN_INVALID',
  },
  'a common name outside, and no alternative one': inSubject([], { permitted: ['test'] }),
  'a common name outside beside an address': inSubject(['10.0.0.1'], { permitted: ['test'] }),
  'a common name outside beside a URI': inSubject(['https://a.test/'], { permitted: ['test'] }),
  'a common name outside beside a permitted name': inSubject(['a.test'], { permitted: ['test'] }),
  'an excluded common name': inSubject([], { excluded: [BANK] }),
  'an excluded common name beside an address': inSubject(['10.0.0.1'], { excluded: [BANK] }),
  'a common name without constraints': { ...inSubject([]), isStricter: true },
  'a permitted common name': { ...inSubject([], { permitted: [BANK] }), isStricter: true },
};

async function serve({ constraints, commonName, names }: NameCase) {
  const extensions = constraints === undefined ? [] : [nameConstraints(constraints)];
  const ca = createCertificate('issuer', { ca: 0, extensions });
  const leaf = createCertificate(commonName, { issuer: ca, names });
  return { ca, leaf, ...(await record(leaf, { chain: [ca] })) };
}

describe.each(Object.entries(CASES))('%s', (_what, one) => {
  it.each(PINNED_CLIENTS)('$name', async ({ open }) => {
    const { port, ca, receivedInAll } = await serve(one);
    for (const pin of [ca.keyPin, ca.certPin]) {
      const visit = open({ pins: [pin], pinned: 'ca', checks: 'host' })(`https://127.0.0.1:${port}/`, '', BANK);
      if (one.refusal === undefined) expect(await visit).toBe('/');
      else await expect(visit).rejects.toMatchObject({ code: one.refusal });
    }
    if (one.refusal !== undefined) expect(await receivedInAll()).toBe('');
  });

  it('OpenSSL', async () => {
    const { port, ca } = await serve(one);
    expect(await isTakenByOpenssl({ port, ca: ca.pem, name: BANK })).toBe(
      one.refusal === undefined || one.isStricter === true,
    );
  });
});

it.each(PINNED_CLIENTS)('$name asks the same of a pinned server', async ({ open }) => {
  const { port, leaf, receivedInAll } = await serve(inSubject([]));
  const visit = open({ pins: [leaf.keyPin], checks: 'host' })(`https://127.0.0.1:${port}/`, '', BANK);
  await expect(visit).rejects.toMatchObject({ code: 'PINNED_HOST' });
  expect(await receivedInAll()).toBe('');
});
