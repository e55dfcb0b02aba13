/**
 * @module What lies in the folders of a private machine, for "as if nothing had happened": path, kind, mode, owner, and digest
 * or link target. Java's key stores and NSS databases differ in their bytes after every change, so their entries are compared.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { QUICK_TOOL } from '../programs/java.ts';
import type { PrivateMachine } from './private-machine.ts';

export type Snapshot = ReadonlyMap<string, string>;

/** Everything that an install as root may touch outside the user's own folder. */
const SYSTEM_FOLDERS = ['/etc', '/usr/local/share', '/usr/share/firefox-esr', '/var/lib/ca-certificates-java'];

/** Files of an NSS database; `cert9.db` stands for them all. */
const NSS_FILES = new Set(['cert9.db', 'key4.db', 'pkcs11.txt']);
const JAVA_STORES = /\/(java|security)\/cacerts$/;

/** The system's folders. Call it after one run of `update-ca-certificates` that changes nothing. */
export const takeSnapshot = (machine: PrivateMachine): Promise<Snapshot> => takeAll(machine, SYSTEM_FOLDERS);

/** One folder alone. */
export const takeFolderSnapshot = (machine: PrivateMachine, folder: string): Promise<Snapshot> =>
  takeAll(machine, [folder]);

async function takeAll(machine: PrivateMachine, folders: readonly string[]): Promise<Snapshot> {
  const lines = new Map<string, string>();
  for (const folder of folders) {
    for (const path of listPaths(machine, folder)) lines.set(path, await describe(machine, path));
  }
  return lines;
}

function listPaths(machine: PrivateMachine, folder: string): string[] {
  if (!existsSync(machine.path(folder))) return [];
  const names = readdirSync(machine.path(folder), { withFileTypes: true });
  return [
    folder,
    ...names.flatMap((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory() ? listPaths(machine, path) : [path];
    }),
  ];
}

async function describe(machine: PrivateMachine, path: string): Promise<string> {
  const status = lstatSync(machine.path(path));
  const rights = `${(status.mode & 0o7777).toString(8)} ${status.uid}:${status.gid}`;
  if (status.isSymbolicLink()) return `link ${readlinkSync(machine.path(path))}`;
  if (status.isDirectory()) return `folder ${rights}`;
  if (!status.isFile()) return `other ${rights}`;
  return `file ${rights} ${await describeContent(machine, path)}`;
}

async function describeContent(machine: PrivateMachine, path: string): Promise<string> {
  const name = path.slice(dirname(path).length + 1);
  const sha256Hex = createHash('sha256')
    .update(readFileSync(machine.path(path)))
    .digest('hex');
  if (JAVA_STORES.test(path)) return describeJavaStore(machine, path, sha256Hex);
  const isNss = NSS_FILES.has(name) && existsSync(machine.path(join(dirname(path), 'cert9.db')));
  if (!isNss)
    return createHash('sha256')
      .update(readFileSync(machine.path(path)))
      .digest('hex');
  return name === 'cert9.db' ? (await listNssEntries(machine, dirname(path))).join('\n') : 'see cert9.db';
}

/** Java takes long to list one, and most are what they were. */
const javaStores = new Map<string, string>();

async function describeJavaStore(machine: PrivateMachine, path: string, sha256Hex: string): Promise<string> {
  const known = javaStores.get(sha256Hex) ?? (await listJavaEntries(machine, path)).join('\n');
  javaStores.set(sha256Hex, known);
  return known;
}

/** `alias SHA-256` of every entry, sorted, by Java's own tool. */
export async function listJavaEntries(machine: PrivateMachine, file: string): Promise<string[]> {
  const command = ['keytool', ...QUICK_TOOL, '-list', '-keystore', file, '-storepass', 'changeit'];
  const { stdout } = await machine.runOrThrow(command, { env: { LC_ALL: 'C' } });
  const entries = [
    ...stdout.matchAll(/^(.+), \w{3} \d+, \d{4}, trustedCertEntry, ?\s*Certificate fingerprint \(SHA-256\): (\S+)/gm),
  ];
  return entries.map(([, alias, digest]) => `${alias ?? ''} ${digest ?? ''}`).sort();
}

/** Nickname, trust and SHA-256 of every certificate in an NSS database, sorted, by NSS's own tool. */
export async function listNssEntries(machine: PrivateMachine, folder: string): Promise<string[]> {
  const database = ['-d', `sql:${folder}`];
  const { stdout } = await machine.runOrThrow(['certutil', '-L', ...database]);
  const rows = [...stdout.matchAll(/^(\S.*?)\s+([a-zA-Z]*,[a-zA-Z]*,[a-zA-Z]*)\s*$/gm)];
  const entries: string[] = [];
  for (const [, nickname = '', trust = ''] of rows) {
    const shown = await machine.runOrThrow(['certutil', '-L', ...database, '-n', nickname, '-a']);
    entries.push(`${nickname} ${trust} ${createHash('sha256').update(shown.stdout).digest('hex')}`);
  }
  return entries.sort();
}

/** What differs, in words for a failed expectation: empty when nothing does. */
export function compareSnapshots(before: Snapshot, after: Snapshot): string[] {
  const paths = [...new Set([...before.keys(), ...after.keys()])].sort();
  return paths.flatMap((path) => {
    const [was, is] = [before.get(path), after.get(path)];
    if (was === is) return [];
    if (was === undefined) return [`new: ${path} ${is ?? ''}`];
    return is === undefined ? [`lost: ${path}`] : [`changed: ${path}\n  ${differences(was, is)}`];
  });
}

function differences(was: string, is: string): string {
  const [old, now] = [was.split('\n'), is.split('\n')];
  const lost = old.filter((line) => !now.includes(line)).map((line) => `- ${line}`);
  return [...lost, ...now.filter((line) => !old.includes(line)).map((line) => `+ ${line}`)].join('\n  ');
}

/** Links in OpenSSL's folder that lead nowhere: the most usual leftover. */
export function listDanglingLinks(machine: PrivateMachine, folder = '/etc/ssl/certs'): string[] {
  return readdirSync(machine.path(folder))
    .map((name) => join(folder, name))
    .filter((path) => lstatSync(machine.path(path)).isSymbolicLink())
    .filter((path) => {
      const target = readlinkSync(machine.path(path));
      const absolute = target.startsWith('/') ? target : join(folder, target);
      return !leadsSomewhere(machine, absolute);
    });
}

/** One more link may follow: `HASH.0 -> NAME.pem -> anchor`. */
function leadsSomewhere(machine: PrivateMachine, path: string): boolean {
  try {
    const status = lstatSync(machine.path(path));
    if (!status.isSymbolicLink()) return statSync(machine.path(path)).isFile();
    const target = readlinkSync(machine.path(path));
    return leadsSomewhere(machine, target.startsWith('/') ? target : join(dirname(path), target));
  } catch {
    return false;
  }
}
