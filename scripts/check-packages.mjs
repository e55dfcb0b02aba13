/**
 * Guards what is published: packs each public package, then publint and attw look at the tarball, because only pnpm applies
 * publishConfig. The CLI is no library, so publint alone looks at it; its version must be the one the program prints.
 */
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildWorkspace, ROOT, runPnpm, runTool } from './workspace.mjs';

const LIBRARIES = ['ca-core', 'ca-store', 'install', 'dev'];
const scratch = mkdtempSync(join(tmpdir(), 'mintmark-pack-'));
let failures = 0;
const check = (exitCode, what) => {
  if (exitCode === 0) return;
  failures++;
  process.stderr.write(`${what} failed\n`);
};

check(buildWorkspace(), 'build');
for (const name of [...LIBRARIES, 'cli']) {
  const folder = join(scratch, name);
  check(
    runPnpm(['--dir', join(ROOT, 'packages', name), 'pack', '--pack-destination', folder, '--silent'], {
      stdio: ['ignore', 'ignore', 'inherit'],
    }),
    `pack ${name}`,
  );
  const tarball = join(folder, readdirSync(folder).find((file) => file.endsWith('.tgz')) ?? '');
  check(
    runTool('publint/src/cli.js', [tarball, '--strict'], { stdio: ['ignore', 'ignore', 'inherit'] }),
    `publint ${name}`,
  );
  if (LIBRARIES.includes(name)) {
    check(
      runTool('@arethetypeswrong/cli/dist/index.js', [tarball, '--profile', 'esm-only', '--quiet'], {}),
      `attw ${name}`,
    );
  }
}
const { version } = JSON.parse(readFileSync(join(ROOT, 'packages/cli/package.json'), 'utf8'));
if (!readFileSync(join(ROOT, 'packages/cli/src/version.ts'), 'utf8').includes(`'${version}'`))
  check(1, `version.ts is not ${version}: it`);
rmSync(scratch, { recursive: true, force: true });
process.exitCode = failures === 0 ? 0 : 1;
