/** @module One root above several issuers of a home: it is one entry in every trust store, and stays there as long as one of them needs it. */
import { isCaError, isEqualBytes } from '@mintmark/ca-core';
import { listCaNames, readCa, readPredecessor, readSuccessor, type Home, type StoredCa } from '@mintmark/ca-store';

/** Names of other CAs of the home below this root, as they are or, in a rotation, were or will be. One that is damaged is none. */
export const listSharers = (home: Home, { name, rootDer }: Pick<StoredCa, 'name' | 'rootDer'>): string[] =>
  listCaNames(home).filter((other) => {
    const roots =
      other === name ? [] : [readCa, readPredecessor, readSuccessor].map((read) => tryRead(read, home, other));
    return roots.some((root) => root !== undefined && isEqualBytes(root, rootDer));
  });

/** DER of a CA's root; undefined for a damaged one. */
export const readRoot = (home: Home, name: string): StoredCa['rootDer'] | undefined => tryRead(readCa, home, name);

type Read = (home: Home, name: string) => StoredCa | undefined;

function tryRead(read: Read, home: Home, name: string): StoredCa['rootDer'] | undefined {
  try {
    return read(home, name)?.rootDer;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
