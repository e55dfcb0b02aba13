/** @module The table of error codes of a CA's life: rotation, and issuers below a kept root. Apart, because only `ca` loads it. */
import { createErrorFactory, quote, quoteWord } from '@mintmark/ca-core';
import { formatList } from '../terminal/text.ts';

type Ca = { caName: string };

export const CA_ERRORS = {
  ROTATION_NONE: {
    message: (d: Ca) => `no rotation of CA ${quote(d.caName)} is under way`,
    hint: (d: Ca) => `see what one would do: mintmark ca rotate ${d.caName} --dry-run`,
  },
  ROTATION_UNDER_WAY: {
    message: (d: Ca) => `a rotation of CA ${quote(d.caName)} is under way`,
    hint: (d: Ca) => `end it: mintmark ca rotate ${d.caName}; or go back: mintmark ca rotate ${d.caName} --undo`,
  },
  ROTATION_SCOPE_NEEDED: {
    message: (d: Ca & { domains: readonly string[] }) =>
      `CA ${quote(d.caName)} is unscoped, and so would be the one that takes its place`,
    hint: (d: Ca & { domains: readonly string[] }) =>
      `scope the new one: mintmark ca rotate ${d.caName}${d.domains.map((domain) => ` --scope ${quoteWord(domain)}`).join('')}; or say --unscoped`,
  },
  ROTATION_SCOPE_NARROW: {
    message: (d: Ca & { name: string; scope: readonly string[]; domains: readonly string[] }) =>
      `there is a certificate for ${quote(d.name)}, and the scope of the new CA ${quote(d.caName)} would leave it out\n  (${formatList(d.scope, 4)})`,
    hint: (d: Ca & { domains: readonly string[] }) =>
      d.domains.length === 0
        ? 'leave --constrain-ips out; or delete that certificate'
        : `name every domain in use: mintmark ca rotate ${d.caName}${d.domains.map((domain) => ` --scope ${quoteWord(domain)}`).join('')}`,
  },
  ROTATION_KEY_ELSEWHERE: {
    message: (d: Ca) => `the key of CA ${quote(d.caName)} is in a token, and a new one could be made in any`,
    hint: (d: Ca) =>
      `name the place of the new key: mintmark ca rotate ${d.caName} --token URI; or a file: --passphrase-file FILE`,
  },
  IMPORT_EMPTY: {
    message: (d: { what: string; wanted: string }) => `${d.what} holds nothing of a CA: ${d.wanted}`,
    hint: () => 'name the files of the CA: mintmark ca import root.pem issuer.pem issuer-key.pem',
  },
  IMPORT_CHAIN_LONG: {
    message: (d: { names: readonly string[] }) =>
      `the chain has ${d.names.length} CA certificates, and two are the most that Mintmark takes: ${d.names.join(', below ')}`,
    hint: () => 'ask for an issuer directly below the root',
  },
  IMPORT_TAKEN: {
    message: (d: { other: string; isSame: boolean }) =>
      d.isSame
        ? `it is already here as CA ${quote(d.other)}`
        : `CA ${quote(d.other)} has the same subject, and clients could not tell the two apart`,
    hint: (d: { other: string; isSame: boolean }) =>
      d.isSame
        ? `use it: --ca ${d.other}; to put it in again: mintmark ca remove ${d.other}`
        : `let one of them go: mintmark ca remove ${d.other}; or keep them apart: --home DIR`,
  },
  IMPORT_UNFIT: {
    message: (d: { what: string; reason: string }) => `${d.what} is not taken: ${d.reason}`,
    hint: () => 'ask who made it for a new one; or make a CA of your own: mintmark ca create NAME --scope DOMAIN',
  },
  PARENT_KEY_MISMATCH: {
    message: (d: Ca & { file: string }) => `${d.file} is not the key of the root of CA ${quote(d.caName)}`,
    hint: () => 'give the file that --keep-root-key wrote when that CA was made: --root-key-file FILE',
  },
  PARENT_CANNOT_SIGN: {
    message: (d: Ca & { reason: string }) => `the root of CA ${quote(d.caName)} can sign no issuer: ${d.reason}`,
    hint: () => 'make a CA of its own: mintmark ca create NAME --scope DOMAIN',
  },
  PARENT_SCOPE: {
    message: (d: Ca & { outside: string; scope: readonly string[] }) =>
      `${quote(d.outside)} is outside the scope of the root of CA ${quote(d.caName)} (${d.scope.join(', ')})`,
    hint: () =>
      'an issuer can speak for less than its root, never for more: name a domain within; or make a CA without --parent',
  },
} as const;

/** Throws of a CA's life are made here. */
export const caError = createErrorFactory(CA_ERRORS);
