/**
 * @module Which certificates `renew` is about: files or serials by name, or all that are in use, soonest to expire first. Looks into
 * the ledger and at the files; changes nothing.
 */
import { basename, dirname, join, resolve } from 'node:path';
import { isCaError, quoteWord, type CaError } from '@mintmark/ca-core';
import {
  isHomePresent,
  isInLedger,
  listCaNames,
  readIfPresent,
  readLedger,
  storeError,
  withDiskErrors,
  type Home,
  type IssuedEntry,
  isKeyCompromised,
} from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { rotationError } from '../rotation-errors.ts';
import { countDaysLeft } from '../terminal/text.ts';
import { createDigestReader, findCurrentEntries, readCertificateDigest, type CurrentEntry } from './current-entries.ts';
import { spkiHex, tryReadKey } from './key-files.ts';
import { MKCERT_GUEST } from '../mkcert/caroot.ts';
import { isNewKeyAsked } from './order.ts';
import { isRolled } from './webtransport-files.ts';

/**
 * One certificate to renew. `keyFile` is null where the key is elsewhere, as of a signed request. `sharedWith`: another certificate
 * that stands for the key in that file and is not renewed with this one.
 */
export type Choice = {
  readonly entry: IssuedEntry;
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly sharedWith?: string;
};

/** A choice, or why there is none; `target` as typed, or the file. */
export type Pick = {
  readonly target: string;
  readonly entry?: IssuedEntry;
  readonly certFile?: string;
  readonly choose: () => Choice;
};

/**
 * @param rules `takesFuture`: those too that have not begun, as after a clock that ran ahead; whoever takes their CA away leaves none of them
 * @throws ARGUMENT_MISSING, OPTIONS_CONFLICT, OPTION_VALUE, CA_NOT_FOUND; what is wrong with one comes when it is chosen
 */
export function pickRenewals(
  home: Home,
  { invocation, context }: Access,
  { takesFuture = false }: { readonly takesFuture?: boolean } = {},
): Pick[] {
  const words = invocation.positionals;
  const within = optionDays(invocation, 'within');
  const isAll = isOptionSet(invocation, 'all') || within !== undefined;
  const [first] = words;
  if (first !== undefined && isAll)
    throw cliError('OPTIONS_CONFLICT', { first: within === undefined ? '--all' : '--within', second: first });
  if (first === undefined && !isAll)
    throw cliError('ARGUMENT_MISSING', { command: 'renew', argument: 'a certificate file, a serial, or --all' });
  const ca = optionText(invocation, 'ca');
  const ledger = readLedger(home);
  assertCaKnown(home, ca, ledger);
  const now = context.io.now();
  const chosen = new Set<string>();
  const view: View = {
    home,
    ledger,
    current: findCurrentEntries(home.fs, ledger, createDigestReader(home)),
    now,
    ca,
    chosen,
    isNewKey: isNewKeyAsked(invocation),
    takesFuture,
  };
  const picks = first === undefined ? pickAll(within, view) : pickNamed([...new Set(words)], context.io.cwd, view);
  for (const { certFile } of picks) if (certFile !== undefined) chosen.add(certFile);
  return picks;
}

/** `chosen`: the files of this run. */
type View = {
  readonly home: Home;
  readonly ledger: readonly IssuedEntry[];
  readonly current: ReadonlyMap<string, CurrentEntry>;
  readonly now: Date;
  readonly ca: string | undefined;
  readonly chosen: ReadonlySet<string>;
  readonly isNewKey: boolean;
  readonly takesFuture: boolean;
};

/** A CA that was removed has certificates still; one that neither is here nor ever was is a slip. @throws CA_NOT_FOUND */
function assertCaKnown(home: Home, ca: string | undefined, ledger: readonly IssuedEntry[]): void {
  if (ca === undefined || ledger.some((entry) => entry.ca === ca)) return;
  const isHere = isHomePresent(home.fs, home.path) && listCaNames(home).includes(ca);
  if (!isHere) throw storeError('CA_NOT_FOUND', { caName: ca });
}

function pickAll(within: number | undefined, view: View): Pick[] {
  return [...view.current.values()]
    .map(({ entry }) => entry)
    .filter(({ ca }) => view.ca === undefined || ca === view.ca)
    .filter(({ notAfter }) => countDaysLeft(new Date(notAfter), view.now) <= (within ?? Infinity))
    .sort((a, b) => a.notAfter.localeCompare(b.notAfter))
    .map((entry) => pickEntry(entry.certFile, entry, { certFile: entry.certFile, view }));
}

type Place = { readonly certFile: string; readonly view: View };

const pickEntry = (target: string, entry: IssuedEntry, { certFile, view }: Place): Pick => ({
  target,
  entry,
  certFile,
  choose: () => choose(entry, certFile, view),
});

/** One that can't be chosen says so when its turn comes, so that the others get theirs. */
function pickNamed(words: readonly string[], cwd: string, view: View): Pick[] {
  const refuse = (target: string, error: CaError): Pick => ({
    target,
    choose: () => {
      throw error;
    },
  });
  return words.map((target) => {
    try {
      return findNamed(target, cwd, view) ?? refuse(target, rotationError('NOT_ISSUED_HERE', { target }));
    } catch (cause) {
      if (isCaError(cause)) return refuse(target, cause);
      throw cause;
    }
  });
}

function findNamed(target: string, cwd: string, view: View): Pick | undefined {
  const path = resolve(cwd, target);
  const digest = readDigest(view.home, path);
  const entry = view.current.get(path)?.entry ?? view.ledger.findLast((one) => one.certSha256Hex === digest);
  if (entry !== undefined) return pickEntry(target, entry, { certFile: path, view });
  const bySerial = digest === undefined ? findSerial(target, view) : undefined;
  return bySerial === undefined ? undefined : pickEntry(target, bySerial, { certFile: bySerial.certFile, view });
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
  if (view.ca !== undefined && entry.ca !== view.ca)
    throw refuse(
      entry.ca === '' ? `it signs itself, and --ca says "${view.ca}"` : `it is of CA "${entry.ca}", not "${view.ca}"`,
      `leave out --ca; to have it of that CA: mintmark mint ${entry.names.map(quoteWord).join(' ')} --ca ${view.ca}`,
    );
  assertMadeByCommands(entry, certFile, view);
  const digest = readDigest(home, certFile);
  if (digest === undefined) throw refuse('the file is gone', 'make it anew: mintmark mint NAME...');
  if (digest !== entry.certSha256Hex) {
    // Another command may have put it there since we have looked.
    const isReplaced =
      current.get(certFile)?.entry.certSha256Hex === digest || (digest !== '' && isInLedger(home, digest));
    throw isReplaced
      ? refuse('it was replaced by a newer one already', `renew that one: mintmark renew ${quoteWord(certFile)}`)
      : refuse(
          'the file was changed by others',
          'make another at another place: mintmark mint NAME... --cert-file FILE',
        );
  }
  if (isRolled(entry, listEntries(current)))
    throw refuse(
      'it is one of a WebTransport pair, whose hashes are announced',
      `let the next one take over: mintmark self-signed ${entry.names.map(quoteWord).join(' ')} --webtransport`,
    );
  if (new Date(entry.notBefore) > now && !view.takesFuture) throw refuse('it has not begun', 'wait until it is in use');
  if (!view.isNewKey && isKeyCompromised(home, entry.spkiSha256Hex))
    throw refuse(
      'it was revoked because others have its key',
      `with another key: mintmark renew ${quoteWord(certFile)} --new-key`,
    );
  const keyFile = locateKey(entry, certFile, home);
  const sharedWith = keyFile === null ? undefined : findSharer(keyFile, certFile, view);
  return { entry, certFile, keyFile, ...(sharedWith === undefined ? {} : { sharedWith }) };
}

/** What `mkcert` alone makes. Nobody else will renew these, so they count as failures. @throws RENEW_IMPOSSIBLE */
function assertMadeByCommands(
  { ca, names, certSha256Hex }: IssuedEntry,
  certFile: string,
  { home, current }: View,
): void {
  const words = names.map(quoteWord).join(' ');
  const refuse = (reason: string, command: string) => rotationError('RENEW_IMPOSSIBLE', { certFile, reason, command });
  const held = readDigest(home, certFile);
  const isOther = held === '' || (held !== undefined && held !== certSha256Hex && !isInLedger(home, held));
  const isStore = current.get(certFile)?.digest === certSha256Hex && isOther;
  if (isStore) throw refuse('it is in a PKCS#12 file alone', `make it anew: mintmark mkcert -pkcs12 ${words}`);
  if (ca === MKCERT_GUEST && !listCaNames(home).includes(ca))
    throw refuse('the CA that signed it lies in rootCA.pem alone', `make it anew: mintmark mkcert ${words}`);
}

const listEntries = (current: View['current']): readonly IssuedEntry[] =>
  [...current.values()].map(({ entry }) => entry);

/** Where the ledger says, or beside the certificate when both were moved. */
function locateKey(entry: IssuedEntry, certFile: string, home: Home): string | null {
  const { keyFile } = entry;
  if (keyFile === undefined || certFile === entry.certFile) return keyFile ?? null;
  const beside = keyFile === entry.certFile ? certFile : join(dirname(certFile), basename(keyFile));
  const present = [beside, keyFile].filter((path) => readIfPresent(home.fs, path) !== undefined);
  // A folder may hold another certificate's key of the same name.
  const isItsOwn = (path: string): boolean => {
    const key = tryReadKey(home, path);
    return key === undefined || spkiHex(key) === entry.spkiSha256Hex;
  };
  return present.find(isItsOwn) ?? present[0] ?? null;
}

/** A new key in a file that another certificate stands for would leave that one without its key. */
function findSharer(keyFile: string, certFile: string, { current, chosen }: View): string | undefined {
  const standing = [...current.values()].filter(({ entry, digest }) => digest === entry.certSha256Hex);
  const others = standing.map(({ entry }) => entry).filter((entry) => entry.keyFile === keyFile);
  return others.find((entry) => entry.certFile !== certFile && !chosen.has(entry.certFile))?.certFile;
}

/** A folder holds none either. @throws disk codes: what can't be read was not changed by others */
function readDigest({ fs }: Home, path: string): string | undefined {
  if (withDiskErrors(path, () => fs.status(`${path}/.`)) !== undefined) return undefined;
  if (fs.status(path)?.kind === 'other') return ''; // a pipe could be read for ever
  return readIfPresent(fs, path) === undefined ? undefined : readCertificateDigest(fs, path);
}
