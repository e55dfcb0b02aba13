/**
 * @module A key store made anew after its certificate was: the same alias, encryption and password. The password is that of
 * `--password-file`, or of the file that was named when the store was made; the old store has to open with it.
 */
import { formatHex, isCaError, parsePemOrDer, PRIVATE_KEY_LABELS, quoteWord, type Bytes } from '@mintmark/ca-core';
import { nodeSha256, parsePrivateKey } from '@mintmark/ca-core/node';
import { chainOf, readPkcs12, writePkcs12, type Pkcs12Contents, type Pkcs12PrivateKey } from '@mintmark/ca-core/pkcs12';
import { readIfPresent, type Home } from '@mintmark/ca-store';
import type { Access } from '../command.ts';
import { readPassphraseFile, readPasswordFile } from '../passphrase.ts';
import { formatPath } from '../terminal/text.ts';
import { writeKeystoreFile } from './keystore-file.ts';
import type { KnownStore } from './known-stores.ts';
import { isLasting, passwordFileOf } from './password.ts';

/** `reason`: why it still holds the old certificate. `isFailure`: not for want of a password alone. */
export type StoreOutcome =
  | { readonly keystoreFile: string; readonly isRenewed: true }
  | {
      readonly keystoreFile: string;
      readonly isRenewed: false;
      readonly reason: string;
      readonly isFailure: boolean;
      /** What makes it by hand. */
      readonly command: string;
    };

/** The certificate that stands in its file; a store is to hold the same. */
export type StandingCertificate = {
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly pins: { readonly certSha256Hex: string };
};

type Place = { readonly home: Home; readonly access: Access };

/** Never throws for what is wrong with the store: the certificate is renewed already. */
export function renewStore(store: KnownStore, issued: StandingCertificate, place: Place): StoreOutcome {
  const { keystoreFile } = store;
  const stale = (reason: string, isFailure: boolean): StoreOutcome => {
    const command = formatCommand(store, issued, place.access);
    return { keystoreFile, isRenewed: false, reason, isFailure, command };
  };
  try {
    const secret = readPassword(store, place);
    if (secret === undefined && store.passwordFile !== undefined)
      return stale(`its password is no longer in ${formatPath(store.passwordFile, place.access.context.io.cwd)}`, true);
    if (secret === undefined) return stale('its password is not known', false);
    const old = readPkcs12(readIfPresent(place.home.fs, keystoreFile) ?? new Uint8Array(), {
      what: keystoreFile,
      password: secret.password,
    });
    writeAnew(old, { store: { ...store, ...secret }, issued, password: secret.password }, place);
    return { keystoreFile, isRenewed: true };
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    const isWrong = cause.code === 'PKCS12_PASSWORD_WRONG' || cause.code === 'PKCS12_PASSWORD_NEEDED';
    return stale(isWrong ? 'its password is another by now' : cause.message, true);
  }
}

type Secret = { readonly password: string; readonly passwordFile?: string };

/** The first line of the file, as everywhere; an empty one can't have made a store. */
function readPassword({ passwordFile }: KnownStore, { home, access }: Place): Secret | undefined {
  const given = readPasswordFile(access);
  const file = passwordFileOf(access);
  if (given !== undefined) return { password: given, ...(file === undefined ? {} : { passwordFile: file }) };
  if (passwordFile === undefined || !isLasting(passwordFile, home.fs)) return undefined;
  const bytes = readIfPresent(home.fs, passwordFile);
  const [password = ''] = Buffer.from(bytes ?? new Uint8Array())
    .toString()
    .split(/\r?\n/, 1);
  return password === '' ? undefined : { password };
}

type Renewal = { readonly store: KnownStore; readonly issued: StandingCertificate; readonly password: string };

function writeAnew(old: Pkcs12Contents, { store, issued, password }: Renewal, { home, access }: Place): void {
  const blocks = parsePemOrDer(readIfPresent(home.fs, issued.certFile) ?? new Uint8Array(), issued.certFile);
  const leafAndIssuers = blocks.filter(({ label }) => label === 'CERTIFICATE').map(({ der }) => der);
  const { key, chain } = findKey(old, { leafAndIssuers, store, issued }, { home, access });
  const { alias, isLegacy, keystoreFile, passwordFile } = store;
  const p12 = writePkcs12({ key, chain, alias, password, isLegacy });
  for (const { pkcs8Der } of [...old.privateKeys, key]) pkcs8Der.fill(0);
  const contents = {
    certSha256Hex: issued.pins.certSha256Hex,
    alias,
    isLegacy,
    ...(passwordFile === undefined ? {} : { passwordFile }),
  };
  writeKeystoreFile(home, { path: keystoreFile, p12, isForced: false, now: access.context.io.now(), contents });
}

type Sought = {
  readonly leafAndIssuers: readonly Bytes[];
  readonly store: KnownStore;
  readonly issued: StandingCertificate;
};

/** The key that the store holds, where it was kept; else the one beside the certificate. What stood above the issuer stays in the chain. */
function findKey(
  old: Pkcs12Contents,
  { leafAndIssuers, store, issued }: Sought,
  { home, access }: Place,
): { key: Pkcs12PrivateKey; chain: Bytes[] } {
  const others = old.certificates.filter(({ certDer }) => formatHex(nodeSha256(certDer)) !== store.certSha256Hex);
  const certificates = [...leafAndIssuers.map((certDer) => ({ certDer, isTrusted: false })), ...others];
  const chainFor = (key: Pkcs12PrivateKey): Bytes[] =>
    chainOf({ ...old, certificates }, { pkcs8Der: key.pkcs8Der }).map(({ certDer }) => certDer);
  for (const key of old.privateKeys) {
    const chain = chainFor(key);
    if (chain[0] === leafAndIssuers[0]) return { key, chain };
  }
  const file = issued.keyFile ?? issued.certFile;
  const passphrase = readPassphraseFile(access.invocation, access.context);
  const bytes = readIfPresent(home.fs, file) ?? new Uint8Array();
  const keyPem = parsePemOrDer(bytes, file).find(({ label }) => PRIVATE_KEY_LABELS.some((known) => known === label));
  const { keyObject } = parsePrivateKey(Buffer.from(keyPem?.pem ?? ''), {
    what: file,
    ...(passphrase === undefined ? {} : { passphrase }),
  });
  const key = { pkcs8Der: Uint8Array.from(keyObject.export({ type: 'pkcs8', format: 'der' })) };
  return { key, chain: chainFor(key) };
}

function formatCommand(
  { keystoreFile, alias, isLegacy }: KnownStore,
  issued: StandingCertificate,
  access: Access,
): string {
  const spell = (path: string): string => quoteWord(formatPath(path, access.context.io.cwd));
  const key = issued.keyFile === null || issued.keyFile === issued.certFile ? [] : ['--key', spell(issued.keyFile)];
  const words = ['--cert', spell(issued.certFile), ...key, '--out', spell(keystoreFile), '--alias', quoteWord(alias)];
  return ['mintmark keystore', ...words, ...(isLegacy ? ['--legacy'] : [])].join(' ');
}
