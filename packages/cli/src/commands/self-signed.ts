/** @module `self-signed NAME...`: one certificate that is its own anchor; no CA, no home needed but for the ledger. */
import { PROFILES, WEBTRANSPORT_DAYS } from '@mintmark/ca-core';
import { changeHome } from '@mintmark/ca-store';
import { mintPair, prepareOrder } from '../certificates/mint-pair.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { createSpareKey, prepareFolders, readOrder } from '../certificates/order.ts';
import { rehearseOrder } from '../certificates/rehearse.ts';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { renderIssued } from '../render/issued.ts';
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
    ['mintmark self-signed localhost --webtransport', '13 days, P-256: what serverCertificateHashes takes'],
  ],
  options: [
    shared.OUT_OPTION,
    shared.CERT_FILE_OPTION,
    shared.KEY_FILE_OPTION,
    shared.KEY_TYPE_OPTION,
    { ...shared.DAYS_OPTION, help: 'how long it lasts (default 397)' },
    shared.SUBJECT_OPTION,
    { name: 'reuse-key', value: 'F', help: 'certify this private key instead of a new one' },
    { name: 'new-key', help: 'a new key even where a key of this home could be kept' },
    { name: 'webtransport', help: '13 days and P-256, for WebTransport certificate hashes' },
    { name: 'passphrase-file', value: 'F', help: 'encrypt the key with the passphrase in this file' },
    shared.FORCE_OPTION,
    shared.DRY_RUN_OPTION,
  ],
  positionals: { min: 1, max: Infinity, what: 'at least one name' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  assertWebTransport(invocation);
  const names = await parseNames(invocation.positionals);
  const options = readOrder(names, { invocation, context });
  const isShort = isOptionSet(invocation, 'webtransport');
  const request = isShort ? { ...options.request, validityDays: WEBTRANSPORT_DAYS } : options.request;
  const passphrase = readPassphraseFile(invocation, context);
  const secret = passphrase === undefined ? {} : { passphrase };
  const order = { ...options, request, profile: PROFILES['self-signed'], ...secret };
  const spare = createSpareKey(order);
  const place = { path: context.homePath, fs: context.io.fs };
  if (isOptionSet(invocation, 'dry-run')) return rehearseOrder(place, order);
  prepareOrder(order, spare());
  const home = context.home();
  const issued = changeHome(home, () => {
    prepareFolders(Object.values(order.paths), { invocation, context });
    return mintPair(home, order, spare);
  });
  return { json: issued, text: renderIssued(issued, context, false) };
}

function assertWebTransport(invocation: Invocation): void {
  if (!isOptionSet(invocation, 'webtransport')) return;
  const key = optionText(invocation, 'key');
  if (optionText(invocation, 'days') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--webtransport', second: '--days' });
  if (key !== undefined && key !== 'ecdsa-p256')
    throw cliError('OPTIONS_CONFLICT', { first: '--webtransport', second: '--key' });
}

export const selfSignedCommand: Command = { spec, execute };
