/**
 * @module Revocation lists that go along with a CA: of several of one signer the newest, and none that somebody else signed, which would
 * make programs refuse what the issuer signs.
 */
import { join } from 'node:path';
import { findBlocks, isCaError, isEqualBytes, type Bytes, type Issuer } from '@mintmark/ca-core';
import { verifyWithNode } from '@mintmark/ca-core/node';
import { signatureHash } from '@mintmark/ca-core/read';
import { parseCrl } from '@mintmark/ca-core/revocation';
import { caPath, ISSUER_CRL_FILE, readIfPresent, ROOT_CRL_FILE, type Home, type StoredCa } from '@mintmark/ca-store';
import { CRL_LABEL, formatCrlPem } from '../revocation/write-crl.ts';
import { listSharers } from './shared-root.ts';

/** Who may have signed a list. */
export type ListSigner = { readonly subjectDer: Uint8Array; readonly spkiDer: Uint8Array };

const signerOf = ({ subjectDer, subjectKey }: Issuer): ListSigner => ({ subjectDer, spkiDer: subjectKey.spkiDer });

/** Of the lists that this CA signed, the last. */
export function findNewestList(crls: readonly Bytes[], signer: ListSigner): Bytes | undefined {
  const dated = crls.flatMap((crlDer) => {
    const thisUpdate = readTime(crlDer, signer);
    return thisUpdate === undefined ? [] : [{ crlDer, thisUpdate }];
  });
  return dated.sort((a, b) => b.thisUpdate.getTime() - a.thisUpdate.getTime())[0]?.crlDer;
}

/** Undefined where it is no list of the signer's. */
function readTime(crlDer: Uint8Array, { subjectDer, spkiDer }: ListSigner): Date | undefined {
  try {
    const { issuerDer, tbsDer, signature, signatureAlgorithmOid, thisUpdate } = parseCrl(crlDer, 'the revocation list');
    const hash = signatureHash(signatureAlgorithmOid);
    const isTheirs =
      isEqualBytes(issuerDer, subjectDer) && hash !== null && verifyWithNode({ spkiDer, hash, tbsDer, signature });
    return isTheirs ? thisUpdate : undefined;
  } catch {
    return undefined;
  }
}

/** As PEM, what the CA's folder holds of its own lists: the root's, which no key can make anew, and the issuer's. */
export function readListsPem(home: Home, { path, root, issuer }: StoredCa): string {
  const rows = [
    [ROOT_CRL_FILE, root],
    [ISSUER_CRL_FILE, issuer],
  ] as const;
  return rows.map(([file, signer]) => readListPem(home, join(path, file), signer) ?? '').join('');
}

/**
 * The root's list as the CA has it, or another of the home below the same root. Windows keeps one list of a signer, so that two of one
 * root would take turns there.
 */
export function readRootListPem(home: Home, { name, root, rootDer }: StoredCa): string | undefined {
  for (const holder of [name, ...listSharers(home, { name, rootDer })]) {
    const pem = readListPem(home, join(caPath(home, holder), ROOT_CRL_FILE), root);
    if (pem !== undefined) return pem;
  }
  return undefined;
}

function readListPem({ fs }: Home, file: string, signer: Issuer): string | undefined {
  const bytes = readIfPresent(fs, file);
  if (bytes === undefined) return undefined;
  try {
    const blocks = findBlocks(bytes, file, { labels: [CRL_LABEL], wanted: 'a revocation list' });
    const crlDer = findNewestList(
      blocks.map(({ der }) => der),
      signerOf(signer),
    );
    return crlDer === undefined ? undefined : formatCrlPem(crlDer);
  } catch (cause) {
    if (isCaError(cause)) return undefined; // a damaged file is none
    throw cause;
  }
}
