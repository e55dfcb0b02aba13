/** @module Facts of keys and pins in tests of rotation, by Node's own parser and by OpenSSL. */
import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Desk, Printed } from './desk.ts';
import { readLeaf } from './minted-facts.ts';

const pinOfKey = (key: KeyObject): string =>
  createHash('sha256')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('base64');

/** SPKI pin in base64 of the first certificate of a file. */
export const certificatePin = (path: string): string => pinOfKey(readLeaf(path).publicKey);

/** SPKI pin in base64 of a private key file. */
export const keyPin = (path: string, passphrase = ''): string =>
  pinOfKey(createPublicKey(createPrivateKey({ key: readFileSync(path), passphrase })));

/** The SPKI pin that a certificate of --json has. */
export const printedPin = (printed: Printed): unknown => (printed['pins'] as Printed)['spkiSha256Base64'];

/** Makes the spare of a file's key, or finds it; its pin in base64. */
export async function backUp(desk: Desk, file: string, spare: string, ...more: readonly string[]): Promise<string> {
  const printed = await desk.json(['pin', file, '--backup', spare, ...more]);
  const [target] = printed['targets'] as readonly Printed[];
  const pin = target?.['backupSpkiSha256Base64'];
  if (typeof pin !== 'string') throw new Error(`no backup pin: ${JSON.stringify(printed)}`);
  return pin;
}

const recordsFile = (desk: Desk): string => join(desk.home, 'spares.jsonl');

/** The lines of the home's records of spares. */
export const readRecords = (desk: Desk): readonly Printed[] =>
  readFileSync(recordsFile(desk), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Printed);

/** Puts the records back to what they were when a command was cut off. */
export function writeRecords(desk: Desk, records: readonly Printed[]): void {
  writeFileSync(recordsFile(desk), records.map((record) => `${JSON.stringify(record)}\n`).join(''));
}

/** What a command leaves that was cut off between ledger and files: for each file an entry of which nothing else came. */
export function forgetToPlace(desk: Desk): void {
  const ledger = join(desk.home, 'ledger.jsonl');
  const lines = readFileSync(ledger, 'utf8').trim().split('\n');
  const entries = lines.map((line) => JSON.parse(line) as Printed);
  const orphans = [...new Map(entries.map((entry) => [entry['certFile'], entry])).values()].map((entry) => ({
    ...entry,
    certSha256Hex: createHash('sha256').update(JSON.stringify(entry)).digest('hex'),
    serialHex: '7f'.repeat(16),
  }));
  writeFileSync(ledger, [...entries, ...orphans].map((entry) => `${JSON.stringify(entry)}\n`).join(''));
}
