/**
 * `npm test` in a fresh clone: installs, builds, and runs every test there is. Clients that are not installed are skipped by
 * name; with MINTMARK_REQUIRE_CLIENTS=1 a missing one fails. The last line is `N passed, N failed, N skipped`.
 */
import { prepareWorkspace, runTool } from './workspace.mjs';

try {
  prepareWorkspace((what) => process.stderr.write(`mintmark: ${what}\n`));
  process.exitCode = runTool('vitest/vitest.mjs', [
    'run',
    '--reporter=./scripts/summary-reporter.ts',
    ...process.argv.slice(2),
  ]);
} catch (cause) {
  process.stderr.write(`mintmark: ${cause.message}\n`);
  process.exitCode = 1;
}
