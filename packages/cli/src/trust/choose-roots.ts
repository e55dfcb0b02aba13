/** @module Which roots an install or uninstall is about: a CA's, every CA's, or one whose CA is gone and that the journal kept. */
import { findBlocks, isCaError, isEqualBytes } from '@mintmark/ca-core';
import { listCaNames, readCa, storeError, type Home, type StoredCa } from '@mintmark/ca-store';
import { createAnchor, type TrustAnchor } from '@mintmark/install';
import { listInstalled, readJournal, type JournalEntry } from '@mintmark/install/journal';
import { readRoot } from '../ca/shared-root.ts';
import { chooseCa, DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import type { Access, Context } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';

/** The root of a CA as it goes into stores. */
export const anchorOf = (ca: StoredCa): TrustAnchor =>
  createAnchor({ caName: ca.name, certDer: ca.rootDer, certFile: ca.rootFile });

export type ChosenRoots = { readonly anchors: readonly TrustAnchor[]; readonly newCa?: StoredCa };

/** For installing: the named CA, all of them, or the one that would sign `localhost`, which is made when there is none. @throws CA_NOT_FOUND */
export async function chooseRootsToInstall({ invocation, context }: Access): Promise<ChosenRoots> {
  const home = readableHome(context);
  const names = home === undefined ? [] : listCaNames(home);
  if (home !== undefined && isOptionSet(invocation, 'all') && names.length > 0)
    return {
      anchors: selectAll(
        names.map((name) => anchorOf(readCa(home, name))),
        context,
      ),
    };
  if (home !== undefined && optionText(invocation, 'ca') === undefined && names.includes(DEFAULT_CA))
    return { anchors: [anchorOf(readCa(home, DEFAULT_CA))] };
  const { ca, isNew } = await chooseCa([], { invocation, context });
  return { anchors: [anchorOf(ca)], ...(isNew ? { newCa: ca } : {}) };
}

/**
 * For uninstalling: never makes a CA. Roots that the journal says are somewhere count even when their CA is gone.
 * @throws CA_NOT_FOUND
 */
export function chooseRootsToUninstall({ invocation, context }: Access): TrustAnchor[] {
  const home = readableHome(context);
  const named = optionText(invocation, 'ca');
  if (home === undefined) {
    if (named !== undefined && named !== DEFAULT_CA) throw storeError('CA_NOT_FOUND', { caName: named });
    return [];
  }
  const present = listCaNames(home);
  const isAll = isOptionSet(invocation, 'all');
  const isWanted = (name: string): boolean => isAll || name === (named ?? DEFAULT_CA);
  const read = (name: string): TrustAnchor[] => {
    if (!isAll) return [anchorOf(readCa(home, name))];
    return readRoot(home, name) === undefined ? [] : [anchorOf(readCa(home, name))]; // one that is damaged stops no other
  };
  const stored = distinct(present.filter(isWanted).flatMap(read));
  // A root whose CA is gone may be that of another one, which is trusted by it.
  const kept = present.flatMap((name) => readRoot(home, name) ?? []);
  const gone = readGone(home).filter(
    ({ caName, certDer }) => isWanted(caName) && !kept.some((root) => isEqualBytes(root, certDer)),
  );
  const anchors = [...stored, ...gone];
  if (anchors.length === 0 && !isAll && (present.length > 0 || named !== undefined))
    throw storeError('CA_NOT_FOUND', { caName: named ?? DEFAULT_CA });
  return anchors;
}

/** Several issuers may stand below one root, which is one entry in every store. */
const distinct = (anchors: readonly TrustAnchor[]): TrustAnchor[] =>
  [...new Map(anchors.toReversed().map((anchor) => [anchor.sha256Hex, anchor])).values()].toReversed();

/** The store of Windows takes the list of each issuer too, which lies beside that issuer's copy of the root. */
const selectAll = (anchors: readonly TrustAnchor[], { io }: Context): readonly TrustAnchor[] =>
  io.platform === 'win32' ? anchors : distinct(anchors);

/** Roots in the journal, by the PEM that it keeps for the day when their CA is gone. */
function readGone(home: Home): TrustAnchor[] {
  const entries = readJournal(home);
  const digests = new Set(listInstalled(entries).map(({ rootSha256Hex }) => rootSha256Hex));
  return [...digests].flatMap((digest) => {
    const entry = entries.find(({ rootSha256Hex, rootPem }) => rootSha256Hex === digest && rootPem !== undefined);
    return entry === undefined ? [] : anchorFromJournal(entry);
  });
}

/** A journal that somebody edited is not believed: the root must have the digest that it is filed under. */
function anchorFromJournal({ ca, rootPem = '', rootSha256Hex }: JournalEntry): TrustAnchor[] {
  const wanted = { labels: ['CERTIFICATE'], wanted: 'a certificate' };
  try {
    const blocks = findBlocks(Buffer.from(rootPem), 'the journal', wanted);
    const anchors = blocks.map(({ der }) => createAnchor({ caName: ca, certDer: der, certFile: 'root.pem' }));
    return anchors.filter(({ sha256Hex }) => sha256Hex === rootSha256Hex);
  } catch (cause) {
    if (isCaError(cause)) return [];
    throw cause;
  }
}
