/** @module What the tests of the table pin: a self-signed server's certificate of 13 days, unless they say otherwise. */
import type { PinSubject } from './pin-format.ts';

export const DAY_MS = 86_400_000;
export const NOW = new Date('2027-01-15T12:00:00Z');

export function createSubject(shape: Partial<PinSubject> & Pick<PinSubject, 'pins'>): PinSubject {
  return {
    roles: ['leaf'],
    spkiDer: Uint8Array.of(0x30, 0),
    certificate: {
      certDer: Uint8Array.of(0x30, 0),
      notBefore: NOW,
      notAfter: new Date(NOW.getTime() + 13 * DAY_MS),
      keyLabel: 'ECDSA P-256',
      isSelfSigned: true,
      isForSignatures: true,
    },
    server: { host: 'localhost', port: 8443 },
    now: NOW,
    ...shape,
  };
}
