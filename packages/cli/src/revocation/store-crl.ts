/**
 * @module The issuer's revocation list that lies in the CA's folder, for the store of Windows: it lasts as long as the issuer, because
 * nobody comes to renew it there. What it says must be true, so a revocation takes it away until a new one is signed.
 */
import { join } from 'node:path';
import { findBlocks, isCaError, isEqualBytes, quoteWord } from '@mintmark/ca-core';
import { bareHex, canSignCrls, parseCrl, type Crl } from '@mintmark/ca-core/revocation';
import {
  ISSUER_CRL_FILE,
  issuerKeyHex,
  openSigner,
  readCa,
  readCrlRecords,
  readIfPresent,
  readKeyProtection,
  removeIfPresent,
  storeError,
  withDiskErrors,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import type { Context } from '../command.ts';
import { readRevokedBySerial, selectForCrl } from './revoked.ts';
import { CRL_LABEL, formatCrlPem, longestCrlDays, signCrl, writeCrlFile } from './write-crl.ts';

const pathOf = (ca: StoredCa): string => join(ca.path, ISSUER_CRL_FILE);

/** Takes away what is true no more. Call it under the home's lock. @throws disk codes */
export function removeStoreCrl(home: Home, ca: StoredCa): void {
  const path = pathOf(ca);
  withDiskErrors(path, () => removeIfPresent(home.fs, path));
}

/** Before stores are changed: a true list for each CA whose key lies open; another CA's is taken away where it is not true. */
export async function refreshStoreCrls(caNames: readonly string[], context: Context): Promise<void> {
  const home = context.home();
  for (const name of new Set(caNames)) {
    try {
      await refreshStoreCrl(home, readCa(home, name), context);
    } catch (cause) {
      // An expired issuer, say: browsers need no list, so that the root is installed all the same.
      if (!isCaError(cause)) throw cause;
      context.say(`Windows gets no revocation list of CA "${name}": ${cause.message}\n\n`);
    }
  }
}

/** For a dry run: the CAs that get a list of their issuer before stores are changed. */
export function listDueStoreCrls(caNames: readonly string[], { home, io }: Context): string[] {
  return [...new Set(caNames)].filter((name) => {
    const ca = readCa(home(), name);
    const isAble = canSignCrls(ca.issuer) && ca.issuer.notAfter > io.now();
    return isAble && readKeyProtection(home(), ca).kind === 'plain' && !isTrue(home(), ca, io.now());
  });
}

async function refreshStoreCrl(home: Home, ca: StoredCa, context: Context): Promise<void> {
  if (!canSignCrls(ca.issuer) || isTrue(home, ca, context.io.now())) return;
  const { kind } = readKeyProtection(home, ca);
  if (kind !== 'plain') {
    removeStoreCrl(home, ca);
    if (kind === 'absent') throw storeError('CA_KEY_MISSING', { caName: ca.name });
    // A day less, for it may not be typed today.
    const days = Math.max(1, longestCrlDays(ca, context.io.now()) - 1);
    const command = `mintmark crl --ca ${quoteWord(ca.name)} --days ${days} --out ca.crl`;
    context.say(`Windows gets no revocation list of CA "${ca.name}", whose key is locked: ${command}\n\n`);
    return;
  }
  await signCrl(home, {
    order: { ca },
    signer: openSigner(home, ca),
    clock: context.io.now,
    write: (crlDer) => writeCrlFile(home.fs, pathOf(ca), formatCrlPem(crlDer)),
  });
}

/** It is of this issuer, holds whatever a new one would, and has not expired. */
function isTrue(home: Home, ca: StoredCa, now: Date): boolean {
  const crl = readStoreCrl(home, ca);
  if (crl === undefined || !isEqualBytes(crl.issuerDer, ca.issuer.subjectDer)) return false;
  const told = new Set(crl.entries.map(({ serialHex }) => bareHex(serialHex)));
  const key = issuerKeyHex(ca.issuer);
  const revocations = selectForCrl(readRevokedBySerial(home, key).values(), { lists: readCrlRecords(home, key), now });
  return (crl.nextUpdate ?? now) > now && revocations.every(({ serialHex }) => told.has(serialHex));
}

function readStoreCrl(home: Home, ca: StoredCa): Crl | undefined {
  const bytes = readIfPresent(home.fs, pathOf(ca));
  if (bytes === undefined) return undefined;
  try {
    const [block] = findBlocks(bytes, pathOf(ca), { labels: [CRL_LABEL], wanted: 'a revocation list' });
    return block === undefined ? undefined : parseCrl(block.der, pathOf(ca));
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
