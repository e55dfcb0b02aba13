/** @module The walk through a Windows store, by a crypt32 that keeps account of what is open. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Crypt32Library } from './crypt32-library.ts';
import { createFailure, listStore, removeFromStore } from './crypt32-worker.ts';
import type { Pointer } from './foreign-library.ts';

const hashOf = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
const [one, two, three] = [1, 2, 3].map((byte) => Uint8Array.of(0x30, 1, byte)) as [Uint8Array, Uint8Array, Uint8Array];
const STORE = 99n;

/** A store whose contexts are numbers; `open` counts those not freed yet. */
function fakeCrypt32(held: Uint8Array[], denies = false) {
  const contexts = new Map<bigint, Uint8Array>();
  let next = 1n;
  const make = (der: Uint8Array): bigint => {
    contexts.set(next, der);
    return next++;
  };
  const derOf = (context: Pointer): Uint8Array => {
    const der = contexts.get(context ?? 0n);
    if (der === undefined) throw new Error('a context that was freed');
    return der;
  };
  const free = (context: Pointer): void => void (derOf(context), contexts.delete(context ?? 0n));
  const library: Crypt32Library = {
    openStore: () => STORE,
    closeStore: () => {},
    addCertificate: () => true,
    nextCertificate: (_store, previous) => {
      const index = previous === null ? 0 : held.indexOf(derOf(previous)) + 1;
      if (previous !== null) free(previous);
      const der = held[index];
      return der === undefined ? null : make(der);
    },
    readCertificate: derOf,
    duplicateCertificate: (context) => make(derOf(context)),
    deleteCertificate: (context) => {
      const der = derOf(context);
      free(context);
      if (!denies) held.splice(held.indexOf(der), 1);
      return !denies;
    },
    lastError: () => 5,
  };
  return { library, held, open: () => contexts.size };
}

const entryOf = (certDer: Uint8Array) => ({
  certDer: Buffer.from(certDer),
  sha256Hex: hashOf(certDer),
  location: 'CurrentUser',
});

describe('a store', () => {
  it('is listed by SHA-256, and no context stays open', () => {
    const fake = fakeCrypt32([one, two]);
    expect(listStore(fake.library, STORE)).toEqual([hashOf(one), hashOf(two)]);
    expect(fake.open()).toBe(0);
  });

  it('loses every copy of one certificate and no other', () => {
    const fake = fakeCrypt32([one, two, Uint8Array.from(one), three]);
    removeFromStore(fake.library, STORE, entryOf(one));
    expect(fake.held).toEqual([two, three]);
    expect(fake.open()).toBe(0);
  });

  it('that does not hold it is left as it is', () => {
    const fake = fakeCrypt32([two]);
    removeFromStore(fake.library, STORE, entryOf(one));
    expect(fake.held).toEqual([two]);
  });

  it('that refuses says why, and no context stays open', () => {
    const fake = fakeCrypt32([one], true);
    expect(() => removeFromStore(fake.library, STORE, entryOf(one))).toThrow('CurrentUser\\Root: access denied');
    expect(fake.open()).toBe(0);
  });
});

it('errors of Windows are told in words, as codes and as HRESULTs, and a No has an exit code of its own', () => {
  const told = (code: number) => createFailure('cannot add', code);
  for (const code of [1223, 0x800704c7])
    expect(told(code)).toMatchObject({ exitCode: 4, message: expect.stringContaining('answered with No') as unknown });
  for (const code of [5, 0x80070005])
    expect(told(code)).toMatchObject({ exitCode: 1, message: expect.stringContaining('elevated') as unknown });
  expect(told(0x80092004).message).toBe('cannot add: error 0x80092004');
});
