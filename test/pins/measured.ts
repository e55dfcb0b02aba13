/**
 * @module What the tests measured of each client, kept beside them: the documentation's table is made of it, and a client that
 * behaves in another way fails its test. `MINTMARK_RECORD_PINS=1` writes down anew what is seen.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export type Behaviour = 'accepted' | 'refused';

export type Measured = {
  readonly client: string;
  readonly version: string;
  readonly target: string;
  readonly right: Behaviour;
  readonly wrong: Behaviour;
  /** The right pin of a certificate that an unknown CA issued. Absent where the pin is of the CA. */
  readonly issued?: Behaviour;
  readonly expired: Behaviour;
  readonly wrongHost: Behaviour;
  /** Another server that sends the pinned certificate behind its own. */
  readonly appended: Behaviour;
  readonly again: Behaviour | 'one connection';
};

/** By format, then in the order of the table. */
export type MeasuredFile = Readonly<Record<string, Measured>>;

export const isRecording = process.env['MINTMARK_RECORD_PINS'] === '1';

const fileOf = (family: string): string => fileURLToPath(new URL(`measured/${family}.json`, import.meta.url));

export function readMeasured(family: string): MeasuredFile {
  return existsSync(fileOf(family)) ? (JSON.parse(readFileSync(fileOf(family), 'utf8')) as MeasuredFile) : {};
}

export function writeMeasured(family: string, measured: MeasuredFile): void {
  mkdirSync(fileURLToPath(new URL('measured/', import.meta.url)), { recursive: true });
  writeFileSync(fileOf(family), `${JSON.stringify({ ...readMeasured(family), ...measured }, undefined, 2)}\n`);
}
