/** @module The table of error codes of deploy hooks. Apart, because only `renew` loads it. */
import { createErrorFactory, quote } from '@mintmark/ca-core';

export const DEPLOY_ERRORS = {
  DEPLOY_HOOK_WORDS: {
    message: (d: { reason: string }) => `--deploy-hook ${d.reason}`,
    hint: () => `give a program and its words; a line for a shell goes so: --deploy-hook "sh -c 'LINE'"`,
    kind: 'usage',
  },
  DEPLOY_HOOK_PROGRAM: {
    message: (d: { program: string }) => `--deploy-hook: there is no program ${quote(d.program)}`,
    hint: () => 'check its name, or give its path; nothing was renewed',
  },
} as const;

export const deployError = createErrorFactory(DEPLOY_ERRORS);
