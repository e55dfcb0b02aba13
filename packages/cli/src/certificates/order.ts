/** @module What the words of mint and self-signed say about the certificate to make, and the folder it goes into. */
import { resolve } from 'node:path';
import { parseDistinguishedName, parseKeyType, PROFILES, type SubjectAltName } from '@mintmark/ca-core';
import { createPrivateKeyOfType, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { makeFolders, readIfPresent, storeError, sweepTemporaries, withDiskErrors } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
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
