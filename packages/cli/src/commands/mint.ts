/** @module `mint NAME...`: a certificate and key for names, signed by a scoped CA that is made on first use. */
import {
  KEY_TYPE_FACTS,
  parseDistinguishedName,
  parseKeyType,
  PROFILES,
  type KeyType,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { createPrivateKeyOfType, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { resolve } from 'node:path';
import {
  changeHome,
  makeFolders,
  readIfPresent,
  storeError,
  sweepTemporaries,
  withDiskErrors,
} from '@mintmark/ca-store';
import { chooseCa } from '../certificates/choose-ca.ts';
import { assertNoFolder, formatBaseName, resolveOutFolder, resolvePaths } from '../certificates/file-names.ts';
import { mintPair, prepareOrder, type PairOrder } from '../certificates/mint-pair.ts';
import { describeIssued } from '../certificates/issued.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { renderIssued } from '../render/issued.ts';
import { renderNewCa, renderTrustHint } from '../render/new-ca.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'mint',
  usage: 'NAME...',
  summary: 'make a certificate and key for names; makes the CA if there is none',
  examples: [
    ['mintmark mint localhost 127.0.0.1 ::1', 'one certificate for three names'],
    ['mintmark mint "*.app.test" app.test', 'a wildcard and its base'],
    ['mintmark mint api.test --out certs --key rsa-2048', 'another folder, another key'],
    ['mintmark mint --client alice@app.test', 'a client certificate'],
    ['mintmark mint --names-from names.txt --out certs', 'one certificate a line'],
  ],
  options: [
    shared.OUT_OPTION,
    shared.CERT_FILE_OPTION,
    shared.KEY_FILE_OPTION,
    shared.KEY_TYPE_OPTION,
    shared.DAYS_OPTION,
    shared.CLIENT_OPTION,
    shared.SUBJECT_OPTION,
    { name: 'reuse-key', value: 'F', help: 'certify this private key instead of a new one' },
    { name: 'new-key', help: 'a new key even where a key of this home could be kept' },
    shared.FORCE_OPTION,
    shared.DRY_RUN_OPTION,
    { name: 'names-from', value: 'F', help: 'one certificate a line, names separated by spaces; - is stdin' },
    shared.PASSPHRASE_FILE_OPTION,
  ],
  positionals: { min: 1, max: Infinity, what: 'at least one name' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (optionText(invocation, 'names-from') !== undefined) {
    const { mintMany } = await import('./mint-many.ts');
    return mintMany(invocation, context);
  }
  const names = await parseNames(invocation.positionals);
  const keyType = parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256');
  const common = readOrderOptions(names, keyType, invocation, context);
  const { ca, isNew } = await chooseCa(names, invocation, context);
  if (isOptionSet(invocation, 'dry-run')) return rehearse({ ...common, ca });
  if (isNew) context.say(renderNewCa(ca));
  // Names are held against the scope before a passphrase is asked for or a slow key is made.
  const order: PairOrder = { ...common, ca };
  const spare = createSpareKey(order);
  prepareOrder(order, spare());
  const signer = await unlockSigner(ca, invocation, context);
  const home = context.home();
  const issued = changeHome(home, () => {
    prepareFolder(invocation, context);
    return mintPair(home, { ...order, signer }, spare);
  });
  const next = isNew ? { next: renderTrustHint(context) } : {};
  return { json: issued, text: renderIssued(issued, context, ca.chainPem !== ''), ...next };
}

/** Everything about the order that the command line says. @throws DN_INVALID, KEY_*, FILE_NOT_FOUND, NOT_A_FILE */
export function readOrderOptions(
  names: readonly SubjectAltName[],
  keyType: KeyType,
  invocation: Invocation,
  context: Context,
): PairOrder {
  const isClient = isOptionSet(invocation, 'client') || names.every(({ kind }) => kind === 'email');
  const subject = optionText(invocation, 'subject');
  const days = optionDays(invocation);
  const paths = resolvePaths(invocation, context, formatBaseName(names, isOptionSet(invocation, 'client')));
  assertNoFolder([paths.certFile, paths.keyFile], context);
  return {
    profile: isClient ? PROFILES.client : PROFILES.server,
    request: {
      names,
      ...(subject === undefined ? {} : { subject: parseDistinguishedName(subject) }),
      ...(days === undefined ? {} : { validityDays: days }),
    },
    paths,
    keyType,
    isForced: isOptionSet(invocation, 'force'),
    isNewKey: isOptionSet(invocation, 'new-key'),
    now: context.io.now(),
    ...readGivenKey(invocation, context),
  };
}

function readGivenKey(invocation: Invocation, { io }: Context): Pick<PairOrder, 'givenKey' | 'givenKeyFile'> {
  const file = optionText(invocation, 'reuse-key');
  if (file === undefined) return {};
  if (optionText(invocation, 'key') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--key' });
  const givenKeyFile = resolve(io.cwd, file);
  const bytes = readIfPresent(io.fs, givenKeyFile);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path: givenKeyFile });
  return { givenKey: parsePrivateKey(bytes, { what: file }), givenKeyFile };
}

/** A key made at most once, before the lock, so that slow RSA keys keep nobody waiting. */
export function createSpareKey(order: Pick<PairOrder, 'givenKey' | 'keyType'>): () => NodePrivateKey {
  let key: NodePrivateKey | undefined;
  return () => (key ??= order.givenKey ?? createPrivateKeyOfType(order.keyType));
}

/** Makes the folder of --out and clears what dead processes left in it. */
export function prepareFolder(invocation: Invocation, context: Context): void {
  const folder = resolveOutFolder(invocation, context);
  const { fs } = context.io;
  if (optionText(invocation, 'out') !== undefined) withDiskErrors(folder, () => makeFolders(fs, folder));
  sweepTemporaries(fs, folder);
}

/** The first step of issuance alone: everything is checked, nothing is made. */
function rehearse(order: PairOrder): CommandResult {
  const key = order.givenKey ?? createPrivateKeyOfType('ecdsa-p256');
  const draft = prepareOrder(order, key);
  const { result } = describeIssued({
    draft,
    certDer: draft.tbsDer,
    spkiDer: key.subjectKey.spkiDer,
    caName: order.ca?.name ?? null,
    ...order.paths,
    isKeyKept: false,
    now: order.now,
  });
  const { pins: _pins, serialHex: _serial, ...json } = result;
  const label = order.givenKey?.subjectKey.label ?? KEY_TYPE_FACTS[order.keyType].label;
  return {
    json: { ...json, dryRun: true },
    text: `Nothing was made. It would be a ${order.profile.name} certificate (${label}) by CA "${order.ca?.name ?? ''}" for\n${result.names.map((name) => `  ${name}\n`).join('')}in ${result.certFile}\n`,
  };
}

export const mintCommand: Command = { spec, execute };
