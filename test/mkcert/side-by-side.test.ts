/**
 * @module Both programs, called alike in fresh folders: exit code, streams, files with their names and modes, and what is in them. They are
 * equal but where the table says why they are not. What was measured is kept beside and shown in docs/mkcert.md; MINTMARK_RECORD_MKCERT=1
 * keeps it anew.
 */
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { INVOCATIONS, titleOf, type Invocation } from './invocations.ts';
import { readMeasured, writeMeasured, type MeasuredRow } from './measured.ts';
import { FACETS, facetOf, listFiles, observe, type Facet, type Observation } from './observe.ts';
import { createPlace, Mkcerts, ReadyCaroots, type ProgramName } from './programs.ts';

const folder = scratchFolder('mkcert');
const mkcerts = new Mkcerts(folder);
const caroots = new ReadyCaroots(mkcerts, folder);
const isRecording = process.env['MINTMARK_RECORD_MKCERT'] === '1';
const measured = readMeasured();
const recorded: Record<string, MeasuredRow> = {};

const NO_DIFFERENCE: readonly [undefined, ...Facet[]] = [undefined];

let count = 0;

async function perform(program: ProgramName, { words, env, given, isFresh }: Invocation): Promise<Observation> {
  const place = createPlace(folder, `call-${++count}`);
  if (isFresh !== true) await caroots.copyTo(program, place);
  given?.[1](place);
  const before = listFiles(place.work);
  const result = await mkcerts.run(program, words, place, env === undefined ? {} : { env });
  const seen = observe(place.work, before, result);
  const escaped = join(place.work, '../../evil+1.pem');
  const isEscaped = existsSync(escaped);
  rmSync(escaped, { force: true });
  return isEscaped ? { ...seen, files: [...seen.files, '../../evil+1.pem 644'] } : seen;
}

/** Two programs at once: there are two cores. */
async function performBoth(call: Invocation): Promise<MeasuredRow> {
  const [mkcert, mintmark] = await Promise.all([perform('mkcert', call), perform('mintmark', call)]);
  return { mkcert, mintmark };
}

describe('side by side', () => {
  // Programs that wait for one another keep no core busy.
  it.concurrent.for(INVOCATIONS.map((call) => [titleOf(call), call] as const))('%s', async ([title, call], context) => {
    requirePrograms(context, ['mkcert', 'openssl']);
    const row = await performBoth(call);
    recorded[title] = row;
    const [, ...facets] = call.differs ?? NO_DIFFERENCE;
    const differing = FACETS.filter((facet) => facetOf(row.mkcert, facet) !== facetOf(row.mintmark, facet));
    const unexplained = differing.filter((facet) => !facets.includes(facet));
    expect(unexplained, JSON.stringify(row, undefined, 1)).toEqual([]);
    if (facets[0] !== undefined) expect(differing).toContain(facets[0]);
    if (!isRecording) expect(row).toEqual(measured[title]);
  });

  it('has 60 calls and more, each another', () => {
    const titles = INVOCATIONS.map(titleOf);
    expect(new Set(titles).size).toBe(titles.length);
    expect(titles.length).toBeGreaterThanOrEqual(60);
  });

  it('measured no call that is not in the table', () => {
    if (!isRecording) expect(Object.keys(measured).sort()).toEqual(INVOCATIONS.map(titleOf).sort());
  });
});

afterAll(() => {
  if (isRecording && Object.keys(recorded).length === INVOCATIONS.length) writeMeasured(recorded);
});
