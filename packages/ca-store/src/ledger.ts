/**
 * @module The ledger: one JSON object a line, appended and synced before the certificate it tells of is put in place.
 * Human-readable; losing it loses no key. A torn last line (crash while appending) is skipped by readers.
 */
import { join } from 'node:path';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { Home } from './home.ts';

/** What was issued. Times are ISO 8601 UTC; digests lower-case hex; paths absolute; `keyFile` absent for signed CSRs. */
export type IssuedEntry = {
  readonly event: 'issued';
  readonly at: string;
  readonly ca: string;
  readonly profile: 'server' | 'client' | 'self-signed';
  readonly serialHex: string;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly certSha256Hex: string;
  readonly spkiSha256Hex: string;
  readonly certFile: string;
  readonly keyFile?: string;
};

const LEDGER_MODE = 0o600;
const LINE_FEED = 0x0a;

const LEDGER_FILE = 'ledger.jsonl';
const ledgerPath = (home: Home): string => join(home.path, LEDGER_FILE);

/** Appends entries and syncs. Call it under the home's lock. */
export function appendLedger(home: Home, entries: readonly IssuedEntry[]): void {
  const { fs } = home;
  const path = ledgerPath(home);
  withDiskErrors(path, () => {
    const separator = endsInTornLine(home) ? '\n' : '';
    const text = entries.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    const fd = fs.openAppend(path, LEDGER_MODE);
    try {
      fs.write(fd, Buffer.from(separator + text));
      fs.sync(fd);
    } finally {
      fs.close(fd);
    }
  });
}

function endsInTornLine({ fs, path }: Home): boolean {
  const last = fs.readLastByte(join(path, LEDGER_FILE));
  return last !== undefined && last !== LINE_FEED;
}

function readLedgerBytes(home: Home): Buffer {
  try {
    return Buffer.from(home.fs.readFile(ledgerPath(home)));
  } catch (cause) {
    if (errnoOf(cause) === 'ENOENT') return Buffer.alloc(0);
    throw cause;
  }
}

/** All entries that can be read, oldest first. */
export function readLedger(home: Home): IssuedEntry[] {
  const text = withDiskErrors(ledgerPath(home), () => readLedgerBytes(home).toString());
  return text.split('\n').flatMap((line) => parseEntry(line) ?? []);
}

function parseEntry(line: string): IssuedEntry | undefined {
  if (line === '') return undefined;
  try {
    const entry = JSON.parse(line) as Partial<IssuedEntry>;
    const isWhole =
      entry.event === 'issued' &&
      typeof entry.serialHex === 'string' &&
      typeof entry.notAfter === 'string' &&
      Array.isArray(entry.names) &&
      typeof entry.certFile === 'string';
    return isWhole ? (entry as IssuedEntry) : undefined;
  } catch {
    return undefined;
  }
}

/** True when the ledger names this digest (certificate or public key), without parsing it all: it may hold thousands. */
export function isInLedger(home: Home, sha256Hex: string): boolean {
  return withDiskErrors(ledgerPath(home), () => readLedgerBytes(home).includes(`"${sha256Hex}"`));
}
