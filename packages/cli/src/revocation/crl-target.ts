/** @module Revocation lists in a file that is inspected: PEM blocks that say so, or DER that has the shape of one. */
import { isCaError, parsePemOrDer } from '@mintmark/ca-core';
import { parseCrl, type Crl } from '@mintmark/ca-core/revocation';
import { CRL_LABEL } from './write-crl.ts';

/** `hasOthers`: the file holds something else besides. */
export type FoundCrls = { readonly crls: readonly Crl[]; readonly hasOthers: boolean };

/**
 * Undefined where there is none; DER that is no list is left to the other readers, whose complaint it then is.
 * @throws CRL_INVALID, DER_INVALID for a PEM block of that name, INPUT_*, PEM_INVALID
 */
export function readCrls(bytes: Uint8Array, what: string): FoundCrls | undefined {
  const blocks = parsePemOrDer(bytes, what);
  const [only] = blocks;
  if (only?.label === 'DER') {
    const crl = tryCrl(only.der, what);
    return crl === undefined ? undefined : { crls: [crl], hasOthers: false };
  }
  const crls = blocks.filter(({ label }) => label === CRL_LABEL);
  if (crls.length === 0) return undefined;
  return { crls: crls.map(({ der }) => parseCrl(der, what)), hasOthers: crls.length < blocks.length };
}

function tryCrl(der: Uint8Array, what: string): Crl | undefined {
  try {
    return parseCrl(der, what);
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
