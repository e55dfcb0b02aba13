/** @module What the words of mint and self-signed say about the certificate to make, and the folder it goes into. */
import { dirname, resolve } from 'node:path';
import { parseDistinguishedName, parseKeyType, PROFILES, type SubjectAltName } from '@mintmark/ca-core';
import { createPrivateKeyOfType, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { makeFolders, sweepTemporaries, withDiskErrors } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { inputName, readInput } from '../read-input.ts';
import { assertNoFolder, formatBaseName, resolveOutFolder, resolvePaths } from './file-names.ts';
import type { PairOrder } from './mint-pair.ts';

/** Everything about the order that the command line says. @throws DN_INVALID, KEY_*, FILE_NOT_FOUND, NOT_A_FILE */
export function readOrder(names: readonly SubjectAltName[], { invocation, context }: Access): PairOrder {
  const keyType = parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256');
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
    isNewKey: isOptionSet(invocation, 'new-key') || optionText(invocation, 'spare') !== undefined,
    now: context.io.now(),
    ...readGivenKey(invocation, context),
  };
}

function readGivenKey(invocation: Invocation, context: Context): Pick<PairOrder, 'givenKey' | 'givenKeyFile'> {
  const file = optionText(invocation, 'reuse-key');
  if (file === undefined) return {};
  if (optionText(invocation, 'key') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--key' });
  const givenKey = parsePrivateKey(readInput(file, context), { what: inputName(file) });
  return { givenKey, givenKeyFile: resolve(context.io.cwd, file) };
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

/** Adds to an order what `--new-key` comes to: the spare of the key that is replaced, where one stands by. @throws the codes of `openSuccession` */
export async function withSuccession<T extends PairOrder>(order: T, access: Access): Promise<T> {
  if (!order.isNewKey) return order;
  const { openSuccession } = await import('../pins/promote.ts');
  return { ...order, ...(await openSuccession(order, access)) };
}
