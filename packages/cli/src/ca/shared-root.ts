/** @module One root above several issuers of a home: it is one entry in every trust store, and stays there as long as one of them needs it. */
import { isCaError, isEqualBytes } from '@mintmark/ca-core';
import { listCaNames, readCa, type Home, type StoredCa } from '@mintmark/ca-store';

/** Names of other CAs of the home below this root. One that is damaged is none. */
export const listSharers = (home: Home, { name, rootDer }: Pick<StoredCa, 'name' | 'rootDer'>): string[] =>
  listCaNames(home).filter((other) => {
    const root = other === name ? undefined : readRoot(home, other);
    return root !== undefined && isEqualBytes(root, rootDer);
  });

/** DER of a CA's root; undefined for a damaged one. */
export function readRoot(home: Home, name: string): StoredCa['rootDer'] | undefined {
  try {
    return readCa(home, name).rootDer;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
