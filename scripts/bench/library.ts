/** @module Issuance by the library, in certificates a second of one core, against the bare signature and other libraries. */
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';
import { compare, type Figure, type Floor, type Quantity, type Section } from './figures.ts';
import { openGoPeer, type GoPeer } from './go-peer.ts';
import { median } from './median.ts';
import { missing, runProgram } from './programs.ts';

const TURNS = 3;
const FLOORS = {
  raw: { kind: 'at least', value: 0.4 },
  go: { kind: 'at least', value: 1.5 },
  peculiar: { kind: 'at least', value: 20 },
} as const satisfies Record<string, Floor>;

type Rates = Readonly<Record<'mintmark' | 'raw' | 'peculiar' | 'tbsBytes', number>>;

/** Lets the probe and Go's program run in turn. */
export async function measureLibrary(scratch: string): Promise<Section> {
  const probe = await bundleProbe(scratch);
  const go = openGoPeer(scratch);
  const rates: Rates[] = [];
  const goRates: number[] = [];
  for (let turn = 0; turn < TURNS; turn++) {
    rates.push(JSON.parse(runProgram({ argv: [process.execPath, probe], cwd: scratch, env: {} })) as Rates);
    if (go !== undefined) goRates.push(go.measure());
  }
  return {
    title: 'Library: prepare, lint and sign for three names, P-256, one subject key',
    note: `warm, one thread; medians of ${TURNS} processes in turn, ${rates[0]?.tbsBytes ?? 0} bytes to sign`,
    figures: describe(rates, goRates, go),
  };
}

/** One file of plain JavaScript, not minified, for a Node without loaders. */
async function bundleProbe(scratch: string): Promise<string> {
  const file = join(scratch, 'library-probe.mjs');
  await build({
    input: fileURLToPath(new URL('library-probe.ts', import.meta.url)),
    platform: 'node',
    logLevel: 'warn',
    output: { file, format: 'esm', codeSplitting: false },
  });
  return file;
}

function describe(rates: readonly Rates[], goRates: readonly number[], go: GoPeer | undefined): Figure[] {
  const rateOf = (name: keyof Rates): Quantity => ({ value: median(rates.map((turn) => turn[name])), unit: '/s' });
  const ours = rateOf('mintmark');
  const goFigure: Figure =
    go === undefined
      ? { kind: 'skip', title: 'Go x509.CreateCertificate', reason: missing('go') }
      : compare(`x509.CreateCertificate, ${go.version}`, ours, { value: median(goRates), unit: '/s' }, FLOORS.go);
  return [
    compare("node:crypto sign('sha256', tbs)", ours, rateOf('raw'), FLOORS.raw),
    goFigure,
    compare('@peculiar/x509 generator', ours, rateOf('peculiar'), FLOORS.peculiar),
  ];
}
