/** @module What the words of mint and self-signed say about the certificate to make, and the folder it goes into. */
import { dirname, resolve } from 'node:path';
import {
  isCaError,
  parseDistinguishedName,
  parseKeyType,
  PROFILES,
  type Profile,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { createPrivateKeyOfType, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { makeFolders, sweepTemporaries, withDiskErrors } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { readPassphraseFile } from '../passphrase.ts';
import { inputName, readInput } from '../read-input.ts';
import { formatPath } from '../terminal/text.ts';
import { isShortLived } from './existing-files.ts';
import { assertFilePlaces, formatBaseName, resolveOutFolder, resolvePaths } from './file-names.ts';
import type { PairOrder } from './mint-pair.ts';

/** A client's that may serve too: clients of mkcert's make use such certificates at both ends. */
export const CLIENT_AND_SERVER: Profile = {
  ...PROFILES.server,
  name: 'client',
  purposes: ['clientAuth', 'serverAuth'],
};

/** Everything about the order that the command line says. @throws DN_INVALID, KEY_*, FILE_NOT_FOUND, NOT_A_FILE */
export function readOrder(names: readonly SubjectAltName[], { invocation, context }: Access): PairOrder {
  assertSpareOptions(invocation);
  const keyType = parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256');
  const isClient = isOptionSet(invocation, 'client') || names.every(({ kind }) => kind === 'email');
  const subject = optionText(invocation, 'subject');
  const days = optionDays(invocation);
  const paths = resolvePaths(invocation, context, formatBaseName(names, isOptionSet(invocation, 'client')));
  assertFilePlaces([paths.certFile, paths.keyFile], context);
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
    isNewKey: isNewKeyAsked(invocation),
    now: context.io.now(),
    ...readGivenKey(invocation, context),
  };
}

/** --spare says --new-key too. */
export const isNewKeyAsked = (invocation: Invocation): boolean =>
  isOptionSet(invocation, 'new-key') || optionText(invocation, 'spare') !== undefined;

/** @throws OPTION_ALONE */
export function assertSpareOptions(invocation: Invocation): void {
  if (optionText(invocation, 'spare-passphrase-file') !== undefined && !isNewKeyAsked(invocation))
    throw cliError('OPTION_ALONE', { option: '--spare-passphrase-file', partner: '--new-key' });
}

type GivenKey = Pick<PairOrder, 'givenKey' | 'givenKeyFile' | 'passphrase'>;

function readGivenKey(invocation: Invocation, context: Context): GivenKey {
  const file = optionText(invocation, 'reuse-key');
  if (file === undefined) return {};
  if (optionText(invocation, 'key') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--key' });
  const [bytes, what] = [readInput(file, context), inputName(file)];
  const givenKeyFile = resolve(context.io.cwd, file);
  try {
    return { givenKey: parsePrivateKey(bytes, { what }), givenKeyFile };
  } catch (cause) {
    const passphrase = isCaError(cause, 'KEY_ENCRYPTED') ? readPassphraseFile(invocation, context) : undefined;
    if (passphrase === undefined) throw cause;
    // What was sealed stays so: a copy of the key is sealed with the same passphrase.
    return { givenKey: parsePrivateKey(bytes, { what, passphrase }), givenKeyFile, passphrase };
  }
}

/** A key made at most once, before the lock, so that slow RSA keys keep nobody waiting. */
export function createKeyOnce(order: Pick<PairOrder, 'givenKey' | 'successor' | 'keyType'>): () => NodePrivateKey {
  let key: NodePrivateKey | undefined;
  return () => (key ??= order.givenKey ?? order.successor ?? createPrivateKeyOfType(order.keyType));
}

/** Makes the folder of --out and clears what dead processes left where the files go. Call it under the home's lock. */
export function prepareFolders(paths: readonly string[], { invocation, context }: Access): void {
  const { fs } = context.io;
  const out = resolveOutFolder(invocation, context);
  if (optionText(invocation, 'out') !== undefined) withDiskErrors(out, () => makeFolders(fs, out));
  for (const folder of new Set(paths.map((path) => dirname(path)))) sweepTemporaries(fs, folder);
}

/**
 * Refuses one of a WebTransport pair, whose hashes clients were told: another certificate in its place would cut them off.
 * @throws WEBTRANSPORT_PAIR
 */
export async function assertNotRolled({ paths, isForced }: PairOrder, context: Context): Promise<void> {
  const place = { path: context.homePath, fs: context.io.fs };
  // Most last longer, and the ledger may be long.
  if (isForced || !isShortLived(place, paths.certFile)) return;
  const { findRolled } = await import('./webtransport-files.ts');
  const entry = findRolled(place, paths.certFile);
  if (entry === undefined) return;
  const { rotationError } = await import('../rotation-errors.ts');
  const certFile = formatPath(paths.certFile, context.io.cwd);
  throw rotationError('WEBTRANSPORT_PAIR', { certFile, names: entry.names });
}

/** Adds to an order what `--new-key` comes to: the spare of the key that is replaced, where one stands by. @throws the codes of `openSuccession` */
export async function withSuccession<T extends PairOrder>(order: T, access: Access): Promise<T> {
  if (!order.isNewKey) return order;
  const { openSuccession } = await import('../pins/promote.ts');
  return { ...order, ...(await openSuccession(order, access)) };
}
