/**
 * @module The test projects: `unit` stands beside the code and touches neither disk nor network, so its files share a process, but for
 * those that replace modules (`unit-mocked`); `e2e` runs the built program and other people's programs, each file in a process of its own.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import LongestFirst from './scripts/test-order.ts';

const UNIT = 'packages/*/src/**/*.test.ts';
/** What `vi.mock` puts in the place of a module would stay there for the next file of the process. */
const MOCKED = readdirSync('packages').flatMap((name) => {
  const folder = join('packages', name, 'src');
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((path) => path.endsWith('.test.ts'))
    .map((path) => join(folder, path))
    .filter((path) => readFileSync(path, 'utf8').includes('vi.mock('));
});

export default defineConfig({
  test: {
    // One more than the two processors of the continuous integration: a third of the time is waiting for programs.
    maxWorkers: 3,
    sequence: { sequencer: LongestFirst },
    projects: [
      {
        test: {
          name: 'unit',
          include: [UNIT],
          exclude: MOCKED,
          testTimeout: 30_000,
          isolate: false,
          restoreMocks: true,
        },
      },
      { test: { name: 'unit-mocked', include: MOCKED, testTimeout: 30_000 } },
      {
        test: {
          name: 'e2e',
          include: ['test/**/*.test.ts'],
          testTimeout: 120_000,
          hookTimeout: 120_000,
        },
      },
    ],
  },
});
