/**
 * @module `pnpm bench`: our figures as ratios to peers measured in the same run on this machine, each with its floor.
 * `--json` prints the figures, `--check` exits 1 when a floor is missed.
 */
import { parseArgs } from 'node:util';
import { copyCli } from './built-cli.ts';
import type { Section } from './figures.ts';
import { measureLibrary } from './library.ts';
import { measureMany } from './many.ts';
import { openMkcert } from './mkcert.ts';
import { measureProcess } from './process-start.ts';
import { renderReport } from './render.ts';
import { withScratch } from './scratch.ts';
import { weighCli } from './weight.ts';

const { values: options } = parseArgs({ options: { check: { type: 'boolean' }, json: { type: 'boolean' } } });

async function measureAll(scratch: string): Promise<Section[]> {
  const cli = copyCli(scratch);
  const mkcert = openMkcert(scratch);
  return [
    measureProcess(scratch, cli, mkcert),
    await measureLibrary(scratch),
    measureMany(scratch, cli, mkcert),
    weighCli(scratch, cli),
  ];
}

const isMissed = (section: Section): boolean =>
  section.figures.some((figure) => figure.kind === 'comparison' && !figure.isMet);

const sections = await withScratch(measureAll);
process.stdout.write(
  options.json === true ? `${JSON.stringify({ sections }, undefined, 2)}\n` : renderReport(sections),
);
if (options.check === true && sections.some(isMissed)) process.exitCode = 1;
