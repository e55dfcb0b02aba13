/**
 * @module The parsers against 385 files that others wrote: what all outside parsers read is read with the same facts, what
 * none reads is refused with a code, and nothing crashes.
 */
import { describe, expect, it } from 'vitest';
import { isCaError } from '../../packages/ca-core/src/index.ts';
import { parseCertificates, parseCsrFile } from '../../packages/ca-core/src/read/index.ts';
import { compareCertificate, compareCsr, keyText, type Difference } from './compare-facts.ts';
import { READ_DESPITE_ERROR, TOLD_OTHERWISE } from './corpus-exceptions.ts';
import { CORPUS_FILES, corpusBytes, corpusFiles, type CorpusFile } from './corpus.ts';
import { describeKey, readAs, useKey } from './read-file.ts';
import { startWorkClock } from './work-clock.ts';

const TIME_LIMIT_MS = 2000;

/** The code of the refusal; undefined when it was read. Anything thrown that is no CaError is thrown on. */
function refusalOf(run: () => unknown): string | undefined {
  try {
    run();
    return undefined;
  } catch (cause) {
    if (isCaError(cause) && cause.hint !== '') return cause.code;
    throw cause;
  }
}

function differencesOf(entry: CorpusFile): readonly Difference[] {
  const bytes = corpusBytes(entry);
  if (entry.kind === 'csr') return compareCsr(parseCsrFile(bytes, entry.file), entry.facts ?? {});
  const [certificate] = parseCertificates(bytes, entry.file);
  return certificate === undefined ? [] : compareCertificate(certificate, entry.facts ?? {});
}

describe('the corpus', () => {
  it('is all here', () => {
    const counts = (['cert', 'csr', 'key'] as const).map((kind) => corpusFiles(kind).length);
    expect(counts).toEqual([241, 34, 110]);
  });

  it('is read in bounded time, every file of it', () => {
    for (const entry of CORPUS_FILES) {
      const elapsedMs = startWorkClock();
      refusalOf(() => readAs(entry, corpusBytes(entry)));
      expect(elapsedMs(), entry.file).toBeLessThan(TIME_LIMIT_MS);
    }
  });
});

describe.each(['cert', 'csr'] as const)('a %s', (kind) => {
  const rows = (expected: CorpusFile['expected']) =>
    corpusFiles(kind, expected).map((entry) => [entry.file, entry] as const);

  function expectSameFacts(entry: CorpusFile): void {
    const exception = TOLD_OTHERWISE[entry.file];
    const differences = differencesOf(entry);
    const facts = differences.map(({ fact }) => fact);
    expect(facts, JSON.stringify(differences)).toEqual(exception === undefined ? [] : [exception.fact]);
  }

  it.each(rows('ok'))('that every parser reads is read alike: %s', (_file, entry) => expectSameFacts(entry));

  it.each(rows('mixed'))(
    'on which parsers disagree is refused, or read like the one that reads it: %s',
    (_file, entry) => {
      if (refusalOf(() => readAs(entry, corpusBytes(entry))) === undefined) expectSameFacts(entry);
    },
  );
});

describe('a file that no parser reads', () => {
  it.each(CORPUS_FILES.filter(({ expected }) => expected === 'error').map((entry) => [entry.file, entry] as const))(
    'is refused with a code: %s',
    (file, entry) => {
      const code = refusalOf(() => readAs(entry, corpusBytes(entry)));
      if (file in READ_DESPITE_ERROR) expect(code).toBeUndefined();
      else expect(code).toMatch(/^[A-Z_]+$/);
    },
  );
});

describe('a private key', () => {
  const USABLE = /^(?:RSA-(?:2048|3072|4096)|EC-secp(?:256|384|521)r1|Ed25519)$/;
  const known = corpusFiles('key', 'ok').map((entry) => [entry.file, entry.facts?.key ?? '', entry] as const);

  it.each(known)('is described: %s is %s', (file, key, entry) => {
    const label = describeKey(corpusBytes(entry), file, entry.password);
    expect(keyText(label)).toBe(key.startsWith('DSA-') ? 'DSA' : key);
  });

  it.each(known.filter(([, key]) => USABLE.test(key)))('that is strong can be used: %s, %s', (file, key, entry) => {
    expect(keyText(useKey(corpusBytes(entry), file, entry.password))).toBe(key);
  });

  it.each(known.filter(([, key]) => !USABLE.test(key)))('that is weak or odd can not: %s, %s', (file, _key, entry) => {
    expect(refusalOf(() => useKey(corpusBytes(entry), file, entry.password))).toMatch(
      /^PUBLIC_KEY_(?:WEAK|UNSUPPORTED)$/,
    );
  });

  const encrypted = corpusFiles('key').filter(({ password }) => password !== undefined);
  it.each(encrypted.map((entry) => [entry.file, entry] as const))(
    'that is encrypted opens by no other passphrase: %s',
    (file, entry) => {
      const password = entry.password ?? '';
      const bytes = corpusBytes(entry);
      for (const wrong of [
        '',
        ' ',
        'wrong',
        `${password}\n`,
        `${password} `,
        password.slice(0, -1),
        password.toUpperCase() + '1',
      ])
        expect(
          refusalOf(() => describeKey(bytes, file, wrong)),
          wrong,
        ).toMatch(/^KEY_/);
      expect(refusalOf(() => describeKey(bytes, file))).toBe('KEY_ENCRYPTED');
    },
  );

  it('on which parsers disagree is described or refused, never used when it is weak', () => {
    for (const entry of corpusFiles('key', 'mixed')) {
      const bytes = corpusBytes(entry);
      refusalOf(() => describeKey(bytes, entry.file, entry.password));
      const code = refusalOf(() => useKey(bytes, entry.file, entry.password));
      if (code === undefined)
        expect(useKey(bytes, entry.file, entry.password)).toMatch(/^(?:RSA \d{4}|ECDSA P-\d{3}|Ed25519)$/);
    }
  });
});

describe('an exception', () => {
  it('is for a file that exists', () => {
    const files = new Set(CORPUS_FILES.map(({ file }) => file));
    expect(
      [...Object.keys(READ_DESPITE_ERROR), ...Object.keys(TOLD_OTHERWISE)].filter((file) => !files.has(file)),
    ).toEqual([]);
  });
});
