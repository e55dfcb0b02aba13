/**
 * @module A file of records in the home: one JSON object a line, appended and synced. A torn last line (crash while
 * appending) is skipped by readers and closed by the next writer.
 */
import { join } from 'node:path';
import { syncFolder } from './atomic-write.ts';
import { errnoOf, withDiskErrors } from './disk-error.ts';
import type { Home } from './home.ts';

const RECORDS_MODE = 0o600;
const LINE_FEED = 0x0a;

/** Appends records and syncs: a new file's name too, which a power cut would take otherwise. Call it under a lock. @throws disk codes */
export function appendRecords(home: Home, file: string, records: readonly object[]): void {
  const { fs } = home;
  const path = join(home.path, file);
  withDiskErrors(path, () => {
    const last = fs.readLastByte(path);
    const separator = last !== undefined && last !== LINE_FEED ? '\n' : '';
    const text = records.map((record) => `${JSON.stringify(record)}\n`).join('');
    const fd = fs.openAppend(path, RECORDS_MODE);
    try {
      fs.write(fd, Buffer.from(separator + text));
      fs.sync(fd);
    } finally {
      fs.close(fd);
    }
    // Empty or not there before: the name may be new.
    if (last === undefined) syncFolder(fs, home.path);
  });
}

/** The bytes of the whole file; none when there is no file. @throws disk codes */
export function readRecordBytes({ fs, path }: Home, file: string): Buffer {
  return withDiskErrors(join(path, file), () => {
    try {
      return Buffer.from(fs.readFile(join(path, file)));
    } catch (cause) {
      if (errnoOf(cause) === 'ENOENT') return Buffer.alloc(0);
      throw cause;
    }
  });
}

/** All objects that can be read, oldest first. The caller checks their fields. @throws disk codes */
export function readRecords(home: Home, file: string): object[] {
  return readRecordBytes(home, file)
    .toString()
    .split('\n')
    .flatMap((line) => parseRecord(line) ?? []);
}

function parseRecord(line: string): object | undefined {
  if (line === '') return undefined;
  try {
    const record: unknown = JSON.parse(line);
    return typeof record === 'object' && record !== null ? record : undefined;
  } catch {
    return undefined;
  }
}
