/** @module The table of error codes of rotation: spare keys, renewal, signed pin manifests. Apart, because only those commands load it. */
import { createErrorFactory, quote, quoteWord } from '@mintmark/ca-core';

type Target = { target: string };
type File = { file: string };

export const ROTATION_ERRORS = {
  SPARE_EXISTS: {
    message: (d: File) => `the key has a spare already; it was put into ${d.file}`,
    hint: (d: File) => `--backup ${quoteWord(d.file)}, or where it is now; --force makes another and voids its pin`,
  },
  SPARE_PLACE_TAKEN: {
    message: (d: File & { reason: string }) => `${d.file} is not replaced by a spare: ${d.reason}`,
    hint: () => 'choose another file: --backup FILE',
  },
  SPARE_USED: {
    message: (d: Target & { isExpected: boolean }) =>
      `the spare key of ${d.target} has taken over already, and no other stands by`,
    hint: (d: Target) =>
      `make the next: mintmark pin ${quoteWord(d.target)} --backup FILE; or a key that nobody has a pin of: --force`,
  },
  SPARE_MISSING: {
    message: (d: File & { reason: string } & Target) => `the spare key can't take over: ${d.file} ${d.reason}`,
    hint: (d: Target) =>
      `say where it is: --spare FILE; if it is lost, make another: mintmark pin ${quoteWord(d.target)} --backup FILE --force`,
  },
  SPARE_UNKNOWN: {
    message: (d: Target) => `no spare is on record for the key of ${d.target}`,
    hint: (d: Target) =>
      `make one: mintmark pin ${quoteWord(d.target)} --backup FILE; or certify any key: mint --reuse-key FILE`,
  },
  SPARE_KEY_TYPE: {
    message: (d: { spare: string; wanted: string }) => `the spare key is ${d.spare}, and --key says ${d.wanted}`,
    hint: () => 'leave out --key: clients that have the pin of the spare wait for that key',
  },
  SPARE_KEY_KIND: {
    message: (d: { keyLabel: string }) => `no spare can be made of the kind ${d.keyLabel}`,
    hint: () => 'mintmark makes ECDSA P-256 and P-384, Ed25519 and RSA 2048, 3072 and 4096 keys',
  },
  SPARE_PASSPHRASE_NEEDED: {
    message: (d: File) => `${d.file} was sealed with a passphrase of yours, and there is no terminal to ask on`,
    hint: () => 'give it in a file: --spare-passphrase-file FILE',
  },
  WEBTRANSPORT_PAIR: {
    message: (d: { certFile: string; names: readonly string[] }) =>
      `${d.certFile} is one of a WebTransport pair, whose hashes are announced`,
    hint: (d: { names: readonly string[] }) =>
      `let the next one take over: mintmark self-signed ${d.names.map(quoteWord).join(' ')} --webtransport; or --force`,
  },
  NOT_ISSUED_HERE: {
    message: (d: Target) => `${quote(d.target)} is no certificate file or serial of this home`,
    hint: () => 'see what was issued: mintmark list --all',
  },
  RENEW_IMPOSSIBLE: {
    message: (d: { certFile: string; reason: string; command: string; isExpected?: boolean }) =>
      `${d.certFile} is not renewed: ${d.reason}`,
    hint: (d: { command: string }) => d.command,
  },
  MANIFEST_NO_KEY: {
    message: (d: Target & { reason: string; command: string }) => `no manifest for ${d.target}: ${d.reason}`,
    hint: (d: { command: string }) => d.command,
  },
  MANIFEST_REFUSED: {
    message: (d: File & { reason: string }) => `${d.file} is refused: ${d.reason}`,
    hint: () => 'pin nothing of it; who may sign is named by --roots FILE or --check PIN',
  },
} as const;

/** Throws of rotation are made here. */
export const rotationError = createErrorFactory(ROTATION_ERRORS);
