/**
 * @module An issuer below a root that stands already: `ca create NAME --parent CA --root-key-file F`, where `--keep-root-key` kept the
 * root's key. It speaks for what its root does, or for less.
 */
import { resolve } from 'node:path';
import { createScope, findScopeExcess, isEqualBytes, listScope, type Issuer, type Scope } from '@mintmark/ca-core';
import { createNodeSigner, isPrivateKeyEncrypted, parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { findBlocks, PRIVATE_KEY_LABELS } from '@mintmark/ca-core';
import { readCa, type Home, type Parent } from '@mintmark/ca-store';
import { loadNameRules } from '../certificates/name-rules.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, Invocation } from '../command.ts';
import { isOptionSet, optionList, optionText } from '../parse-args.ts';
import { openingPassphrase } from '../passphrase.ts';
import { readInput } from '../read-input.ts';
import { caError } from './ca-errors.ts';
import { isScopeAsked } from './ca-scope.ts';
import { readRootListPem } from './signed-lists.ts';

/** The root that signs, and what the issuer may speak for. `caName` is the CA that has the root. */
export type BelowParent = { readonly caName: string; readonly parent: Parent; readonly scope: Scope };

/** @throws OPTION_ALONE, OPTIONS_CONFLICT; whether the words fit together, before anything is read */
export function assertParentWords({ invocation }: Access): void {
  const isThere = (name: string): boolean => optionText(invocation, name) !== undefined;
  const pairs = [
    ['parent', 'root-key-file'],
    ['root-key-file', 'parent'],
    ['root-passphrase-file', 'root-key-file'],
  ] as const;
  for (const [option, partner] of pairs)
    if (isThere(option) && !isThere(partner))
      throw cliError('OPTION_ALONE', { option: `--${option}`, partner: `--${partner}` });
  if (isThere('parent') && isThere('keep-root-key'))
    throw cliError('OPTIONS_CONFLICT', { first: '--parent', second: '--keep-root-key' });
}

/** Undefined without `--parent`. @throws CA_NOT_FOUND, PARENT_*, SCOPE_*, KEY_*, PASSPHRASE_NEEDED, FILE_NOT_FOUND */
export async function readParent(home: Home, access: Access): Promise<BelowParent | undefined> {
  const { invocation } = access;
  const [caName, file] = [optionText(invocation, 'parent'), optionText(invocation, 'root-key-file')];
  if (caName === undefined || file === undefined) return undefined;
  const ca = readCa(home, caName);
  const { root } = ca;
  assertCanSignIssuers(root, caName);
  const scope = await readScopeBelow(root.scope, invocation);
  const outside = findScopeExcess(scope, root.scope);
  if (outside !== undefined) throw caError('PARENT_SCOPE', { caName, outside, scope: listScope(root.scope) });
  const key = await openRootKey(file, caName, access);
  if (!isEqualBytes(key.subjectKey.spkiDer, root.subjectKey.spkiDer))
    throw caError('PARENT_KEY_MISMATCH', { caName, file });
  const crlPem = readRootListPem(home, ca);
  const parent = { root, signer: createNodeSigner(key), ...(crlPem === undefined ? {} : { crlPem }) };
  return { caName, scope, parent };
}

function assertCanSignIssuers({ isCa, pathLength }: Issuer, caName: string): void {
  if (!isCa) throw caError('PARENT_CANNOT_SIGN', { caName, reason: 'it is not a CA certificate' });
  if (pathLength === 0)
    throw caError('PARENT_CANNOT_SIGN', { caName, reason: 'it allows no CA below it (path length 0)' });
}

/** As the root's, unless told otherwise. Addresses that the root is limited to limit what is below it. */
async function readScopeBelow(root: Scope, invocation: Invocation): Promise<Scope> {
  const domains = optionList(invocation, 'scope');
  if (isOptionSet(invocation, 'unscoped')) {
    const second = domains.length > 0 ? '--scope' : isOptionSet(invocation, 'constrain-ips') ? '--constrain-ips' : '';
    if (second !== '') throw cliError('OPTIONS_CONFLICT', { first: '--unscoped', second });
    return { kind: 'unscoped' };
  }
  if (!isScopeAsked(invocation)) return root;
  const rules = await loadNameRules();
  const localhost = createScope({ domains: ['localhost'], hasDevDomains: false }, rules);
  const hasLocalhost =
    findScopeExcess(localhost, { ...root, ...(root.kind === 'scoped' ? { ips: [] } : {}) }) === undefined;
  const asked = createScope(
    {
      domains: domains.length === 0 ? [] : [...(hasLocalhost ? ['localhost'] : []), ...domains],
      hasDevDomains: domains.length === 0 && root.kind === 'unscoped',
      hasIpConstraints: isOptionSet(invocation, 'constrain-ips'),
    },
    rules,
  );
  if (root.kind === 'unscoped' || asked.kind === 'unscoped') return asked;
  const named = asked.domains.length === 0 ? root.domains : asked.domains;
  return { ...asked, domains: named, ips: root.ips.length > 0 ? root.ips : asked.ips };
}

async function openRootKey(file: string, caName: string, { invocation, context }: Access): Promise<NodePrivateKey> {
  const bytes = readInput(file, context);
  const what = file === '-' ? 'the root key' : resolve(context.io.cwd, file);
  const blocks = findBlocks(bytes, what, { labels: PRIVATE_KEY_LABELS, wanted: 'a private key' });
  if (!blocks.some(isPrivateKeyEncrypted)) return parsePrivateKey(bytes, { what });
  const own = optionText(invocation, 'root-passphrase-file');
  const words = own === undefined ? invocation : { ...invocation, options: { 'passphrase-file': own } };
  const passphrase = await openingPassphrase(words, context, `the root key of CA "${caName}"`);
  return parsePrivateKey(bytes, { what, passphrase });
}
