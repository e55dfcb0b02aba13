/** @module The table of install's error codes: what can go wrong before any store is touched. A store's own trouble is a result, no error. */
import { createErrorFactory, quote } from '@mintmark/ca-core';
import { STORE_IDS } from './stores/store.ts';

export const INSTALL_ERRORS = {
  STORE_UNKNOWN: {
    message: (d: { store: string }) => `unknown trust store ${quote(d.store)}`,
    hint: () => `--stores takes, separated by commas: ${STORE_IDS.join(', ')}, nss`,
    kind: 'usage',
  },
  MACHINE_BUSY: {
    message: (_d: Record<string, never>) =>
      'another process has been changing the trust stores of this machine for minutes',
    hint: () => 'wait for it to end and try again: ps -ef | grep mintmark',
  },
} as const;

/** Throws of install are made here. */
export const installError = createErrorFactory(INSTALL_ERRORS);
