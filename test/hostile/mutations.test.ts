/**
 * @module Every corpus file with small damage, thousands of times over: the parser gives facts or a CaError, in bounded time
 * and memory. The seed is fixed, so that a failure is the same everywhere.
 */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isCaError, parsePemOrDer } from '../../packages/ca-core/src/index.ts';
import { CORPUS_FILES, corpusBytes, type CorpusFile } from './corpus.ts';
import { mutation } from './mutate.ts';
import { readAs } from './read-file.ts';
import { startWorkClock } from './work-clock.ts';

const SEED = 20_260_101;
const RUNS_PER_FILE = 80;
/** A damaged count of rounds may cost what the ceiling allows; everything else is far quicker. */
const TIME_LIMIT_MS = { cert: 1000, csr: 1000, key: 2500 } as const;
const RSS_GROWTH_LIMIT_BYTES = 400 * 1024 * 1024;

type Tally = { read: number; refused: number; slowestMs: number; slowest: string };
const tally: Tally = { read: 0, refused: 0, slowestMs: 0, slowest: '' };

/** The file as it is, and as the DER inside, where damage reaches the structure and not the base64. */
function formsOf(entry: CorpusFile): readonly Uint8Array[] {
  const bytes = corpusBytes(entry);
  try {
    return [
      bytes,
      ...parsePemOrDer(bytes, entry.file).flatMap(({ label, der }) => (label === 'DER' ? [] : [der])),
    ].slice(0, 3);
  } catch {
    return [bytes];
  }
}

function readDamaged(entry: CorpusFile, bytes: Uint8Array): void {
  const clock = startWorkClock();
  try {
    readAs(entry, bytes);
    tally.read++;
  } catch (cause) {
    if (!isCaError(cause) || cause.hint === '') throw cause;
    tally.refused++;
  }
  const elapsedMs = clock();
  if (elapsedMs > tally.slowestMs) Object.assign(tally, { slowestMs: elapsedMs, slowest: entry.file });
  if (elapsedMs > TIME_LIMIT_MS[entry.kind]) throw new Error(`${entry.file} took ${elapsedMs.toFixed(0)} ms`);
}

describe('damaged files', () => {
  let rssBefore = 0;
  beforeAll(() => {
    rssBefore = process.memoryUsage.rss();
  });
  afterAll(() => {
    console.log(
      `${tally.read} read, ${tally.refused} refused, slowest ${tally.slowestMs.toFixed(0)} ms (${tally.slowest})`,
    );
  });

  it.each(CORPUS_FILES.map((entry) => [entry.file, entry] as const))(
    'of %s are read or refused with a code',
    (_file, entry) => {
      const forms = formsOf(entry);
      fc.assert(
        fc.property(fc.constantFrom(...forms), mutation, (bytes, damage) => readDamaged(entry, damage(bytes))),
        { seed: SEED, numRuns: RUNS_PER_FILE },
      );
    },
  );

  it('leave no memory behind', () => {
    expect(process.memoryUsage.rss() - rssBefore).toBeLessThan(RSS_GROWTH_LIMIT_BYTES);
  });

  it('were of both kinds, so that the parsers were truly reached', () => {
    expect(tally.read).toBeGreaterThan(1000);
    expect(tally.refused).toBeGreaterThan(1000);
  });
});
