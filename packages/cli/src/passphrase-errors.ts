/** @module The error code of passphrase files that two programs would read in two ways. Apart, because minting may load it. */
import { createErrorFactory } from '@mintmark/ca-core';

export const PASSPHRASE_ERRORS = {
  PASSPHRASE_UNFIT: {
    message: (d: { source: string; reason: string }) => `the first line of ${d.source} ${d.reason}`,
    hint: () => 'other programs would read another passphrase out of it: save it as plain UTF-8 text',
  },
} as const;

export const passphraseError = createErrorFactory(PASSPHRASE_ERRORS);
