/**
 * @module Lists and requests that others wrote (test/vectors/revocation): what outside parsers read is read, with the same facts, and
 * whatever is broken is refused by a code of ours, never by a crash.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { isCaError, parsePemOrDer } from '../../packages/ca-core/src/index.ts';
import {
  MAX_OCSP_REQUEST_BYTES,
  parseCrl,
  parseOcspRequest,
  readName,
  type Crl,
} from '../../packages/ca-core/src/revocation/index.ts';
import { deskMaker } from '../cli/desk.ts';

const FOLDER = new URL('../vectors/revocation/', import.meta.url);

type OutsideFacts = {
  readonly issuer?: string;
  readonly thisUpdate?: string;
  readonly nextUpdate?: string | null;
  readonly revoked?: number;
  readonly firstSerials?: readonly string[];
  readonly extensions?: readonly (readonly [oid: string, isCritical: boolean])[];
  readonly serial?: string;
};
type VectorFile = {
  readonly file: string;
  readonly kind: string;
  readonly expected: 'ok' | 'error' | 'mixed';
  readonly facts?: OutsideFacts;
};

const { files } = JSON.parse(readFileSync(new URL('index.json', FOLDER), 'utf8')) as { files: readonly VectorFile[] };
const of = (kind: string, expected: VectorFile['expected']): readonly VectorFile[] =>
  files.filter((file) => file.file.startsWith(`${kind}/`) && file.expected === expected);

/** What outside parsers read and we don't, or read although they don't. */
const CRL_EXCEPTIONS: Readonly<Record<string, string>> = {
  'crl/boringssl--good_no_version.pem': 'version 1 is left out and its extensions are there',
};
const OCSP_EXCEPTIONS: Readonly<Record<string, string>> = {};

const bytesOf = ({ file }: VectorFile): Uint8Array => new Uint8Array(readFileSync(new URL(file, FOLDER)));
const derOf = (vector: VectorFile): Uint8Array =>
  parsePemOrDer(bytesOf(vector), vector.file).find(({ label }) => ['X509 CRL', 'DER'].includes(label))?.der ??
  new Uint8Array();

/** The list, or the code of its refusal. */
function tryCrl(vector: VectorFile): Crl | string {
  try {
    const crl = parseCrl(derOf(vector), vector.file);
    readName(crl.issuerDer, vector.file);
    return crl;
  } catch (cause) {
    if (isCaError(cause)) return cause.code;
    throw cause;
  }
}

const iso = (date: Date): string => date.toISOString().replace('.000Z', 'Z');
/** RFC 4514 turns the order around. */
const issuerOf = ({ issuerDer }: Crl): string =>
  readName(issuerDer, '')
    .reverse()
    .map(({ type, value }) => `${type}=${value}`)
    .join(',');

function compare(crl: Crl, facts: OutsideFacts): void {
  expect(issuerOf(crl)).toBe(facts.issuer);
  expect(iso(crl.thisUpdate)).toBe(facts.thisUpdate);
  expect(crl.nextUpdate === undefined ? null : iso(crl.nextUpdate)).toBe(facts.nextUpdate);
  expect(crl.entries).toHaveLength(facts.revoked ?? -1);
  if (facts.firstSerials !== undefined)
    expect(crl.entries.slice(0, facts.firstSerials.length).map(({ serialHex }) => serialHex)).toEqual(
      facts.firstSerials,
    );
  if (facts.extensions !== undefined)
    expect(crl.extensions.map(({ oid, isCritical }) => [oid, isCritical])).toEqual(facts.extensions);
}

describe('revocation lists', () => {
  it.each(of('crl', 'ok'))('$file is read, with the facts that others read', (vector) => {
    const crl = tryCrl(vector);
    if (typeof crl === 'string') return expect(CRL_EXCEPTIONS[vector.file], crl).toBeDefined();
    compare(crl, vector.facts ?? {});
  });

  it.each(of('crl', 'error'))('$file is refused', (vector) => {
    expect(tryCrl(vector)).toMatch(/^(?:CRL|DER)_INVALID$/);
  });

  it.each(of('crl', 'mixed'))('$file is read rightly or refused', (vector) => {
    const crl = tryCrl(vector);
    if (typeof crl !== 'string' && vector.facts?.issuer !== undefined) compare(crl, vector.facts);
  });
});

describe('OCSP requests', () => {
  it.each(of('ocsp-request', 'ok'))('$file is read', (vector) => {
    const request = parseOcspRequest(bytesOf(vector));
    if (OCSP_EXCEPTIONS[vector.file] !== undefined) return;
    expect(request?.certIds[0]?.serialHex).toBe(vector.facts?.serial);
  });

  it.each([...of('ocsp-request', 'mixed'), ...of('ocsp-request', 'error')])('$file is no crash', (vector) => {
    const request = parseOcspRequest(bytesOf(vector));
    if (vector.expected === 'error') expect(request).toBeUndefined();
  });

  it('of more bytes than any chain needs is not looked at', () => {
    const [vector] = of('ocsp-request', 'ok');
    const honest = vector === undefined ? new Uint8Array() : bytesOf(vector);
    const long = new Uint8Array(MAX_OCSP_REQUEST_BYTES + 1);
    long.set(honest);
    expect([parseOcspRequest(honest), parseOcspRequest(long)].map((request) => request === undefined)).toEqual([
      false,
      true,
    ]);
  });
});

describe('a mutated file', () => {
  // Every byte in turn is changed in three ways, and every length is cut.
  function* mutate(honest: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < honest.length; at++) {
      yield honest.subarray(0, at);
      for (const change of [0x01, 0x80, 0xff]) {
        const bytes = Uint8Array.from(honest);
        bytes[at] = (bytes[at] ?? 0) ^ change;
        yield bytes;
      }
    }
  }

  it.each(['crl/boringssl--revoked.pem', 'crl/pyca--crl_empty.pem', 'crl/boringssl--good_idp_contains_uri.pem'])(
    '%s is read or refused by a code',
    (file) => {
      let refused = 0;
      for (const der of mutate(derOf({ file, kind: 'crl', expected: 'ok' }))) {
        try {
          const crl = parseCrl(der, 'x');
          readName(crl.issuerDer, 'x');
        } catch (cause) {
          if (!isCaError(cause)) throw cause;
          refused += 1;
        }
      }
      expect(refused).toBeGreaterThan(500);
    },
  );

  it('request is read or not', () => {
    const honest = bytesOf({ file: 'ocsp-request/pyca--req-ext-nonce.der', kind: 'ocsp-request', expected: 'ok' });
    const outcomes = [...mutate(honest)].map((der) => parseOcspRequest(der) === undefined);
    expect(outcomes.filter(Boolean).length).toBeGreaterThan(honest.length);
  });
});

/** The CRL number of a list where it has one of one byte. */
function tryNumber(vector: VectorFile): string | undefined {
  const crl = tryCrl(vector);
  return typeof crl !== 'string' && crl.numberHex !== undefined && /^[1-7]?[0-9a-f]$/.test(crl.numberHex)
    ? crl.numberHex
    : undefined;
}

describe('inspect', () => {
  const newDesk = deskMaker('inspect-crl');
  const pathOf = (file: string): string => fileURLToPath(new URL(file, FOLDER));

  it('shows a list of ten thousand, and keeps the text short', async () => {
    const desk = newDesk();
    const { objects } = await desk.json(['inspect', pathOf('crl/pyca--crl_almost_10k.pem')]);
    const [crl] = objects as readonly { readonly entries: readonly unknown[] }[];
    expect(crl).toMatchObject({ kind: 'crl', version: 2, nextUpdate: '2022-09-08T19:06:23.000Z' });
    expect(crl?.entries).toHaveLength(9999);
    const { stdout } = await desk.runOrThrow(['inspect', pathOf('crl/pyca--crl_almost_10k.pem')]);
    expect(stdout.split('\n').length).toBeLessThan(40);
    expect(stdout).toContain('and 9979 more');
    expect(stdout).toContain('expired');
  });

  it('shows a negative number, which no list may have and some do', async () => {
    const desk = newDesk();
    const [vector] = of('crl', 'ok').filter((one) => tryNumber(one) !== undefined);
    if (vector === undefined) expect.fail('no list has a number');
    const der = Buffer.from(derOf(vector));
    const at = der.indexOf(Buffer.from('0603551d14', 'hex')); // the CRL number's OID, OCTET STRING, INTEGER, one byte
    der[at + 9] = 0xfb;
    writeFileSync(desk.path('negative.crl'), der);
    expect((await desk.runOrThrow(['inspect', 'negative.crl'])).stdout).toMatch(/number +-5$/m);
  });

  it('shows reasons, DER, partial lists, and a bundle of certificates and lists with who signed', async () => {
    const desk = newDesk();
    const one = async (file: string) => ((await desk.json(['inspect', file]))['objects'] as readonly object[])[0];
    expect(await one(pathOf('crl/pyca--crl_all_reasons.pem'))).toMatchObject({
      entries: expect.arrayContaining([expect.objectContaining({ reason: 'cACompromise' })]) as unknown,
    });
    expect(await one(pathOf('crl/pyca--crl_unrecognized_extension.der'))).toMatchObject({
      extensions: [{ oid: '1.2.3.4.5', isCritical: false }],
    });
    expect(await one(pathOf('crl/pyca--crl_idp_only_ca.pem'))).toMatchObject({ isPartial: true });
    await desk.json(['localhost']);
    await desk.json(['crl', '--out', 'lists.pem', '--with-root']);
    desk.write('bundle.pem', desk.read('localhost.pem') + desk.read('lists.pem'));
    const { objects } = await desk.json(['inspect', 'bundle.pem']);
    expect(objects).toMatchObject([
      { kind: 'certificate' },
      { kind: 'certificate' },
      { kind: 'crl', signedByIndex: 1, entries: [] },
      { kind: 'crl', signedByIndex: null },
    ]);
  });

  it('refuses what is broken, and what only calls itself a list', async () => {
    const desk = newDesk();
    for (const file of ['crl/boringssl--invalid_garbage_version.pem', 'crl/boringssl--invalid_garbage_thisupdate.pem'])
      expect((await desk.refusal(['inspect', pathOf(file)])).code).toMatch(/^(?:CRL|DER)_INVALID$/);
    expect(await desk.refusal(['inspect', pathOf('crl/boringssl--invalid_v3.pem')])).toMatchObject({
      code: 'CRL_INVALID',
      message: expect.stringContaining('version 3') as string,
    });
    await desk.json(['localhost']);
    desk.write('fake.pem', desk.read('localhost.pem').replaceAll(' CERTIFICATE-', ' X509 CRL-'));
    expect((await desk.refusal(['inspect', 'fake.pem'])).code).toMatch(/^(?:CRL|DER)_INVALID$/);
    expect(await desk.refusal(['pin', pathOf('crl/pyca--crl_empty.pem')])).toMatchObject({ code: 'TARGET_UNREADABLE' });
  });
});
