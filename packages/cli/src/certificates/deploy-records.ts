/**
 * @module Which deploy hook belongs to which certificate file, and which has yet to run: `hooks.jsonl` in the home, one JSON object a
 * line, the last word counts.
 */
import { appendRecords, errnoOf, readRecords, type Home } from '@mintmark/ca-store';

/** `command` begins with an absolute path; `cwd` is where it was typed. */
export type DeployHook = { readonly command: readonly [string, ...string[]]; readonly cwd: string };

const HOOKS_FILE = 'hooks.jsonl';

/** A hook that has not ended well for the certificate with this SHA-256 (hex). */
export type DueHook = { readonly certSha256Hex: string; readonly hook: DeployHook };

type HookRecord = {
  readonly event: 'hook';
  readonly at: string;
  readonly certFile: string;
  /** Absent where the hook was taken away. */
  readonly command?: DeployHook['command'];
  readonly cwd?: string;
};

/** Comes before the certificate is put in place, so it may be of one that never was. `pid`: who is about to run it. */
type DueRecord = DeployHook & {
  readonly event: 'hook-due';
  readonly at: string;
  readonly certFile: string;
  readonly certSha256Hex: string;
  readonly pid: number;
};

type DoneRecord = { readonly event: 'hook-done'; readonly at: string; readonly certFile: string };

/** By certificate file: the hook on record. @throws disk codes */
export function readDeployHooks(home: Home): Map<string, DeployHook> {
  const hooks = new Map<string, DeployHook>();
  for (const record of readRecords(home, HOOKS_FILE)) {
    if (!isHookRecord(record)) continue;
    const { certFile, command, cwd } = record;
    if (command === undefined || cwd === undefined) hooks.delete(certFile);
    else hooks.set(certFile, { command, cwd });
  }
  return hooks;
}

const isCommand = (command: unknown): boolean =>
  Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === 'string');

function isHookRecord(record: object): record is HookRecord {
  const { event, certFile, command, cwd } = record as Partial<HookRecord>;
  return (
    event === 'hook' &&
    typeof certFile === 'string' &&
    (command === undefined || isCommand(command)) &&
    (cwd === undefined || typeof cwd === 'string')
  );
}

/** No hook runs so long: what is older than this belongs to nobody who is at it still. */
const AT_WORK_MS = 15 * 60_000;

/** By certificate file: hooks that were to run, and of which nobody has said that they ended with 0. @throws disk codes */
export function readDueHooks(home: Home, now: Date): Map<string, DueHook> {
  const due = new Map<string, DueRecord>();
  for (const record of readRecords(home, HOOKS_FILE)) {
    if (isDueRecord(record)) due.set(record.certFile, record);
    else if (isDoneRecord(record)) due.delete(record.certFile);
  }
  const left = [...due.values()].filter((record) => !isAtWork(record, now));
  return new Map(
    left.map(({ certFile, certSha256Hex, command, cwd }) => [certFile, { certSha256Hex, hook: { command, cwd } }]),
  );
}

function isDueRecord(record: object): record is DueRecord {
  const { event, certFile, certSha256Hex, at, command, cwd } = record as Partial<DueRecord>;
  const texts = [certFile, certSha256Hex, at, cwd];
  return event === 'hook-due' && texts.every((text) => typeof text === 'string') && isCommand(command);
}

function isDoneRecord(record: object): record is DoneRecord {
  const { event, certFile } = record as Partial<DoneRecord>;
  return event === 'hook-done' && typeof certFile === 'string';
}

/** Another command is running it just now. */
function isAtWork({ at, pid }: DueRecord, now: Date): boolean {
  const ageMs = now.getTime() - Date.parse(at);
  if (pid === process.pid || !Number.isInteger(pid) || pid <= 0 || !(ageMs >= 0 && ageMs < AT_WORK_MS)) return false;
  try {
    return process.kill(pid, 0);
  } catch (cause) {
    return errnoOf(cause) === 'EPERM';
  }
}

/** Call it under the home's lock, before the certificate is put in place. @throws disk codes */
export function appendDueHook(
  home: Home,
  certFile: string,
  { hook, certSha256Hex, now }: DueHook & { now: Date },
): void {
  const { command, cwd } = hook;
  const at = now.toISOString();
  const record: DueRecord = { event: 'hook-due', at, certFile, certSha256Hex, command, cwd, pid: process.pid };
  appendRecords(home, HOOKS_FILE, [record]);
}

/** Call it under the home's lock. @throws disk codes */
export function appendDoneHook(home: Home, certFile: string, now: Date): void {
  const record: DoneRecord = { event: 'hook-done', at: now.toISOString(), certFile };
  appendRecords(home, HOOKS_FILE, [record]);
}

/** Notes a hook for the renewals to come, or that there is none any more. Call it under the home's lock. @throws disk codes */
export function saveDeployHook(
  home: Home,
  certFile: string,
  { hook, now }: { hook: DeployHook | null; now: Date },
): void {
  const record: HookRecord = { event: 'hook', at: now.toISOString(), certFile, ...hook };
  appendRecords(home, HOOKS_FILE, [record]);
}
