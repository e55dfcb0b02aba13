/** @module The table of install's error codes: what can go wrong before any store is touched. A store's own trouble is a result, no error. */
import { createErrorFactory, quote } from '@mintmark/ca-core';
import { STORE_IDS } from './stores/store.ts';

export const INSTALL_ERRORS = {
  STORE_UNKNOWN: {
    message: (d: { store: string }) => `unknown trust store ${quote(d.store)}`,
    hint: () => `--stores takes, separated by commas: ${STORE_IDS.join(', ')}, nss`,
    kind: 'usage',
  },
} as const;

/** Throws of install are made here. */
export const installError = createErrorFactory(INSTALL_ERRORS);
