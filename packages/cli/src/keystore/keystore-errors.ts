/** @module The table of error codes of PKCS#12 stores that are written. Apart, because only the commands that write them load it. */
import { createErrorFactory, quoteWord } from '@mintmark/ca-core';

type File = { file: string };

export const KEYSTORE_ERRORS = {
  KEYSTORE_KEY_MISSING: {
    message: (d: File & { tried: readonly string[] }) => `no private key for ${d.file}: none in it, none beside it`,
    hint: (d: { tried: readonly string[] }) =>
      `say where it is: --key FILE${d.tried.length === 0 ? '' : ` (looked for ${d.tried.join(', ')})`}; without a key: --trust`,
  },
  KEYSTORE_KEY_MISMATCH: {
    message: (d: File & { keyFile: string }) => `${d.keyFile} is not the key of a certificate in ${d.file}`,
    hint: (d: File & { keyFile: string }) =>
      `compare their public keys: mintmark pin ${quoteWord(d.file)} ${quoteWord(d.keyFile)}`,
  },
  KEYSTORE_STRAYS: {
    message: (d: { subject: string; strays: readonly string[] }) =>
      `not in the chain of ${d.subject}: ${d.strays.join('; ')}`,
    hint: () => 'leave them out; what is to be trusted goes into a store of its own: mintmark keystore --trust',
  },
  KEYSTORE_TRUST_HOLDS_KEY: {
    message: (d: File) => `${d.file} holds a private key, which has no place in a trust store`,
    hint: () => 'give a file of certificates alone: --cert FILE',
  },
  KEYSTORE_OUT_IS_INPUT: {
    message: (d: { path: string; option: string }) =>
      `${d.path} is read for the new store, so that can't take its place`,
    hint: (d: { option: string }) => `give another name: ${d.option} FILE`,
  },
  KEYSTORE_PASSWORD_NEEDED: {
    message: (d: File) => `${d.file} needs a password, and there is no terminal to ask on`,
    hint: () => 'put one into a file that only you can read and give --password-file FILE',
  },
  KEYSTORE_PASSWORD_UNFIT: {
    message: (d: { source: string; reason: string }) => `the password from ${d.source} ${d.reason}`,
    hint: () => 'other programs would read it in another way: save it as plain text with letters, digits and signs',
  },
} as const;

export const keystoreError = createErrorFactory(KEYSTORE_ERRORS);
