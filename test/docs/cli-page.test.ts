/** @module docs/cli.md names every command and option that `--help` names, with their values, and no other. */
import { describe, expect, it } from 'vitest';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { readPage } from './pages.ts';

const home = scratchFolder('help');

async function help(...command: readonly string[]): Promise<string> {
  return (await mintmarkOrThrow([...command, '--help'], { home })).stdout;
}

/** `--out DIR`, `--stores A,B`, `-h, --help`: the words before the explanation in a list of options. */
function optionsBelow(text: string, heading: string): readonly string[] {
  const [, list = ''] = text.split(`\n${heading}\n`);
  const [first = ''] = list.split('\n\n');
  return [...first.matchAll(/^ {2}((?:-\w, )?--\S+(?: [A-Z][A-Z,]*)?) {2,}/gm)].map(([, words = '']) => words);
}

/** The part of the page below a heading. */
function section(heading: string): string {
  const [, after] = `${readPage('docs/cli.md')}\n## `.split(`\n## ${heading}\n`);
  if (after === undefined) throw new Error(`docs/cli.md has no heading "## ${heading}"`);
  return after.split('\n## ')[0] ?? '';
}

/** First cells of table rows that are options. */
function optionsOfPage(heading: string): readonly string[] {
  return [...section(heading).matchAll(/^\| `(-[^`]*)`/gm)].map(([, words = '']) => words);
}

const commands = [...section('Commands').matchAll(/^\| `(\S+)`/gm)].map(([, name = '']) => name);

describe('docs/cli.md', () => {
  it('lists the commands that the program lists, in the same order', async () => {
    const [, list = ''] = (await help()).split('\nCommands\n');
    const [first = ''] = list.split('\n\n');
    expect(commands).toEqual([...first.matchAll(/^ {2}(\S+)/gm)].map(([, name = '']) => name));
  });

  it('names the options that every command takes', async () => {
    const options = optionsBelow(await help(), 'Options of every command');
    expect(optionsOfPage('Options of every command')).toEqual(options);
    expect(options).not.toEqual([]);
  });

  it.each(commands)('names the options of %s', async (command) => {
    expect(optionsOfPage(command)).toEqual(optionsBelow(await help(command), 'Options'));
  });

  it('has no section for a command that is not there', () => {
    const headings = [...readPage('docs/cli.md').matchAll(/^## ([a-z-]+)$/gm)].map(([, name = '']) => name);
    expect(headings).toEqual(commands);
  });
});
