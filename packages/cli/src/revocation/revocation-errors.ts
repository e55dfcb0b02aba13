/** @module The table of error codes of revoking, of writing revocation lists and of the OCSP responder. Apart, because only those commands load it. */
import { createErrorFactory, quote, quoteWord } from '@mintmark/ca-core';

type Target = { target: string };
type Ca = { caName: string };

export const REVOKE_ERRORS = {
  REVOKE_NOT_ISSUED: {
    message: (d: Target) => `${quote(d.target)} is no certificate of a CA of this home`,
    hint: () => 'see what was issued: mintmark list --all',
  },
  REVOKE_SELF_SIGNED: {
    message: (d: Target) => `${quote(d.target)} signs itself, so no CA can revoke it`,
    hint: () => 'take it and its pins out of the clients that trust it, and make another: mintmark self-signed NAME...',
  },
  REVOKE_CA: {
    message: (d: Target) => `${quote(d.target)} is a CA certificate, and its root's key can sign no revocation`,
    hint: () => 'take the root out of this machine instead: mintmark uninstall; then make a new CA: mintmark ca create',
  },
  REVOKE_CA_GONE: {
    message: (d: Target & Ca) =>
      `CA ${quote(d.caName)}, which issued ${quote(d.target)}, is gone, so nobody can sign its revocation`,
    hint: () => 'where its root is still trusted, take that out: mintmark uninstall --all',
  },
  CRL_ROOT_MISSING: {
    message: (d: Ca & { file: string }) =>
      `CA ${quote(d.caName)} has no revocation list of its root (${d.file}), and the root's key is not there to sign one`,
    hint: () =>
      'leave out --with-root and check leaves alone (openssl verify -crl_check), or make a new CA: mintmark ca create NAME',
  },
  CRL_FILE_FOREIGN: {
    message: (d: { path: string }) => `${d.path} exists and is no revocation list of this CA, so it is not replaced`,
    hint: () => 'choose another path, or say --force',
  },
  LISTEN_ADDRESS_INVALID: {
    message: (d: { address: string }) => `${quote(d.address)} is no address to listen on`,
    hint: () => 'give an IP address and a port: --listen 127.0.0.1:2560, or --listen [::1]:2560',
    kind: 'usage',
  },
  LISTEN_FAILED: {
    message: (d: { address: string; reason: string }) => `can't listen on ${d.address}: ${d.reason}`,
    hint: () => 'choose another port: --listen 127.0.0.1:0 takes any that is free',
  },
  OCSP_VERB_UNKNOWN: {
    message: (d: { word: string }) => `mintmark ocsp has no ${quoteWord(d.word)}`,
    hint: () => 'start the responder: mintmark ocsp serve',
    kind: 'usage',
  },
} as const;

/** Throws of these commands are made here. */
export const revokeError = createErrorFactory(REVOKE_ERRORS);
