/**
 * @module The PKCS#12 file that `mint` and `self-signed` write with a pair of PEM files, as one operation: what can fail for want of a
 * password, space or rights fails before the pair is touched, and the store takes its place right after the pair.
 */
import { join, resolve } from 'node:path';
import { parsePem, type SubjectAltName } from '@mintmark/ca-core';
import { parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import { writePkcs12 } from '@mintmark/ca-core/pkcs12';
import { readIfPresent, type Home, type StagedFile } from '@mintmark/ca-store';
import { assertFilePlaces, formatBaseName, resolveOutFolder } from '../certificates/file-names.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { commitPairs, signPair, type PairOrder, type SignedPair } from '../certificates/mint-pair.ts';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { formatPath } from '../terminal/text.ts';
import { keystoreError } from './keystore-errors.ts';
import { assertKeystoreReplaceable, stageKeystoreFile } from './keystore-file.ts';
import { toAlias } from './order-chain.ts';
import { createStorePassword, passwordFileOf } from './password.ts';

export type MintedStore = {
  /** As `mintPair`, and the store. Call it under the home's lock. */
  readonly mint: (home: Home, order: PairOrder, readyKey?: () => NodePrivateKey) => IssuedCertificate;
};

/**
 * Checks the place of the store and gets its password, before anything is made.
 * @throws KEYSTORE_OUT_IS_INPUT, FILE_EXISTS, NOT_A_FILE, OPTION_VALUE, and the codes of `createStorePassword`
 */
export async function planMintedStore(order: PairOrder, access: Access): Promise<MintedStore> {
  const { context } = access;
  const path = resolveStorePath(order, access);
  // A home that is not there yet wrote no file.
  assertKeystoreReplaceable({ fs: context.io.fs, path: context.homePath }, path, order.isForced);
  const isDryRun =
    isOptionSet(access.invocation, 'dry-run') && optionText(access.invocation, 'password-file') === undefined;
  const password = isDryRun ? '' : await createStorePassword(formatPath(path, context.io.cwd), access);
  const passwordFile = passwordFileOf(access);
  return {
    mint: (home, order, readyKey) => {
      const signed = signPair(home, order, readyKey);
      const alias = toAlias(signed.entry.names[0] ?? '');
      const p12 = encode(signed, { home, passphrase: order.passphrase, alias, password });
      const { certSha256Hex } = signed.entry;
      const contents = {
        certSha256Hex,
        alias,
        isLegacy: false,
        ...(passwordFile === undefined ? {} : { passwordFile }),
      };
      const staged = stageKeystoreFile(home, { path, p12, isForced: order.isForced, now: order.now, contents });
      return { ...commitWith(staged, home, signed), p12File: path };
    },
  };
}

/** A commit may fail when the pair is in place already, at what comes behind; then the store belongs there too. */
function commitWith(staged: StagedFile, home: Home, signed: SignedPair): IssuedCertificate {
  let issued: IssuedCertificate;
  try {
    issued = commitPairs(home, [signed])[0] ?? signed.result;
  } catch (cause) {
    if (isPlaced(home, signed)) staged.place();
    else staged.discard();
    throw cause;
  }
  staged.place();
  return issued;
}

function isPlaced({ fs }: Home, { pair: { certFile, certPem } }: SignedPair): boolean {
  try {
    return Buffer.from(readIfPresent(fs, certFile) ?? [])
      .toString()
      .startsWith(certPem);
  } catch {
    return false;
  }
}

type Sealing = {
  readonly home: Home;
  readonly passphrase: string | undefined;
  readonly alias: string;
  readonly password: string;
};

/** The key is the one that is about to be written, or the one on disk that stays. */
function encode({ pair }: SignedPair, { home, passphrase, alias, password }: Sealing): Uint8Array {
  const what = 'the key';
  const bytes = pair.keyPem === undefined ? readIfPresent(home.fs, pair.keyFile) : Buffer.from(pair.keyPem);
  const key = parsePrivateKey(bytes ?? new Uint8Array(), { what, ...(passphrase === undefined ? {} : { passphrase }) });
  const pkcs8Der = key.keyObject.export({ type: 'pkcs8', format: 'der' });
  try {
    const chain = parsePem(pair.certPem, 'the chain').map(({ der }) => der);
    return writePkcs12({ key: { pkcs8Der }, chain, alias, password });
  } finally {
    pkcs8Der.fill(0);
  }
}

/** `--p12-file`, else `BASE.p12` in the folder of `--out`. */
function resolveStorePath({ paths, request, givenKeyFile }: PairOrder, { invocation, context }: Access): string {
  const { cwd } = context.io;
  const chosen = optionText(invocation, 'p12-file');
  const base = formatBaseName(request.names as readonly SubjectAltName[], isOptionSet(invocation, 'client'));
  const path = chosen === undefined ? join(resolveOutFolder(invocation, context), `${base}.p12`) : resolve(cwd, chosen);
  if (path === paths.certFile || path === paths.keyFile)
    throw cliError('OPTION_VALUE', {
      option: '--p12-file',
      reason: 'takes a file of its own, beside certificate and key',
    });
  const inputs = ['password-file', 'passphrase-file'].map((name) => optionText(invocation, name));
  const isInput = inputs.some((file) => file !== undefined && resolve(cwd, file) === path) || givenKeyFile === path;
  if (isInput) throw keystoreError('KEYSTORE_OUT_IS_INPUT', { path, option: '--p12-file' });
  assertFilePlaces([path], context);
  return path;
}
