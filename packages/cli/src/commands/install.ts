/** @module `install [NAME...]`: the root goes into the trust stores of this machine; with names, they are minted too. */
import { isCaError } from '@mintmark/ca-core';
import { readCa } from '@mintmark/ca-store';
import { installAnchor, planStores, type InstallContext, type StoreReport, type TrustAnchor } from '@mintmark/install';
import { cliError } from '../cli-errors.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { renderNewCa } from '../render/new-ca.ts';
import { describeStore, renderPlan, renderStores } from '../render/stores.ts';
import { anchorOf, chooseRootsToInstall, type ChosenRoots } from '../trust/choose-roots.ts';
import { createInstallContext } from '../trust/install-context.ts';
import { renderOwnLists } from '../trust/own-lists.ts';
import { mintNames as mintPair } from './mint.ts';
import * as shared from './mint-options.ts';

export const STORES_OPTION = {
  name: 'stores',
  value: 'A,B',
  help: 'only these: system, chromium, firefox, java, nss (the two browsers) …',
} as const;

const MINT_OPTIONS = [
  shared.OUT_OPTION,
  shared.CERT_FILE_OPTION,
  shared.KEY_FILE_OPTION,
  shared.KEY_TYPE_OPTION,
  shared.DAYS_OPTION,
  shared.FORCE_OPTION,
  shared.PASSPHRASE_FILE_OPTION,
  shared.PIN_FILE_OPTION,
];

const spec: CommandSpec = {
  name: 'install',
  usage: '[NAME...]',
  summary: "put the CA's root into the trust stores of this machine",
  examples: [
    ['mintmark install', 'system, browsers and Java trust the CA'],
    ['mintmark install localhost 127.0.0.1 ::1', 'the same, and a certificate for three names'],
    ['mintmark install --stores chromium,firefox', 'browsers alone; mostly without root'],
    ['mintmark install --dry-run', 'the commands it would run, and nothing else'],
    ['mintmark install --ca bank', 'another CA of this home; --all takes every one'],
  ],
  options: [
    STORES_OPTION,
    shared.DRY_RUN_OPTION,
    { name: 'all', help: 'every CA of this home' },
    { name: 'password-file', value: 'F', help: 'primary password of a Firefox profile, in a file' },
    ...MINT_OPTIONS,
  ],
  positionals: { min: 0, max: Infinity, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const isDryRun = isOptionSet(invocation, 'dry-run');
  const install = createInstallContext({ invocation, context }, { isDryRun: true }); // checks the words first
  const minted = invocation.positionals.length === 0 ? undefined : await mintNames(invocation, context);
  if (minted === undefined) assertNoMintOptions(invocation);
  const { anchors, newCa } = minted?.roots ?? (await chooseRootsToInstall({ invocation, context }));
  if (minted === undefined && newCa !== undefined && !isDryRun) context.say(renderNewCa(newCa));
  if (isDryRun) return planInstall({ anchors, isFirst: newCa !== undefined }, install, context);
  const ready = createInstallContext({ invocation, context }, { isDryRun: false });
  if (context.io.platform === 'win32') await refreshLists(anchors, context);
  const done: Done[] = [];
  for (const anchor of anchors)
    done.push({ anchor, ...(await prove(anchor, await installAnchor(anchor, ready), { ready, invocation, context })) });
  return present(done, { ready, context, minted });
}

/** Schannel refuses a CA that it has no revocation lists of. */
async function refreshLists(anchors: readonly TrustAnchor[], context: Context): Promise<void> {
  const { refreshStoreCrls } = await import('../revocation/store-crl.ts');
  await refreshStoreCrls(
    anchors.map(({ caName }) => caName),
    context,
  );
}

type Done = { readonly anchor: TrustAnchor; readonly reports: readonly StoreReport[]; readonly reason?: string };
type Proving = Access & { readonly ready: InstallContext };

/** A handshake for each store, where this run changed one: what was trusted before starts no program. */
async function prove(
  { caName }: TrustAnchor,
  reports: readonly StoreReport[],
  { ready, invocation, context }: Proving,
): Promise<Omit<Done, 'anchor'>> {
  if (!reports.some(({ isChanged, state }) => isChanged && state === 'trusted')) return { reports };
  try {
    const { proveByHandshake } = await import('../trust/prove.ts');
    const ca = readCa(context.home(), caName);
    return await proveByHandshake({ ca, install: ready, reports, isLive: false }, { invocation, context });
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { reports, reason: cause.message }; // the root is where it should be: a proof that fails changes nothing of it
  }
}

type Minted = { readonly result: CommandResult; readonly roots: ChosenRoots };

async function mintNames(invocation: Invocation, context: Context): Promise<Minted> {
  if (isOptionSet(invocation, 'all')) throw cliError('OPTIONS_CONFLICT', { first: 'NAME', second: '--all' });
  const result = await mintPair({ invocation, context });
  const { ca } = result.json as { ca: string };
  if (isOptionSet(invocation, 'dry-run')) return { result, roots: await chooseRootsToInstall({ invocation, context }) };
  return { result, roots: { anchors: [anchorOf(readCa(context.home(), ca))] } };
}

/** Words that only a certificate would hear would be lost in silence. */
function assertNoMintOptions(invocation: Invocation): void {
  const lost = MINT_OPTIONS.find(({ name }) => invocation.options[name] !== undefined);
  if (lost !== undefined)
    throw cliError('ARGUMENT_MISSING', { command: 'install', argument: `the names that --${lost.name} is for` });
}

async function planInstall(
  { anchors, isFirst }: { readonly anchors: readonly TrustAnchor[]; readonly isFirst: boolean },
  install: InstallContext,
  context: Context,
): Promise<CommandResult> {
  const planned: { anchor: TrustAnchor; reports: StoreReport[] }[] = [];
  for (const anchor of anchors) planned.push({ anchor, reports: await planStores('install', anchor, install) });
  const stores = planned.flatMap(({ anchor, reports }) =>
    reports.map((report) => describeStore(report, anchor.caName)),
  );
  const text = planned.map(({ reports }) => renderPlan(reports, context)).join('\n');
  const note = isFirst ? 'There is no CA yet: install makes one first, and the names below follow from it.\n' : '';
  const lists = await describeLists({ anchors, isFirst }, context);
  return {
    json: { dryRun: true, stores },
    text: `Nothing was changed. It would run:\n\n${note === '' ? '' : `${note}\n`}${text}${lists}`,
  };
}

/** Lists that are not there yet have no name in the store, so that the plan above can't show them. */
async function describeLists(
  { anchors, isFirst }: { readonly anchors: readonly TrustAnchor[]; readonly isFirst: boolean },
  context: Context,
): Promise<string> {
  if (context.io.platform !== 'win32') return '';
  const names = anchors.map(({ caName }) => caName);
  const { listDueStoreCrls } = await import('../revocation/store-crl.ts');
  return (isFirst ? names : listDueStoreCrls(names, context))
    .map(
      (name) => `\nIt would also sign a revocation list of CA "${name}", and run certutil -f -addstore CA with it.\n`,
    )
    .join('');
}

type Outcome = { readonly ready: InstallContext; readonly context: Context; readonly minted: Minted | undefined };

function present(done: readonly Done[], { ready, context, minted }: Outcome): CommandResult {
  const all = done.flatMap(({ reports }) => reports);
  const stores = done.flatMap(({ anchor, reports }) => reports.map((report) => describeStore(report, anchor.caName)));
  const blocks = done.map(({ anchor, reports, reason }) => {
    const title = done.length > 1 ? `CA "${anchor.caName}"\n\n` : '';
    const rows = reports.length === 0 ? NO_STORE : renderStores(reports, stateWords, context);
    return title + rows + (reason === undefined ? '' : `    not proven: ${reason}\n`);
  });
  const text = `${blocks.join('\n')}${renderOwnLists(ready.machine.reader, context)}`;
  return {
    json: minted === undefined ? { stores } : { stores, certificate: minted.result.json },
    text: minted === undefined ? text : `${minted.result.text}\n${text}`,
    exitCode: isFailure(all) ? 1 : 0,
  };
}

const NO_STORE =
  '  This machine has no trust store that Mintmark knows: mintmark exec -- CMD runs a program that trusts the CA\n';

const stateWords = ({ state, provenBy, id }: StoreReport): string => {
  if (state === 'trusted')
    return provenBy === undefined ? 'trusted' : id === 'system' ? `proven by ${provenBy}` : 'proven';
  return state === 'unavailable' ? 'yours to do' : 'not trusted';
};

/** A store out of reach is no failure, unless it only lacked rights, or nothing at all trusts the CA now. */
function isFailure(reports: readonly StoreReport[]): boolean {
  const isStopped = reports.some(
    ({ state, places }) => state === 'failed' || places.some(({ commands }) => commands !== undefined),
  );
  return isStopped || !reports.some(({ state }) => state === 'trusted');
}

export const installCommand: Command = { spec, execute };
