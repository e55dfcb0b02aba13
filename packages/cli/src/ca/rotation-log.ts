/**
 * @module What a rotation must remember beside the two CAs: the stores that it is about, the certificates that it replaced, and how far
 * it came. One file in the home, one JSON object a line; it goes with the rotation. Private keys are never in it.
 */
import { join } from 'node:path';
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  appendRecords,
  readRecords,
  removeIfPresent,
  withDiskErrors,
  type Home,
  type KeyProtection,
  type StoredCa,
} from '@mintmark/ca-store';

/** Digests are lower-case hex. */
type Begun = { readonly event: 'begun'; readonly at: string; readonly ca: string; readonly stores: readonly string[] };
/** `certPem`: the chain that the file held. */
export type Kept = {
  readonly event: 'kept';
  readonly certFile: string;
  readonly certSha256Hex: string;
  readonly certPem: string;
};
/** `ending`: from here on the old CA may be gone; `undoing`: the new one. The root is that of the CA that stays. `key`: where that one's lies, which nothing else would know then. */
export type Turn = {
  readonly event: 'ending' | 'undoing';
  readonly rootSha256Hex: string;
  readonly key?: KeyProtection;
};

export type RotationLog = {
  /** Ids of stores. */
  readonly stores: readonly string[];
  /** By file, as it was before it was replaced. */
  readonly kept: ReadonlyMap<string, Kept>;
  readonly turn: Turn | undefined;
};

const fileOf = (ca: string): string => `rotation-${ca}.jsonl`;

/** Call it under the lock of the home. */
export function beginLog(home: Home, entry: Omit<Begun, 'event'>): void {
  removeLog(home, entry.ca);
  appendRecords(home, fileOf(entry.ca), [{ event: 'begun', ...entry } satisfies Begun]);
}

/** Call it under the lock of the home. */
export function appendLog(home: Home, ca: string, entries: readonly (Kept | Turn)[]): void {
  if (entries.length > 0) appendRecords(home, fileOf(ca), entries);
}

/** Call it under the lock of the home. @throws disk codes */
export function removeLog(home: Home, ca: string): void {
  const path = join(home.path, fileOf(ca));
  withDiskErrors(path, () => removeIfPresent(home.fs, path));
}

/** Undefined where no rotation was begun, or its file is gone. */
export function readLog(home: Home, ca: string): RotationLog | undefined {
  const records = readRecords(home, fileOf(ca));
  const begun = records.find(isBegun);
  if (begun === undefined) return undefined;
  const kept = new Map(records.filter(isKept).map((entry) => [entry.certFile, entry]));
  return { stores: begun.stores, kept, turn: records.findLast(isTurn) };
}

const eventOf = (record: object): unknown => ('event' in record ? record.event : undefined);

function isBegun(record: object): record is Begun {
  const { stores } = record as Partial<Begun>;
  return eventOf(record) === 'begun' && Array.isArray(stores) && stores.every((id) => typeof id === 'string');
}

function isKept(record: object): record is Kept {
  const { certFile, certSha256Hex, certPem } = record as Partial<Kept>;
  const isText = [certFile, certSha256Hex, certPem].every((field) => typeof field === 'string');
  return eventOf(record) === 'kept' && isText;
}

function isTurn(record: object): record is Turn {
  const { key, rootSha256Hex } = record as Partial<Turn>;
  if (typeof rootSha256Hex !== 'string') return false;
  return ['ending', 'undoing'].includes(String(eventOf(record))) && (key === undefined || isProtection(key));
}

export const rootDigest = ({ rootDer }: Pick<StoredCa, 'rootDer'>): string => formatHex(nodeSha256(rootDer));

function isProtection(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { kind, account, json } = value as Readonly<Record<string, unknown>>;
  if (kind === 'secret-store') return typeof account === 'string';
  return kind === 'token' ? typeof json === 'string' : typeof kind === 'string';
}
