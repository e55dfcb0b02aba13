/** @module One certificate as mkcert makes it: a pair of PEM files, one file with both, a PKCS#12 file, or a certificate for a request. */
import { dirname, resolve } from 'node:path';
import { parseKeyType, parsePem, PROFILES, type Bytes, type Profile, type SubjectAltName } from '@mintmark/ca-core';
import { createPrivateKeyOfType, formatPrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  appendLedger,
  CERTIFICATE_MODE,
  changeHome,
  KEY_MODE,
  sweepTemporaries,
  writeFileAtomically,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { assertFilePlaces, resolvePaths, type CertificatePaths } from '../certificates/file-names.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import {
  commitPairs,
  prepareOrder,
  signCertificate,
  type PairOrder,
  type SignedPair,
} from '../certificates/mint-pair.ts';
import { CLIENT_AND_SERVER } from '../certificates/order.ts';
import type { Access } from '../command.ts';
import { stageKeystoreFile } from '../keystore/keystore-file.ts';
import { chooseAuthority, type ChosenAuthority } from './choose-authority.ts';
import type { Authorities } from './authorities.ts';
import type { MkcertWords } from './flags.ts';
import { makeOpenFolders } from './folder.ts';
import { baseWord, formatMkcertBase, type HostNames } from './names.ts';
import { assertPairReplaceable, assertStoreReplaceable, STORE_PASSWORD } from './replaceable.ts';
import { isStream, withoutStreams, writeStream } from './streams.ts';

/** Where everything goes: `shown` as people are told, `paths` absolute. */
export type Outputs = {
  readonly paths: CertificatePaths;
  readonly shown: { readonly certFile: string; readonly keyFile: string; readonly p12File: string };
  /** Absent without -pkcs12, and then there is no pair. */
  readonly p12File?: string;
};

/** @throws NOT_A_FILE */
export function resolveOutputs(
  { switches, files, hosts }: MkcertWords,
  names: HostNames,
  { context }: Access,
): Outputs {
  const first = baseWord(hosts[0] ?? '', names.shown[0] ?? '');
  const base = formatMkcertBase(first, hosts.length, switches.has('client'));
  const shown = {
    certFile: files['cert-file'] ?? `./${base}.pem`,
    keyFile: files['key-file'] ?? `./${base}-key.pem`,
    p12File: files['p12-file'] ?? `./${base}.p12`,
  };
  const options = { 'cert-file': shown.certFile, 'key-file': shown.keyFile };
  const p12File = switches.has('pkcs12') ? resolve(context.io.cwd, shown.p12File) : undefined;
  const paths =
    p12File === undefined
      ? resolvePaths({ positionals: [], options }, context, base)
      : { certFile: p12File, keyFile: p12File };
  assertFilePlaces(
    [paths.certFile, paths.keyFile].filter((path) => !isStream(context.io.fs, path)),
    context,
  );
  return { paths, shown, ...(p12File === undefined ? {} : { p12File }) };
}

function chooseProfile(names: readonly SubjectAltName[], isClient: boolean): Profile {
  if (names.every(({ kind }) => kind === 'email')) return PROFILES.client;
  return isClient ? CLIENT_AND_SERVER : PROFILES.server;
}

/** Two years and three months, as mkcert counts them: below the 825 days that Apple allows. */
export function countValidityDays(now: Date): number {
  const end = new Date(now);
  end.setUTCFullYear(end.getUTCFullYear() + 2, end.getUTCMonth() + 3);
  return Math.round((end.getTime() - now.getTime()) / DAY_MS);
}

const DAY_MS = 86_400_000;

export type Issuance = {
  readonly words: MkcertWords;
  readonly names: HostNames;
  readonly outputs: Outputs;
  readonly authorities: Authorities;
};

export type Issued = { readonly result: IssuedCertificate; readonly authority: ChosenAuthority };

/**
 * Chooses (or makes) the CA, makes the key, signs, puts everything in place. Nothing is made where something is wrong.
 * `onChosen` runs before the certificate is signed.
 */
export async function issueForHosts(
  { words, names, outputs, authorities }: Issuance,
  access: Access,
  onChosen: (authority: ChosenAuthority) => Promise<void> | void,
): Promise<Issued> {
  const { home } = authorities;
  const now = access.context.io.now();
  const order: PairOrder = {
    profile: chooseProfile(names.names, words.switches.has('client')),
    request: { names: names.names, validityDays: countValidityDays(now) },
    paths: outputs.paths,
    keyType: parseKeyType(words.switches.has('ecdsa') ? 'ecdsa-p256' : 'rsa-2048'),
    isForced: true, // what may be replaced is judged here, by mkcert's lights
    isNewKey: true,
    now,
  };
  await assertReplaceable(home, outputs);
  const rehearse = (ca: StoredCa): unknown => prepareOrder({ ...order, ca }, createPrivateKeyOfType('ecdsa-p256'));
  const authority = await chooseAuthority(names.names, authorities, { access, rehearse });
  rehearse(authority.ca);
  await onChosen(authority);
  const signer = await authority.openSigner();
  const key = createPrivateKeyOfType(order.keyType); // before the lock: RSA takes its time
  const keyPem = formatPrivateKey(key);
  const certified = { subjectKey: key.subjectKey, signer, keyPem };
  const signed = signCertificate({ ...order, ca: authority.ca, signer }, certified);
  const p12 = outputs.p12File === undefined ? undefined : await encodeStore(signed, key, authority.ca);
  const result = changeHome(home, () =>
    p12 === undefined ? placePair(home, signed) : placeStore(home, { ...signed, p12, now }),
  );
  return { result, authority };
}

async function assertReplaceable(home: Home, { paths, p12File }: Outputs): Promise<void> {
  if (p12File !== undefined) return isStream(home.fs, p12File) ? undefined : assertStoreReplaceable(home, p12File);
  const [certFile, keyFile] = [paths.certFile, paths.keyFile].map((path) =>
    isStream(home.fs, path) ? undefined : path,
  );
  assertPairReplaceable(home, certFile, keyFile);
}

/** The pair in its places, both or none. Call it under the home's lock. */
function placePair(home: Home, signed: SignedPair): IssuedCertificate {
  const { certFile, keyFile } = signed.pair;
  const streams = [certFile, keyFile].filter((path) => isStream(home.fs, path));
  for (const path of [certFile, keyFile].filter((path) => !streams.includes(path))) prepareFolder(home, path);
  if (streams.length === 0) return commitPairs(home, [signed])[0] ?? signed.result;
  appendLedger(home, [withoutStreams(home.fs, signed.entry)]);
  const { certPem, keyPem = '' } = signed.pair;
  if (certFile === keyFile) writeStream(certFile, certPem + keyPem);
  else {
    const parts = [
      { path: keyFile, text: keyPem, mode: KEY_MODE },
      { path: certFile, text: certPem, mode: CERTIFICATE_MODE },
    ];
    for (const part of parts)
      if (streams.includes(part.path)) writeStream(part.path, part.text);
      else writeFileAtomically(home.fs, part);
  }
  return signed.result;
}

function prepareFolder(home: Home, path: string): void {
  makeOpenFolders(home.fs, dirname(path));
  sweepTemporaries(home.fs, dirname(path));
}

/** Key, leaf, issuer and, as mkcert does it, the root. */
async function encodeStore(signed: SignedPair, key: NodePrivateKey, ca: StoredCa): Promise<Bytes> {
  const { writePkcs12 } = await import('@mintmark/ca-core/pkcs12');
  const pkcs8Der = key.keyObject.export({ type: 'pkcs8', format: 'der' });
  const chain = [...parsePem(signed.pair.certPem, 'the chain').map(({ der }) => der), ca.rootDer];
  try {
    return writePkcs12({ key: { pkcs8Der }, chain, alias: aliasOf(signed), password: STORE_PASSWORD });
  } finally {
    pkcs8Der.fill(0);
  }
}

const aliasOf = ({ entry }: SignedPair): string => entry.names[0] ?? 'mkcert';

/** Call it under the home's lock. */
function placeStore(home: Home, signed: SignedPair & { readonly p12: Bytes; readonly now: Date }): IssuedCertificate {
  const { entry, result, p12, now } = signed;
  const path = entry.certFile;
  const { keyFile: _none, ...rest } = entry;
  const done = { ...result, keyFile: null, p12File: path };
  if (isStream(home.fs, path)) {
    appendLedger(home, [withoutStreams(home.fs, rest)]);
    writeStream(path, p12);
    return done;
  }
  prepareFolder(home, path);
  const contents = { certSha256Hex: entry.certSha256Hex, alias: aliasOf(signed), isLegacy: false };
  const staged = stageKeystoreFile(home, { path, p12, isForced: true, now, contents });
  appendLedger(home, [rest]);
  staged.place();
  return done;
}
