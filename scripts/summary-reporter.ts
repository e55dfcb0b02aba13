/**
 * @module What `npm test` prints: a line a file while it runs, each failure whole, each reason for a skip once, and as its
 * last line `N passed, N failed, N skipped`, which the continuous integration reads.
 */
import { relative } from 'node:path';
import type { Reporter, SerializedError, TestCase, TestModule } from 'vitest/node';

type Counts = { passed: number; failed: number; skipped: number };

export default class SummaryReporter implements Reporter {
  readonly #total: Counts = { passed: 0, failed: 0, skipped: 0 };
  readonly #reasons = new Map<string, number>();

  onTestModuleEnd(module: TestModule): void {
    const counts: Counts = { passed: 0, failed: 0, skipped: 0 };
    for (const test of module.children.allTests()) this.#count(test, counts);
    for (const error of module.errors()) this.#printFailure(relative(process.cwd(), module.moduleId), [error]);
    counts.failed += module.errors().length;
    for (const key of ['passed', 'failed', 'skipped'] as const) this.#total[key] += counts[key];
    const seconds = (module.diagnostic().duration / 1000).toFixed(1);
    const extra = [
      counts.failed > 0 ? `${counts.failed} FAILED` : '',
      counts.skipped > 0 ? `${counts.skipped} skipped` : '',
    ];
    const words = [`${counts.passed} passed`, ...extra.filter((part) => part !== '')].join(', ');
    print(`  ${relative(process.cwd(), module.moduleId).padEnd(60)} ${words} (${seconds} s)`);
  }

  onTestRunEnd(_modules: readonly TestModule[], errors: readonly SerializedError[]): void {
    for (const error of errors) this.#printFailure('outside of any test', [error]);
    for (const [reason, count] of this.#reasons) print(`skipped ${count}: ${reason}`);
    const { passed, failed, skipped } = this.#total;
    print(`${passed} passed, ${failed + errors.length} failed, ${skipped} skipped`);
  }

  #count(test: TestCase, counts: Counts): void {
    const result = test.result();
    if (result.state === 'failed') {
      counts.failed++;
      this.#printFailure(`${relative(process.cwd(), test.module.moduleId)} > ${test.fullName}`, result.errors);
    } else if (result.state === 'passed') counts.passed++;
    else {
      counts.skipped++;
      const reason = result.state === 'skipped' ? (result.note ?? test.name) : test.name;
      this.#reasons.set(reason, (this.#reasons.get(reason) ?? 0) + 1);
    }
  }

  #printFailure(title: string, errors: readonly { message?: string; stack?: string; diff?: string }[]): void {
    print(`FAILED ${title}`);
    for (const { message = '', stack = '', diff } of errors) {
      print(`  ${message.split('\n').join('\n  ')}`);
      if (diff !== undefined) print(diff);
      const own = stack.split('\n').filter((line) => line.includes(process.cwd()) && !line.includes('node_modules'));
      for (const line of own.slice(0, 5)) print(`  ${line.trim()}`);
    }
  }
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
