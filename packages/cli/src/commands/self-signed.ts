/** @module `self-signed NAME...`: one certificate that is its own anchor; no CA, no home needed but for the ledger. */
import { PROFILES, WEBTRANSPORT_DAYS } from '@mintmark/ca-core';
import { changeHome } from '@mintmark/ca-store';
import { mintPair, prepareOrder, type PairOrder } from '../certificates/mint-pair.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { assertNotRolled, createKeyOnce, prepareFolders, readOrder, withSuccession } from '../certificates/order.ts';
import { rehearseOrder } from '../certificates/rehearse.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { renderIssued } from '../render/issued.ts';
import { renderPromotions } from '../render/promotions.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'self-signed',
  usage: 'NAME...',
  summary: 'make one self-signed certificate and key',
  examples: [
    ['mintmark self-signed server.test', 'a certificate that signs itself'],
    [
      'mintmark self-signed server.test --key rsa-4096 --days 3650 --key-file server.key --cert-file server.cert',
      'as openssl req -x509 makes it',
    ],
    [
      'mintmark self-signed localhost --webtransport',
      'two that overlap, 13 days each: what serverCertificateHashes takes',
    ],
  ],
  options: [
    shared.OUT_OPTION,
    shared.CERT_FILE_OPTION,
    shared.KEY_FILE_OPTION,
    ...shared.STORE_OPTIONS,
    shared.KEY_TYPE_OPTION,
    { ...shared.DAYS_OPTION, help: 'how long it lasts (default 397)' },
    shared.CLIENT_OPTION,
    shared.SUBJECT_OPTION,
    { name: 'reuse-key', value: 'F', help: 'certify this private key instead of a new one' },
    ...shared.NEW_KEY_OPTIONS,
    { name: 'webtransport', help: 'for certificate hashes: P-256, 13 days, and the next one beside it' },
    { name: 'passphrase-file', value: 'F', help: 'encrypt the key with the passphrase in this file' },
    shared.FORCE_OPTION,
    shared.DRY_RUN_OPTION,
  ],
  positionals: { min: 1, max: Infinity, what: 'at least one name' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  assertWebTransport(invocation);
  const access: Access = { invocation, context };
  const names = await parseNames(invocation.positionals);
  const options = readOrder(names, access);
  const isShort = isOptionSet(invocation, 'webtransport');
  const request = isShort ? { ...options.request, validityDays: WEBTRANSPORT_DAYS } : options.request;
  const passphrase = readPassphraseFile(invocation, context);
  const secret = passphrase === undefined ? {} : { passphrase };
  const isClient = !isShort && options.profile === PROFILES.client;
  const profile = PROFILES[isClient ? 'self-signed-client' : 'self-signed'];
  const plain = { ...options, request, profile, ...secret };
  if (isShort) return executeRolling(plain, access);
  await assertNotRolled(plain, context);
  const order = await withSuccession(plain, access);
  const store = await shared.planStore(order, access);
  const key = createKeyOnce(order);
  const place = { path: context.homePath, fs: context.io.fs };
  if (isOptionSet(invocation, 'dry-run')) return rehearseOrder(place, order);
  prepareOrder(order, key());
  const home = context.home();
  const issued = changeHome(home, () => {
    prepareFolders(Object.values(order.paths), access);
    return (store?.mint ?? mintPair)(home, order, key);
  });
  return {
    json: issued,
    text: renderIssued(issued, context, false),
    next: `${renderPromotions([{ ...issued, isPinLost: order.isPinLost }], context)}${await shared.tellStaleStores(issued, context)}`,
  };
}

async function executeRolling(order: PairOrder, access: Access): Promise<CommandResult> {
  const { context, invocation } = access;
  const { checkRolling, rollCertificates } = await import('../certificates/webtransport.ts');
  if (isOptionSet(invocation, 'dry-run')) {
    const place = { path: context.homePath, fs: context.io.fs };
    checkRolling(place, order);
    return rehearseOrder(place, order);
  }
  const { renderRolling, suggestRolling } = await import('../render/webtransport.ts');
  const rolled = rollCertificates(order, access);
  const { current, next, isCurrentChanged } = rolled;
  return {
    json: { ...current, isCurrentChanged, next },
    text: renderRolling(rolled, context),
    next: suggestRolling(rolled, context),
  };
}

// What goes with --webtransport but for other reasons: its kind of key and its time are fixed, its pins are of certificates.
const NOT_WITH_WEBTRANSPORT = ['days', 'reuse-key', 'spare', 'spare-passphrase-file', 'p12-file', 'password-file'];

function assertWebTransport(invocation: Invocation): void {
  if (!isOptionSet(invocation, 'webtransport')) return;
  const key = optionText(invocation, 'key');
  const other = NOT_WITH_WEBTRANSPORT.find((name) => optionText(invocation, name) !== undefined);
  const client = isOptionSet(invocation, 'client') ? 'client' : undefined;
  const second = other ?? client ?? (key === undefined || key === 'ecdsa-p256' ? undefined : 'key');
  if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first: '--webtransport', second: `--${second}` });
}

export const selfSignedCommand: Command = { spec, execute };
