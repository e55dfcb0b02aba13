/**
 * @module The TypeScript of the packages' pages is run as it stands, in a folder where `@mintmark/…` leads to the
 * workspace's packages.
 */
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run } from '../programs/run.ts';
import { parseBlocks } from './markdown.ts';
import { PAGES, readPage, repositoryPath } from './pages.ts';

const folder = repositoryPath(`.cache/docs-${process.pid}`);
const TSX = repositoryPath('node_modules/tsx/dist/cli.mjs');

beforeAll(() => {
  const scope = join(folder, 'node_modules/@mintmark');
  mkdirSync(scope, { recursive: true });
  writeFileSync(join(folder, 'package.json'), '{ "type": "module" }\n');
  for (const name of ['ca-core', 'ca-store', 'install'])
    symlinkSync(repositoryPath(`packages/${name}`), join(scope, name), 'dir');
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const blocks = PAGES.flatMap((page) =>
  parseBlocks(readPage(page))
    .filter(({ language }) => language === 'ts')
    .map((block) => [page, block.line, block] as const),
);

describe('TypeScript', () => {
  it.each(blocks)('%s, line %i', async (page, line, block) => {
    const file = join(folder, `${page.replaceAll(/\W/g, '-')}-${line}.ts`);
    writeFileSync(file, block.text);
    const { exitCode, output } = await run([process.execPath, TSX, file], { cwd: folder });
    expect(exitCode, output).toBe(0);
  });

  it('stands on the page of ca-core', () => {
    expect(blocks.map(([page]) => page)).toContain('packages/ca-core/README.md');
  });
});
