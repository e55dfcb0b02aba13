/**
 * `pnpm check`: what is run before each commit. Format, lint, types, directions, dead code, error tables, unit tests, packages.
 * Each step prints one line; a failing one prints its output. `--write` formats and regenerates what is generated.
 */
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { ROOT } from './workspace.mjs';

const isWriting = process.argv.includes('--write');
const tool = (script) => join(ROOT, 'node_modules', script);

const STEPS = [
  ['format', tool('oxfmt/bin/oxfmt'), isWriting ? [] : ['--check']],
  ['lint', tool('oxlint/bin/oxlint'), ['--quiet']],
  ['types', tool('typescript/bin/tsc'), ['-b']],
  [
    'directions',
    tool('dependency-cruiser/bin/dependency-cruise.mjs'),
    ['packages', '--config', '.dependency-cruiser.cjs'],
  ],
  ['dead code', tool('knip/bin/knip.js'), ['--no-config-hints']],
  ['error tables', tool('tsx/dist/cli.mjs'), ['scripts/errors-doc.ts', ...(isWriting ? ['--write'] : [])]],
  ['table of pins', tool('tsx/dist/cli.mjs'), ['scripts/pinning-doc.ts', ...(isWriting ? ['--write'] : [])]],
  ['table of mkcert', tool('tsx/dist/cli.mjs'), ['scripts/mkcert-doc.ts', ...(isWriting ? ['--write'] : [])]],
  ['unit tests', tool('vitest/vitest.mjs'), ['run', '--project', 'unit*', '--reporter=dot']],
  ['packages', join(ROOT, 'scripts/check-packages.mjs'), []],
];

let failures = 0;
for (const [name, script, args] of STEPS) {
  const begun = performance.now();
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], {
    cwd: ROOT,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
  const seconds = ((performance.now() - begun) / 1000).toFixed(1);
  process.stdout.write(`${status === 0 ? 'ok    ' : 'FAILED'}  ${name} (${seconds} s)\n`);
  if (status !== 0) {
    failures++;
    process.stdout.write(`${stdout}${stderr}`);
  }
}
process.exitCode = failures === 0 ? 0 : 1;
