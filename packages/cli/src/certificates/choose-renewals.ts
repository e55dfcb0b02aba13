/**
 * @module Which certificates `renew` is about: files or serials by name, or all that are in use, soonest to expire first. Looks into
 * the ledger and at the files; changes nothing.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { readIfPresent, readLedger, type Home, type IssuedEntry } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { rotationError } from '../rotation-errors.ts';
import { countDaysLeft } from '../terminal/text.ts';
import { findCurrentEntries, readCertificateDigest, type CurrentEntry } from './current-entries.ts';
import { isRolled } from './webtransport-files.ts';

/** One certificate to renew. `keyFile` is null where the key is elsewhere, as of a signed request. */
export type Choice = { readonly entry: IssuedEntry; readonly certFile: string; readonly keyFile: string | null };

/** A choice, or why there is none; `target` as typed, or the file. */
export type Pick = { readonly target: string; readonly entry?: IssuedEntry; readonly choose: () => Choice };

/** @throws ARGUMENT_MISSING, OPTIONS_CONFLICT, OPTION_VALUE; what is wrong with one certificate comes when it is chosen */
export function pickRenewals(home: Home, { invocation, context }: Access): Pick[] {
  const words = invocation.positionals;
  const within = optionDays(invocation, 'within');
  const isAll = isOptionSet(invocation, 'all') || within !== undefined;
  const [first] = words;
  if (first !== undefined && isAll)
    throw cliError('OPTIONS_CONFLICT', { first: within === undefined ? '--all' : '--within', second: first });
  if (first === undefined && !isAll)
    throw cliError('ARGUMENT_MISSING', { command: 'renew', argument: 'a certificate file, a serial, or --all' });
  const ledger = readLedger(home);
  const now = context.io.now();
  const view: View = { home, ledger, current: findCurrentEntries(home.fs, ledger), now };
  if (first !== undefined) return pickNamed([...new Set(words)], context.io.cwd, view);
  const ca = optionText(invocation, 'ca');
  return [...view.current.values()]
    .map(({ entry }) => entry)
    .filter((entry) => ca === undefined || entry.ca === ca)
    .filter((entry) => countDaysLeft(new Date(entry.notAfter), now) <= (within ?? Infinity))
    .sort((a, b) => a.notAfter.localeCompare(b.notAfter))
    .map((entry) => ({ target: entry.certFile, entry, choose: () => choose(entry, entry.certFile, view) }));
}

type View = {
  readonly home: Home;
  readonly ledger: readonly IssuedEntry[];
  readonly current: ReadonlyMap<string, CurrentEntry>;
  readonly now: Date;
};

function pickNamed(words: readonly string[], cwd: string, view: View): Pick[] {
  return words.map((target) => {
    const path = resolve(cwd, target);
    const digest = readDigest(view.home, path);
    const entry = view.current.get(path)?.entry ?? view.ledger.findLast((one) => one.certSha256Hex === digest);
    if (entry !== undefined) return { target, entry, choose: () => choose(entry, path, view) };
    const bySerial = digest === undefined ? findSerial(target, view) : undefined;
    if (bySerial !== undefined)
      return { target, entry: bySerial, choose: () => choose(bySerial, bySerial.certFile, view) };
    const choice = (): never => {
      throw rotationError('NOT_ISSUED_HERE', { target });
    };
    return { target, choose: choice };
  });
}

const HEX_SERIAL = /^[0-9a-f]{2,40}$/;
const bareSerial = (hex: string): string => hex.replace(/^0+/, '');

function findSerial(word: string, { ledger }: View): IssuedEntry | undefined {
  const hex = word.replaceAll(':', '').toLowerCase();
  if (!HEX_SERIAL.test(hex)) return undefined;
  return ledger.findLast(({ serialHex }) => bareSerial(serialHex) === bareSerial(hex));
}

/** @throws RENEW_IMPOSSIBLE for what is not there, is something else, or is renewed in another way */
function choose(entry: IssuedEntry, certFile: string, view: View): Choice {
  const { home, current, now } = view;
  const refuse = (reason: string, command: string) =>
    rotationError('RENEW_IMPOSSIBLE', { certFile, reason, command, isExpected: true });
  const digest = readDigest(home, certFile);
  if (digest === undefined) throw refuse('the file is gone', 'make it anew: mintmark mint NAME...');
  if (digest !== entry.certSha256Hex) {
    const isReplaced = current.get(certFile)?.entry.certSha256Hex === digest;
    throw isReplaced
      ? refuse('it was replaced by a newer one already', `renew that one: mintmark renew ${certFile}`)
      : refuse(
          'the file was changed by others',
          'make another at another place: mintmark mint NAME... --cert-file FILE',
        );
  }
  if (isRolled(entry, listEntries(current)))
    throw refuse(
      'it is one of a WebTransport pair, whose hashes are announced',
      `let the next one take over: mintmark self-signed ${entry.names.join(' ')} --webtransport`,
    );
  if (new Date(entry.notBefore) > now) throw refuse('it has not begun', 'wait until it is in use');
  return { entry, certFile, keyFile: locateKey(entry, certFile, home) };
}

const listEntries = (current: View['current']): readonly IssuedEntry[] =>
  [...current.values()].map(({ entry }) => entry);

/** Where the ledger says, or beside the certificate when both were moved. */
function locateKey(entry: IssuedEntry, certFile: string, home: Home): string | null {
  const { keyFile } = entry;
  if (keyFile === undefined || certFile === entry.certFile) return keyFile ?? null;
  const beside = keyFile === entry.certFile ? certFile : join(dirname(certFile), basename(keyFile));
  return [beside, keyFile].find((path) => readIfPresent(home.fs, path) !== undefined) ?? null;
}

/** A folder holds none either. */
const readDigest = ({ fs }: Home, path: string): string | undefined =>
  fs.status(`${path}/.`) === undefined ? readCertificateDigest(fs, path) : undefined;
