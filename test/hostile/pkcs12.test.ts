/**
 * @module The reader of PKCS#12 against 66 files that others wrote: the facts that pyca/cryptography and OpenSSL read, no other
 * password, and damage without end.
 */
import { createPublicKey, createPrivateKey } from 'node:crypto';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { DerReader, derWriter as w, isCaError } from '../../packages/ca-core/src/index.ts';
import {
  chainOf,
  isPkcs12,
  readPkcs12,
  type Pkcs12Certificate,
  type Pkcs12Contents,
} from '../../packages/ca-core/src/pkcs12/index.ts';
import { describePublicKey, parseCertificate } from '../../packages/ca-core/src/read/index.ts';
import { requirePrograms } from '../programs/program.ts';
import { compareCertificate, keyText } from './compare-facts.ts';
import { CORPUS_FILES, corpusBytes } from './corpus.ts';
import { mutation } from './mutate.ts';
import { PKCS12_FILES, pkcs12Bytes, pkcs12Path, type OutsideCertificate, type Pkcs12File } from './pkcs12-corpus.ts';
import { hex, keyHex, readByOpenssl } from './pkcs12-openssl.ts';
import { startWorkClock } from './work-clock.ts';

/** Others read this file as an empty one; its only safe is encrypted for a certificate, which is told instead. */
const SEALED = 'openssl--nomac_parse.p12';

const read = (entry: Pkcs12File, password = entry.password): Pkcs12Contents =>
  readPkcs12(pkcs12Bytes(entry), { what: entry.file, password });

function refusalOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (cause) {
    if (isCaError(cause) && cause.hint !== '') return cause.code;
    throw cause;
  }
}

const rows = (wanted: (entry: Pkcs12File) => boolean): (readonly [string, Pkcs12File])[] =>
  PKCS12_FILES.filter(wanted).map((entry) => [entry.file, entry] as const);
const readable = rows(({ file, expected }) => expected !== 'error' && file !== SEALED);

function expectSame(certificate: Pkcs12Certificate | undefined, theirs: OutsideCertificate): void {
  expect(certificate?.friendlyName ?? null).toBe(theirs.friendlyName);
  const ours = parseCertificate(certificate?.certDer ?? new Uint8Array(), 'ours');
  expect(compareCertificate(ours, { serial: theirs.serial, subject: theirs.subject })).toEqual([]);
}

const serialOf = ({ certDer }: Pkcs12Certificate): string => parseCertificate(certDer, 'ours').serialHex;
const nameOf = (name: string | undefined | null, serial: string): string => `${serial} ${name ?? ''}`;

/** Files whose password takes a second to try, so that a test does it few times. */
const COSTLY = new Set(['openssl--test-BER.p12', 'peer--certtool_3.7.9_--to-p12.p12', 'peer--NSS_3.87_pk12util.p12']);

describe('a file of others', () => {
  it('is one of 66', () => {
    const expected = (['ok', 'mixed', 'error'] as const).map((kind) => rows((entry) => entry.expected === kind).length);
    expect(expected).toEqual([47, 4, 15]);
  });

  it.each(readable)('is told from other files and read with the same facts: %s', (_file, entry) => {
    expect(isPkcs12(pkcs12Bytes(entry))).toBe(true);
    const contents = read(entry);
    const { facts } = entry;
    if (facts === undefined) return;
    const [key] = contents.privateKeys;
    const label =
      key && describePublicKey(createPublicKey(keyObject(key.pkcs8Der)).export({ type: 'spki', format: 'der' }));
    expect(label === undefined ? null : keyText(label)).toBe(facts.key);
    const outside = [...(facts.cert === null ? [] : [facts.cert]), ...facts.others];
    expect(contents.certificates.map((one) => nameOf(one.friendlyName, serialOf(one))).sort()).toEqual(
      outside.map((one) => nameOf(one.friendlyName, one.serial)).sort(),
    );
    if (facts.cert !== null) expectSame(chainOf(contents)[0], facts.cert);
  });

  it.each(rows(({ expected }) => expected === 'error'))('that nobody reads is refused: %s', (_file, entry) => {
    expect(refusalOf(() => read(entry))).toMatch(/^PKCS12_(?:INVALID|PASSWORD_WRONG)$/);
  });

  it('that is sealed for a certificate is refused as that', () => {
    expect(refusalOf(() => readPkcs12(pkcs12Bytes({ file: SEALED }), { what: SEALED }))).toBe('PKCS12_UNSUPPORTED');
  });

  it.each(readable)('opens by no other password: %s', (_file, entry) => {
    const { password } = entry;
    const wrongs = [`${password}x`, ` ${password}`, `${password}\n`, password === '' ? 'x' : '', `${password}\0`];
    for (const wrong of COSTLY.has(entry.file) ? wrongs.slice(0, 1) : wrongs)
      expect(
        refusalOf(() => read(entry, wrong)),
        JSON.stringify(wrong),
      ).toBe('PKCS12_PASSWORD_WRONG');
    const unasked = refusalOf(() => readPkcs12(pkcs12Bytes(entry), { what: entry.file }));
    expect(unasked).toBe(password === '' ? undefined : 'PKCS12_PASSWORD_NEEDED');
  });

  it('that is a certificate, a request or a key is no PKCS#12 file', () => {
    expect(CORPUS_FILES.filter((entry) => isPkcs12(corpusBytes(entry))).map(({ file }) => file)).toEqual([]);
  });
});

const keyObject = (pkcs8Der: Uint8Array) =>
  createPrivateKey({ key: Buffer.from(pkcs8Der), format: 'der', type: 'pkcs8' });

describe('OpenSSL', () => {
  it('reads the same bytes', async (context) => {
    requirePrograms(context, ['openssl']);
    const unread: string[] = [];
    for (const [file, entry] of readable) {
      const theirs = await readByOpenssl(pkcs12Path(entry), entry.password);
      if (theirs === undefined) unread.push(file);
      const { certificates, privateKeys } = read(entry);
      const ours = {
        certificates: certificates.map(({ certDer }) => hex(certDer)).sort(),
        privateKeys: privateKeys.map(({ pkcs8Der }) => keyHex(pkcs8Der)).sort(),
      };
      if (theirs !== undefined) expect(ours, file).toEqual(theirs);
    }
    // PBMAC1 came with OpenSSL 3.4.
    expect(unread.filter((file) => !/pbmac1/.test(file))).toEqual([]);
  });
});

const SEED = 20_260_101;
const RUNS_PER_FILE = 100;
const RUNS_PER_COSTLY_FILE = 5;
/** What the ceiling on rounds allows, on a busy machine. */
const TIME_LIMIT_MS = 10_000;

type Form = { readonly bytes: Uint8Array; readonly wrap: (damaged: Uint8Array) => Uint8Array };

const data = (content: Uint8Array): Uint8Array =>
  w.encodeSequence(w.encodeOid('1.2.840.113549.1.7.1'), w.encodeDer(0xa0, w.encodeOctetString(content)));
const withoutMac = (safes: Uint8Array): Uint8Array => w.encodeSequence(w.encodeSmallInteger(3), data(safes));

/** The file, and what is inside of it without the MAC, so that damage reaches what lies behind MAC and lengths. */
function formsOf(bytes: Uint8Array): Form[] {
  const forms: Form[] = [{ bytes, wrap: (damaged) => damaged }];
  try {
    const pfx = new DerReader(bytes, 'a p12').enterSequence();
    pfx.readSmallInteger();
    const safes = dataOf(pfx.enterSequence());
    forms.push({ bytes: safes, wrap: withoutMac });
    for (const list = new DerReader(safes, 'a p12').enterSequence(); !list.isAtEnd;)
      forms.push({ bytes: dataOf(list.enterSequence()), wrap: (bags) => withoutMac(w.encodeSequence(data(bags))) });
  } catch {
    // BER, no file at all, or a safe that is encrypted: what was found until there is damaged.
  }
  return forms;
}

function dataOf(contentInfo: DerReader): Uint8Array {
  contentInfo.readOid();
  return contentInfo.enter(0xa0).readElement(0x04).value;
}

/** One bit, which leaves lengths alone more often than not. */
const flippedBit = fc
  .tuple(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), fc.integer({ min: 0, max: 7 }))
  .map(([fraction, bit]) => (bytes: Uint8Array) => {
    const at = Math.floor(fraction * bytes.length);
    return bytes.map((byte, i) => (i === at ? byte ^ (1 << bit) : byte));
  });

describe('damage', () => {
  const tally = { read: 0, refused: 0, slowestMs: 0, codes: new Set<string>() };
  afterAll(() => console.log(tally));

  function readDamaged(entry: Pkcs12File, bytes: Uint8Array): void {
    const clock = startWorkClock();
    isPkcs12(bytes);
    const code = refusalOf(() => chainOf(readPkcs12(bytes, { what: entry.file, password: entry.password })));
    if (code === undefined) tally.read++;
    else tally.refused++;
    tally.codes.add(code ?? 'read');
    const elapsedMs = clock();
    tally.slowestMs = Math.max(tally.slowestMs, elapsedMs);
    expect(elapsedMs).toBeLessThan(TIME_LIMIT_MS);
  }

  it.each(PKCS12_FILES.map((entry) => [entry.file, entry] as const))(
    'to %s ends in contents or a code',
    (_file, entry) => {
      fc.assert(
        fc.property(
          fc.constantFrom(...formsOf(pkcs12Bytes(entry))),
          fc.oneof(mutation, flippedBit),
          ({ bytes, wrap }, damage) => readDamaged(entry, wrap(damage(bytes))),
        ),
        { seed: SEED, numRuns: COSTLY.has(entry.file) ? RUNS_PER_COSTLY_FILE : RUNS_PER_FILE },
      );
    },
  );

  it('was of many kinds, so that it reached what lies deep', () => {
    expect(tally.read).toBeGreaterThan(100);
    expect(tally.refused).toBeGreaterThan(1000);
    expect([...tally.codes]).toEqual(
      expect.arrayContaining(['read', 'PKCS12_INVALID', 'PKCS12_UNSUPPORTED', 'PKCS12_PASSWORD_WRONG']),
    );
  });
});
