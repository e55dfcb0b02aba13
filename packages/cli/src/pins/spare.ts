/**
 * @module Spare keys: made and sealed beside a key in use, so that clients can hold both pins before the first is replaced.
 * The record of the home goes before the file and is confirmed behind it: a crash between leaves a file that the record knows, or
 * a record that nobody heeds.
 */
import { randomBytes } from 'node:crypto';
import { dirname } from 'node:path';
import {
  coreError,
  createPins,
  findBlocks,
  formatHex,
  KEY_TYPE_FACTS,
  KEY_TYPES,
  parseHex,
  PRIVATE_KEY_LABELS,
  type Bytes,
  type KeyType,
} from '@mintmark/ca-core';
import { createPrivateKeyOfType, formatPrivateKey, nodeSha256, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  changeHome,
  KEY_MODE,
  readIfPresent,
  storeError,
  sweepTemporaries,
  writeFileAtomically,
  type Home,
  type SpareRecord,
} from '@mintmark/ca-store';
import { assertNoFolder } from '../certificates/file-names.ts';
import { findSpareRecord, finishPromotions, isSealedIn } from '../certificates/spare-records.ts';
import type { Access } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';

/** A sealed spare key. `file`: where it was put; `createdAt`: ISO 8601 UTC. */
export type Spare = { readonly file: string; readonly spkiSha256: Bytes; readonly createdAt: string };

/** The key that the spare stands by for. */
export type PinnedKey = { readonly spkiSha256Hex: string; readonly keyLabel: string };

const SEAL_BYTES = 32;

/**
 * Makes the sealed spare of a key, or finds the one that is there, under its old name or a new one. `file` is absolute. `--force`
 * makes another. Sealed with `--passphrase-file`, else with a passphrase that only this home knows.
 * @throws FILE_EXISTS, SPARE_EXISTS, SPARE_KEY_KIND, PASSPHRASE_EMPTY, disk codes
 */
export async function createSpare(file: string, pinned: PinnedKey, { invocation, context }: Access): Promise<Spare> {
  assertNoFolder([file], context);
  const home = context.home();
  const isForced = isOptionSet(invocation, 'force');
  const keyType = keyTypeOf(pinned.keyLabel);
  const given = readPassphraseFile(invocation, context);
  const takeUp = (): Spare | undefined => takeUpSpare(home, { file, pinned, isForced });
  const found = changeHome(home, () => {
    finishPromotions(home, [{ spkiSha256Hex: pinned.spkiSha256Hex, at: context.io.now().toISOString() }]);
    return takeUp();
  });
  if (found !== undefined) {
    if (readIfPresent(home.fs, found.file) === undefined)
      context.say(`${formatPath(found.file, context.io.cwd)} is no longer there; this is the pin of what was in it.\n`);
    return found;
  }
  // Deriving the seal takes tenths of a second, and an RSA key seconds: not under the lock.
  const key = createPrivateKeyOfType(keyType);
  const passphrase = given ?? randomBytes(SEAL_BYTES).toString('base64url');
  const pem = formatPrivateKey(key, passphrase);
  const draft = describeSpare(key, pem, { file, pinned, at: context.io.now().toISOString() });
  const record = { ...draft, ...(given === undefined ? { passphrase } : {}) };
  return changeHome(home, () => takeUp() ?? placeSpare(home, record, pem));
}

/** The spare on record for a key; undefined when there is none, or when it was promoted. */
export function findSpare(spkiSha256Hex: string, home: Home): Spare | undefined {
  const record = findSpareRecord(home, spkiSha256Hex);
  return record === undefined || record.event === 'promoted' ? undefined : toSpare(record);
}

type Wanted = { readonly file: string; readonly pinned: PinnedKey; readonly isForced: boolean };

/** The spare that is there already; undefined when one is to be made. Call it under the lock. @throws FILE_EXISTS, SPARE_EXISTS */
function takeUpSpare(home: Home, { file, pinned, isForced }: Wanted): Spare | undefined {
  const record = findSpareRecord(home, pinned.spkiSha256Hex);
  const isFree = readIfPresent(home.fs, file) === undefined;
  if (record !== undefined && record.event !== 'promoted') {
    const isHere = isSealedIn(home, file, record);
    const isAway = isFree && record.file === file;
    if (isHere && (record.file !== file || record.event === 'sealing'))
      appendSpareRecord(home, { ...record, event: 'sealed', file });
    if (isHere || (isAway && !isForced)) return toSpare({ ...record, file });
    if (!isForced) throw rotationError('SPARE_EXISTS', { file: record.file });
  }
  if (!isFree && !isForced) throw storeError('FILE_EXISTS', { path: file });
  return undefined;
}

/** Puts a sealed key in its place, between its two records. Call it under the lock. */
export function placeSpare(home: Home, record: SpareRecord, pem: string): Spare {
  sweepTemporaries(home.fs, dirname(record.file));
  appendSpareRecord(home, record);
  writeFileAtomically(home.fs, { path: record.file, text: pem, mode: KEY_MODE });
  appendSpareRecord(home, { ...record, event: 'sealed' });
  return toSpare(record);
}

type Place = { readonly file: string; readonly pinned: PinnedKey; readonly at: string };

function describeSpare(key: NodePrivateKey, pem: string, { file, pinned, at }: Place): SpareRecord {
  const [block] = findBlocks(Buffer.from(pem), file, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
  return {
    event: 'sealing',
    at,
    spkiSha256Hex: pinned.spkiSha256Hex,
    spareSpkiSha256Hex: formatHex(createPins(key.subjectKey, nodeSha256).spkiSha256),
    createdAt: at,
    file,
    sealSha256Hex: formatHex(nodeSha256(block?.der ?? new Uint8Array())),
  };
}

function toSpare({ file, spareSpkiSha256Hex, createdAt }: SpareRecord): Spare {
  const spkiSha256 = parseHex(spareSpkiSha256Hex);
  if (spkiSha256 === undefined) throw coreError('PIN_INVALID', { reason: 'the record of the spare key is damaged' });
  return { file, spkiSha256, createdAt };
}

function keyTypeOf(keyLabel: string): KeyType {
  const keyType = KEY_TYPES.find((type) => KEY_TYPE_FACTS[type].label === keyLabel);
  if (keyType === undefined) throw rotationError('SPARE_KEY_KIND', { keyLabel });
  return keyType;
}
