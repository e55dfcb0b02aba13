/**
 * @module `-install`, `-uninstall` and the notes about stores that lack the root. mkcert's three words for stores stand for ours; a
 * failure in one never stops another, and every one is told.
 */
import { join } from 'node:path';
import { escapeControls, formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { StoreId, StoreReport, TrustAnchor } from '@mintmark/install';
import { listInstalled, readJournal } from '@mintmark/install/journal';
import type { Access, Context } from '../command.ts';
import type { Authorities } from './authorities.ts';
import { ROOT_FILE } from './caroot.ts';
import { mkcertCommandLine } from './link.ts';

type StoreWord = 'system' | 'java' | 'nss';

/** What each word of TRUST_STORES stands for, in the order of work. */
const STORES: Readonly<Record<StoreWord, readonly StoreId[]>> = {
  system: ['system'],
  nss: ['chromium', 'firefox'],
  java: ['java'],
};
const WORDS = ['system', 'nss', 'java'] as const;

/** `unknown`: words that stand for nothing. */
export type TrustStores = { readonly words: readonly StoreWord[]; readonly unknown: readonly string[] };

/** All where nothing is said. Java's are left alone without JAVA_HOME, which tools unset to be spared of them. */
export function readTrustStores({ env }: Pick<Context['io'], 'env'>): TrustStores {
  const given = (env['TRUST_STORES'] ?? '').split(',').map((word) => word.trim());
  const named = given.filter((word) => word !== '');
  const isWanted = (word: StoreWord): boolean => named.length === 0 || named.includes(word);
  const hasJava = (env['JAVA_HOME'] ?? '') !== '';
  return {
    words: WORDS.filter((word) => isWanted(word) && (word !== 'java' || hasJava)),
    unknown: named.filter((word) => !WORDS.some((known) => known === word)),
  };
}

/** False where some store failed, or lacks rights that somebody could give. */
export type Change = { readonly isDone: boolean; readonly text: string };

/** Puts the roots of all CAs of the folder into the stores, or takes them out. */
export async function changeTrust(
  direction: 'install' | 'uninstall',
  authorities: Authorities,
  access: Access,
): Promise<Change> {
  const { words } = readTrustStores(access.context.io);
  if (words.length === 0) return { isDone: true, text: '\n' };
  const { installAnchor, uninstallAnchor } = await import('@mintmark/install');
  const { createInstallContext } = await import('../trust/install-context.ts');
  const options = { stores: words.flatMap((word) => STORES[word]).join(','), all: true };
  const own = { invocation: { positionals: [], options }, context: access.context };
  const anchors = await listAnchors(direction, authorities, own);
  const install = createInstallContext(own, { isDryRun: false });
  const changed: { anchor: TrustAnchor; reports: StoreReport[] }[] = [];
  for (const anchor of anchors) {
    const change = direction === 'install' ? installAnchor : uninstallAnchor;
    changed.push({ anchor, reports: await change(anchor, install) });
  }
  const lines = changed.flatMap(({ anchor, reports }) =>
    reports.map((report) => renderReport(direction, nameOf(anchor, anchors), report)),
  );
  const text = lines.length === 0 ? 'No trust store of this machine holds a root of this CA.\n' : lines.join('');
  return { isDone: !changed.some(({ reports }) => reports.some(isStopped)), text: `${text}\n` };
}

/** Those that are gone count for taking out: the journal knows them. */
async function listAnchors(
  direction: 'install' | 'uninstall',
  { home, own, guest }: Authorities,
  access: Access,
): Promise<TrustAnchor[]> {
  const { createAnchor } = await import('@mintmark/install');
  const { anchorOf, chooseRootsToUninstall } = await import('../trust/choose-roots.ts');
  const certFile = join(home.path, ROOT_FILE);
  const guests =
    guest === undefined ? [] : [createAnchor({ caName: guest.ca.name, certDer: guest.ca.rootDer, certFile })];
  const ours = direction === 'install' ? own.map(anchorOf) : chooseRootsToUninstall(access);
  const others = ours.filter(({ sha256Hex }) => guests.every((anchor) => anchor.sha256Hex !== sha256Hex));
  return [...guests, ...others];
}

const nameOf = ({ caName }: TrustAnchor, anchors: readonly TrustAnchor[]): string =>
  anchors.length === 1 ? 'The local CA' : `The local CA "${caName}"`;

const STORE_NAMES: Readonly<Partial<Record<StoreId, string>>> = {
  system: 'the system trust store',
  chromium: 'the Chrome/Chromium trust store',
  firefox: 'the Firefox trust store (requires browser restart)',
  java: "Java's trust store",
};

function renderReport(direction: 'install' | 'uninstall', who: string, report: StoreReport): string {
  const store = STORE_NAMES[report.id] ?? report.name;
  const trouble = renderTrouble(report);
  if (direction === 'install') {
    if (report.state === 'trusted')
      return `${who} is ${report.isChanged ? 'now' : 'already'} installed in ${store}\n${trouble}`;
    return `${who} is not installed in ${store}\n${trouble}`;
  }
  if (isStopped(report)) return `${who} is still in ${store}\n${trouble}`;
  return report.isChanged ? `${who} is now uninstalled from ${store}\n` : `${who} was not in ${store}\n`;
}

/** Why, and what to type, for each place that is not as it should be. */
function renderTrouble({ places }: StoreReport): string {
  return places
    .filter(({ state }) => state === 'failed' || state === 'unavailable')
    .flatMap(({ detail, hint, commands = [] }) => [detail, hint, ...commands.map((command) => `  ${command}`)])
    .filter((line) => line !== undefined)
    .map((line) => `  ${escapeControls(line)}\n`)
    .join('');
}

const isStopped = ({ state, places }: StoreReport): boolean =>
  state === 'failed' || places.some(({ commands, state: place }) => commands !== undefined || place === 'failed');

/** Which stores the journal does not know to hold the root, of those that this machine has; no store is opened. */
export function renderNotes({ home, guest }: Authorities, rootDer: Uint8Array, context: Context): string {
  const { words } = readTrustStores(context.io);
  const digest = formatHex(nodeSha256(rootDer));
  const known = listInstalled(readJournal(home)).filter(
    ({ rootSha256Hex, event }) => rootSha256Hex === digest && event === 'installed',
  );
  const isKnown = (word: StoreWord): boolean => known.some(({ store }) => STORES[word].some((id) => id === store));
  // What mkcert itself installed is in no journal of ours, and nothing here says that it is not there.
  const isGuest = guest !== undefined && formatHex(nodeSha256(guest.ca.rootDer)) === digest;
  const missing = isGuest ? [] : words.filter((word) => !isKnown(word) && isPresent(word, context));
  if (missing.length === 0) return '';
  const lines = missing.map((word) => `Note: the local CA is not installed in ${NOTE_NAMES[word]}.\n`);
  return `${lines.join('')}Run "${mkcertCommandLine()} -install" for certificates to be trusted automatically\n`;
}

const NOTE_NAMES: Readonly<Record<StoreWord, string>> = {
  system: 'the system trust store',
  nss: 'the Firefox and/or Chrome/Chromium trust store',
  java: 'the Java trust store',
};

/** Places that only a machine with such a store has; relative ones are in the person's folder. */
const NSS_PLACES = [
  '.local/share/pki/nssdb',
  '.pki/nssdb',
  '.mozilla/firefox',
  '.config/mozilla/firefox',
  'snap/chromium/current/.pki/nssdb',
  'snap/firefox/common/.mozilla/firefox',
  '/etc/pki/nssdb',
];

function isPresent(word: StoreWord, { io }: Context): boolean {
  if (word !== 'nss') return true;
  const folder = io.env['HOME'] ?? '';
  return (
    io.platform === 'linux' &&
    NSS_PLACES.some((place) => isThere(io.fs, place.startsWith('/') ? place : join(folder, place)))
  );
}

function isThere(fs: Context['io']['fs'], path: string): boolean {
  try {
    return fs.status(path) !== undefined;
  } catch {
    return false;
  }
}
