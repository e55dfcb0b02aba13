/** @module The table of error codes of the renewal timer. Apart, because only `renew --install-timer` and `--uninstall-timer` load it. */
import { createErrorFactory, quoteWord } from '@mintmark/ca-core';

export const TIMER_ERRORS = {
  TIMER_NO_SCHEDULER: {
    message: (d: { reason: string; command: string }) => `nothing here starts programs by the clock: ${d.reason}`,
    hint: (d: { reason: string; command: string }) => `let something of yours run this every day: ${d.command}`,
  },
  TIMER_CHANGED: {
    message: (d: { path: string; isRemoval: boolean }) =>
      `${d.path} is not as this home wrote it, so it is not ${d.isRemoval ? 'removed' : 'replaced'}`,
    hint: (d: { path: string }) => `look at it, and say --force if it may go: ${quoteWord(d.path)}`,
  },
  TIMER_PATH: {
    message: (d: { word: string }) => `no timer can be told ${JSON.stringify(d.word)}: it holds a control character`,
    hint: () => 'use folders and files without such characters in their names',
  },
  TIMER_FAILED: {
    message: (d: { name: string; reason: string }) => `the timer ${d.name} is not in place: ${d.reason}`,
    hint: () => 'what was begun is taken back; see each step: mintmark renew --install-timer --dry-run',
  },
} as const;

export const timerError = createErrorFactory(TIMER_ERRORS);
