/**
 * `npm start -- NAME...` in a fresh clone: installs, builds and mints. What it does goes to stderr; the program's own words
 * and files are as if it had been called in the folder where npm was.
 */
import { join } from 'node:path';
import { prepareWorkspace, ROOT, run } from './workspace.mjs';

try {
  prepareWorkspace((what) => process.stderr.write(`mintmark: ${what}\n`));
  const cwd = process.env.INIT_CWD ?? ROOT;
  process.exitCode = run(process.execPath, [join(ROOT, 'packages/cli/dist/bin.cjs'), ...process.argv.slice(2)], {
    cwd,
  });
} catch (cause) {
  process.stderr.write(`mintmark: ${cause.message}\n`);
  process.exitCode = 1;
}
