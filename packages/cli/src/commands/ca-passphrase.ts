/**
 * @module `ca passphrase`: the key of a CA under a passphrase, under another, under one that the platform's secret store keeps, or under
 * none. The key stays the same, and so does everything that it signed.
 */
import { realpathSync } from 'node:fs';
import { join } from 'node:path';
import { escapeControls } from '@mintmark/ca-core';
import { formatPrivateKey } from '@mintmark/ca-core/node';
import {
  CA_KEY_FILE,
  changeHome,
  markKeyPem,
  readCa,
  readCaKeyPem,
  readKeyProtection,
  resealCaKey,
  storeError,
  withDiskErrors,
  type Home,
  type KeyProtection,
  type StoredCa,
} from '@mintmark/ca-store';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { unlockCaKey } from '../certificates/open-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, CommandResult, Context, Invocation } from '../command.ts';
import { keyStorageError } from '../key-storage/key-storage-errors.ts';
import { forgetSecret } from '../key-storage/secret-store.ts';
import { refuseTokenKey } from '../key-storage/refuse-token-key.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { askNewPassphrase, readNewPassphrase, readPassphraseFile } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';
import { formatPath, wrap } from '../terminal/text.ts';

/** @throws CA_NOT_FOUND, CA_KEY_MISSING, TOKEN_HOLDS_KEY, KEY_PASSPHRASE_WRONG, PASSPHRASE_*, SECRET_STORE_*, OPTIONS_CONFLICT */
export async function changePassphrase(invocation: Invocation, context: Context): Promise<CommandResult> {
  const name = invocation.positionals[0] ?? optionText(invocation, 'ca') ?? DEFAULT_CA;
  assertOneWay(invocation);
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  const ca = readCa(home, name);
  const protection = readKeyProtection(home, ca);
  assertHasKeyFile(ca, protection);
  const before = readCaKeyPem(home, ca);
  const access = { invocation, context };
  const key = await unlockCaKey(ca, access);
  const seal = await createSeal(ca, protection, access);
  const linked = findLinked(home, ca);
  try {
    const pem = formatPrivateKey(key, seal.passphrase);
    replaceKey(home, ca, { before, text: seal.account === undefined ? pem : markKeyPem(pem, seal.account) });
  } catch (cause) {
    if (seal.account !== undefined) await forgetSecret(seal.account, context);
    throw cause;
  }
  if (protection.kind === 'secret-store') await forgetSecret(protection.account, context);
  return {
    json: { ...describeCa(home, ca), ...(linked === undefined ? {} : { oldKeyFile: linked }) },
    text: renderCa(home, ca, context) + (linked === undefined ? '' : renderLinked(linked, protection, context)),
  };
}

const WIDTH = 76;

/** Where a key file that is a link leads: the new file takes the place of the link, so that the old one stays as it is. */
function findLinked({ fs }: Home, ca: StoredCa): string | undefined {
  const path = join(ca.path, CA_KEY_FILE);
  return withDiskErrors(path, () => (fs.status(path)?.kind === 'link' ? realpathSync(path) : undefined));
}

function renderLinked(file: string, { kind }: KeyProtection, { io }: Context): string {
  const how = kind === 'plain' ? 'without a passphrase' : 'under the old passphrase';
  const path = escapeControls(formatPath(file, io.cwd));
  const words = `The key file was a link, and is a file of its own now. ${path} holds the key as before, ${how}: delete it if nothing else needs it.`;
  return `\n${wrap(words, WIDTH)}\n`;
}

const WAYS = ['secret-store', 'remove-passphrase', 'new-passphrase-file'] as const;

function assertOneWay(invocation: Invocation): void {
  const [first, second] = WAYS.filter(
    (name) => isOptionSet(invocation, name) || optionText(invocation, name) !== undefined,
  );
  if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first: `--${first}`, second: `--${second}` });
}

function assertHasKeyFile(ca: StoredCa, protection: KeyProtection): void {
  const caName = ca.name;
  if (protection.kind === 'absent') throw storeError('CA_KEY_MISSING', { caName });
  if (protection.kind === 'token') throw refuseTokenKey(ca, protection, 'has no passphrase here');
}

/** What the key file is encrypted with; nothing where it is to lie in the clear. */
type Seal = { readonly passphrase?: string; readonly account?: string };

async function createSeal(ca: StoredCa, { kind }: KeyProtection, access: Access): Promise<Seal> {
  const { invocation, context } = access;
  if (isOptionSet(invocation, 'remove-passphrase')) return {};
  if (isOptionSet(invocation, 'secret-store')) {
    const { createStoredSecret } = await import('../key-storage/secret-store.ts');
    const { account, secret } = await createStoredSecret(ca.name);
    return { account, passphrase: secret };
  }
  // A key without a passphrase needs none to open it, so the one that is given is the new one.
  const opensNothing = kind === 'plain' || kind === 'secret-store';
  const passphrase = readNewPassphrase(access) ?? (opensNothing ? readPassphraseFile(invocation, context) : undefined);
  if (passphrase !== undefined) return { passphrase };
  if (!context.canAsk) throw keyStorageError('NEW_PASSPHRASE_NEEDED', { caName: ca.name });
  return { passphrase: await askNewPassphrase(`the key of CA "${ca.name}"`) };
}

/** Under the lock, and only over the very file that was opened. @throws CA_KEY_CHANGED */
function replaceKey(home: Home, ca: StoredCa, { before, text }: { before: string | undefined; text: string }): void {
  changeHome(home, () => {
    if (readCaKeyPem(home, ca) !== before) throw keyStorageError('CA_KEY_CHANGED', { caName: ca.name });
    resealCaKey(home, ca, text);
  });
}
