/**
 * @module What this home put into which scheduler: `timers.jsonl`, one JSON object a line. It tells files of our making from files that
 * somebody changed or wrote; losing it leaves those that are exactly as they would be written again.
 */
import { appendRecords, readRecords, type Home } from '@mintmark/ca-store';

const TIMERS_FILE = 'timers.jsonl';

export type TimerRecord = {
  readonly event: 'installing' | 'installed' | 'uninstalled';
  readonly at: string;
  readonly scheduler: string;
  readonly name: string;
  readonly texts: readonly { readonly path: string; readonly sha256Hex: string }[];
  /** Folders that were not there before. */
  readonly created: readonly string[];
};

/** Call it under the home's lock. @throws disk codes */
export const appendTimerRecord = (home: Home, record: TimerRecord): void => appendRecords(home, TIMERS_FILE, [record]);

/** All that can be read, oldest first. @throws disk codes */
export const readTimerRecords = (home: Home): TimerRecord[] => readRecords(home, TIMERS_FILE).filter(isTimerRecord);

function isTimerRecord(record: object): record is TimerRecord {
  const { event, name, texts, created } = record as Partial<TimerRecord>;
  const isText = (one: unknown): boolean =>
    typeof one === 'object' && one !== null && 'path' in one && 'sha256Hex' in one;
  return (
    typeof event === 'string' &&
    typeof name === 'string' &&
    Array.isArray(texts) &&
    texts.every(isText) &&
    Array.isArray(created) &&
    created.every((path) => typeof path === 'string')
  );
}
