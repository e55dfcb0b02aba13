/**
 * @module Homebrew's OpenSSL, read by what Homebrew builds on it: curl, Python, Ruby, PHP, Node. The root goes into the folder of
 * certificates, since the bundle is made anew by every upgrade of `ca-certificates`.
 */
import { posix } from 'node:path';
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { HomebrewOpenssl } from '../facts/homebrew.ts';
import type { Route, Step } from '../plan/steps.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

const CERT_MODE = 0o644;
const FOLDER_MODE = 0o755;

export const homebrewStore: Store = { id: 'homebrew-openssl', view: viewHomebrew };

function viewHomebrew(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const openssls = facts.homebrew?.openssls ?? [];
  if (openssls.length === 0) return undefined;
  const places = openssls.map((openssl) => viewPlace(openssl, facts, anchor));
  return { id: 'homebrew-openssl', name: 'Homebrew OpenSSL', clients: ['Homebrew OpenSSL'], places };
}

function viewPlace(openssl: HomebrewOpenssl, facts: Facts, anchor: TrustAnchor): PlaceView {
  const isLinked = openssl.files.some((file) => file.sha256Hex === anchor.sha256Hex && file.isLinked);
  const isBundled = openssl.bundled.has(anchor.sha256Hex);
  const common = { id: openssl.folder, label: openssl.folder, uninstall: planRemovals(openssl, facts, anchor) };
  if (isLinked || isBundled) {
    const detail = 'the root came into the bundle by the keychain';
    return { ...common, state: 'trusted', install: [], ...(isLinked ? {} : { detail }) };
  }
  return { ...common, state: 'absent', install: planAdditions(openssl, anchor) };
}

const nameOf = ([program]: readonly [string, ...string[]]): string => posix.basename(program);

/** Homebrew's folders are the user's own, but some people make them root's. */
const rightsOf = ({ isWritable }: HomebrewOpenssl): { readonly root?: true } => (isWritable ? {} : { root: true });

/** One way for each program that makes links by hash: `c_rehash` wants Perl, `openssl rehash` came with 1.1.0. */
function planAdditions(openssl: HomebrewOpenssl, anchor: TrustAnchor): Route[] {
  const certs = posix.join(openssl.folder, 'certs');
  const path = posix.join(certs, `${anchor.fileStem}.pem`);
  const rights = rightsOf(openssl);
  const before: Step[] = openssl.isCertsFolderPresent
    ? []
    : [{ kind: 'make-folder', path: certs, mode: FOLDER_MODE, ...rights }];
  return openssl.rehashCommands.map((command) => ({
    name: nameOf(command),
    steps: [
      ...before,
      { kind: 'write-file', path, text: anchor.certPem, mode: CERT_MODE, sameAs: anchor.certFile, ...rights },
      { kind: 'run', command, ...rights },
    ],
    cleanUp: [{ kind: 'remove-file', path, ...rights }],
  }));
}

/** A link whose file is gone is taken away by the next rehash. Only the bundle needs `brew`, and only after the keychain lost the root. */
function planRemovals(openssl: HomebrewOpenssl, facts: Facts, anchor: TrustAnchor): Route[] {
  const certs = posix.join(openssl.folder, 'certs');
  const rights = rightsOf(openssl);
  const own = openssl.files.filter(({ sha256Hex, isAlone }) => sha256Hex === anchor.sha256Hex && isAlone);
  const { brew } = openssl;
  const renewal: Step[] =
    openssl.bundled.has(anchor.sha256Hex) && brew !== undefined
      ? [{ kind: 'run', command: [brew, 'postinstall', 'ca-certificates'], timeoutMs: BREW_TIMEOUT_MS }]
      : [];
  const emptied: Step[] = facts.created.has(certs) ? [{ kind: 'remove-folder', path: certs, ...rights }] : [];
  const removal = own.map(({ path }): Step => ({ kind: 'remove-file', path, ...rights }));
  if (removal.length === 0) return renewal.length === 0 ? [] : [{ name: 'brew', steps: renewal }];
  return openssl.rehashCommands.map((command) => ({
    name: nameOf(command),
    steps: [...removal, { kind: 'run', command, ...rights }, ...emptied, ...renewal],
  }));
}

/** It reads every certificate of the keychains. */
const BREW_TIMEOUT_MS = 300_000;
