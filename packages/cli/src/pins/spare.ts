/**
 * @module Spare keys: made and sealed beside a key in use, so that clients can hold both pins before the first is replaced.
 * The record of the home goes before the file and is confirmed behind it: a crash between leaves a file that the record knows, or
 * a record that nobody heeds.
 */
import { randomBytes } from 'node:crypto';
import { dirname, sep } from 'node:path';
import {
  coreError,
  createPins,
  findBlocks,
  formatHex,
  isCaError,
  KEY_TYPE_FACTS,
  KEY_TYPES,
  parseHex,
  PRIVATE_KEY_LABELS,
  type Bytes,
  type KeyType,
} from '@mintmark/ca-core';
import {
  createPrivateKeyOfType,
  formatPrivateKey,
  isPrivateKeyEncrypted,
  nodeSha256,
  parsePrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import {
  appendSpareRecord,
  changeHome,
  KEY_MODE,
  readIfPresent,
  readLedger,
  storeError,
  sweepTemporaries,
  writeFileAtomically,
  type Home,
  type SpareRecord,
} from '@mintmark/ca-store';
import { assertFilePlaces } from '../certificates/file-names.ts';
import { findKeyBlocks, spkiHex } from '../certificates/key-files.ts';
import {
  digestOfKeyFile,
  findSpareInFile,
  findSpareRecord,
  isSealedIn,
  settlePromotion,
} from '../certificates/spare-records.ts';
import type { Access, Context } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { readPassphraseFile, readSparePassphrase } from '../passphrase.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';

/** A sealed spare key. `file`: where it was put; `createdAt`: ISO 8601 UTC; `isLost`: no key is in that file any more. */
export type Spare = {
  readonly file: string;
  readonly spkiSha256: Bytes;
  readonly createdAt: string;
  readonly isLost: boolean;
};

/** The key that the spare stands by for. */
export type PinnedKey = { readonly spkiSha256Hex: string; readonly keyLabel: string };

const SEAL_BYTES = 32;

/**
 * Makes the sealed spare of a key, or finds the one that is there, under its old name or a new one. `file` is absolute. `--force`
 * makes another. Sealed with `--spare-passphrase-file`, else with a passphrase that only this home knows.
 * @throws FILE_EXISTS, SPARE_EXISTS, SPARE_KEY_KIND, SPARE_PLACE_TAKEN, PASSPHRASE_EMPTY, disk codes
 */
export async function createSpare(file: string, pinned: PinnedKey, access: Access): Promise<Spare> {
  const { invocation, context } = access;
  assertFilePlaces([file], context);
  const home = context.home();
  const keyType = keyTypeOf(pinned.keyLabel);
  const wanted: Wanted = { file, pinned, isForced: isOptionSet(invocation, 'force'), cwd: context.io.cwd };
  const [given, opening] = [readSparePassphrase(access), readPassphraseFile(invocation, context)];
  const found = changeHome(home, () => {
    settlePromotion(home, pinned.spkiSha256Hex, opening);
    return takeUpSpare(home, wanted);
  });
  if (found !== undefined) {
    if (found.isLost) context.say(renderLoss(found, context));
    return found;
  }
  // Deriving the seal takes tenths of a second, and an RSA key seconds: not under the lock.
  const key = createPrivateKeyOfType(keyType);
  const passphrase = given ?? randomBytes(SEAL_BYTES).toString('base64url');
  const pem = formatPrivateKey(key, passphrase);
  const draft = describeSpare(key, pem, { file, pinned, at: context.io.now().toISOString() });
  const record = { ...draft, ...(given === undefined ? { passphrase } : {}) };
  return changeHome(home, () => takeUpSpare(home, wanted) ?? placeSpare(home, record, pem));
}

/** The spare on record for a key; undefined when there is none, or when it was promoted. */
export function findSpare(spkiSha256Hex: string, home: Home): Spare | undefined {
  const record = findSpareRecord(home, spkiSha256Hex);
  return record === undefined || record.event === 'promoted' ? undefined : toSpare(home, record);
}

/** What is said of a pin that nobody has the key of here. */
export function renderLoss({ file }: Spare, { io, talkStyle }: Context): string {
  const path = formatPath(file, io.cwd);
  return `${talkStyle.yellow('note')}: the spare key is lost, or elsewhere for now: ${path} holds none; its pin is of no use without it.\n`;
}

type Wanted = {
  readonly file: string;
  readonly pinned: PinnedKey;
  readonly isForced: boolean;
  readonly cwd: string;
};

/**
 * The spare that is there already; undefined when one is to be made. Call it under the lock.
 * @throws FILE_EXISTS, SPARE_EXISTS, SPARE_PLACE_TAKEN
 */
function takeUpSpare(home: Home, { file, pinned, isForced, cwd }: Wanted): Spare | undefined {
  const record = findSpareRecord(home, pinned.spkiSha256Hex);
  const isFree = readIfPresent(home.fs, file) === undefined;
  if (record !== undefined && record.event !== 'promoted' && !isForced) {
    const isHere = isSealedIn(home, file, record);
    if (isHere && (record.file !== file || record.event === 'sealing'))
      appendSpareRecord(home, { ...record, event: 'sealed', file });
    if (isHere || (isFree && record.file === file)) return toSpare(home, { ...record, file });
    throw rotationError('SPARE_EXISTS', { file: formatPath(record.file, cwd) });
  }
  const reason = isFree ? undefined : findNeed(home, file, pinned);
  if (reason !== undefined) throw rotationError('SPARE_PLACE_TAKEN', { file: formatPath(file, cwd), reason });
  if (!isFree && !isForced) throw storeError('FILE_EXISTS', { path: file });
  return undefined;
}

/** Why what the file holds must not be lost, whatever is forced; undefined when it may. */
function findNeed(home: Home, file: string, { spkiSha256Hex }: PinnedKey): string | undefined {
  if (file.startsWith(home.path + sep)) return 'it is a file of this home';
  const ledger = readLedger(home);
  if (ledger.some(({ keyFile }) => keyFile === file)) return 'it is the key file of a certificate';
  const keys = findKeyBlocks(home, file).filter((block) => !isPrivateKeyEncrypted(block));
  const digests = keys.map(({ pem }) => tryHashKey(pem));
  if (ledger.some((entry) => digests.includes(entry.spkiSha256Hex))) return 'it holds the key of a certificate';
  const sealed = findSpareInFile(home, file);
  return sealed === undefined || sealed.spkiSha256Hex === spkiSha256Hex ? undefined : 'it is the spare of another key';
}

function tryHashKey(pem: string): string | undefined {
  try {
    return spkiHex(parsePrivateKey(Buffer.from(pem), { what: 'the key' }));
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** Puts a sealed key in its place, between its two records. Call it under the lock. */
export function placeSpare(home: Home, record: SpareRecord, pem: string): Spare {
  sweepTemporaries(home.fs, dirname(record.file));
  appendSpareRecord(home, record);
  writeFileAtomically(home.fs, { path: record.file, text: pem, mode: KEY_MODE });
  appendSpareRecord(home, { ...record, event: 'sealed' });
  return toSpare(home, record);
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

function toSpare(home: Home, { file, spareSpkiSha256Hex, createdAt }: SpareRecord): Spare {
  const spkiSha256 = parseHex(spareSpkiSha256Hex);
  if (spkiSha256 === undefined) throw coreError('PIN_INVALID', { reason: 'the record of the spare key is damaged' });
  return { file, spkiSha256, createdAt, isLost: digestOfKeyFile(home, file) === undefined };
}

function keyTypeOf(keyLabel: string): KeyType {
  const keyType = KEY_TYPES.find((type) => KEY_TYPE_FACTS[type].label === keyLabel);
  if (keyType === undefined) throw rotationError('SPARE_KEY_KIND', { keyLabel });
  return keyType;
}
