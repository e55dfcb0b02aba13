/** @module What the script inside Firefox answers, and what the worker makes of it. */
import { describe, expect, it } from 'vitest';
import { formatPreferences } from './borrowed-profile.ts';
import { assertScriptDone, CERTIFICATE_SCRIPT } from './certificate-script.ts';
import { QUIET_PREFERENCES } from './firefox-process.ts';
import { WorkerFailure } from './task.ts';

function exitCodeOf(result: unknown): number | undefined {
  try {
    assertScriptDone(result);
    return undefined;
  } catch (fault) {
    return fault instanceof WorkerFailure ? fault.exitCode : NaN;
  }
}

describe('the answer of the script', () => {
  it('is done, or a failure', () => {
    expect(exitCodeOf({ value: 'done' })).toBeUndefined();
    for (const value of ['not-trusted', 'still-there', 'toString', null, 1]) expect(exitCodeOf({ value })).toBe(1);
    for (const result of [null, undefined, 'done', {}]) expect(exitCodeOf(result)).toBe(1);
  });

  it('that wants the primary password has an exit code of its own', () => {
    for (const value of ['needs-secret', 'wrong-secret']) expect(exitCodeOf({ value })).toBe(3);
  });
});

it('the script is a function body that any JavaScript engine can read', () => {
  // Firefox takes the script as the body of a function, so that is how it is read here; nothing of it is run.
  // eslint-disable-next-line typescript/no-implied-eval, no-new-func
  expect(() => new Function(CERTIFICATE_SCRIPT)).not.toThrow();
});

it('a preference is written as JavaScript, quotes and line breaks included', () => {
  expect(formatPreferences({ 'a.b': 'x"\n', c: 0, d: false })).toBe(
    'user_pref("a.b", "x\\"\\n");\nuser_pref("c", 0);\nuser_pref("d", false);\n',
  );
});

it('the run takes a free port and lets Marionette relax nothing', () => {
  expect(QUIET_PREFERENCES).toMatchObject({ 'marionette.port': 0, 'remote.prefs.recommended': false });
});
