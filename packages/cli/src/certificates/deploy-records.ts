/** @module Which deploy hook belongs to which certificate file: `hooks.jsonl` in the home, one JSON object a line, the last word counts. */
import { appendRecords, readRecords, type Home } from '@mintmark/ca-store';

/** `command` begins with an absolute path; `cwd` is where it was typed. */
export type DeployHook = { readonly command: readonly [string, ...string[]]; readonly cwd: string };

const HOOKS_FILE = 'hooks.jsonl';

type HookRecord = {
  readonly event: 'hook';
  readonly at: string;
  readonly certFile: string;
  /** Absent where the hook was taken away. */
  readonly command?: DeployHook['command'];
  readonly cwd?: string;
};

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

function isHookRecord(record: object): record is HookRecord {
  const { event, certFile, command, cwd } = record as Partial<HookRecord>;
  const isCommand =
    command === undefined ||
    (Array.isArray(command) && command.length > 0 && command.every((word) => typeof word === 'string'));
  return (
    event === 'hook' && typeof certFile === 'string' && isCommand && (cwd === undefined || typeof cwd === 'string')
  );
}

/** Notes a hook for the renewals to come, or that there is none any more. Call it under the home's lock. @throws disk codes */
export function saveDeployHook(
  home: Home,
  certFile: string,
  { hook, now }: { hook: DeployHook | null; now: Date },
): void {
  const known = readDeployHooks(home).get(certFile);
  if (JSON.stringify(known ?? null) === JSON.stringify(hook)) return;
  const record: HookRecord = { event: 'hook', at: now.toISOString(), certFile, ...hook };
  appendRecords(home, HOOKS_FILE, [record]);
}
