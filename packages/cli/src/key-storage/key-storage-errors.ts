/** @module The table of error codes of keys that lie elsewhere: in a PKCS#11 token, or behind the platform's secret store. Loaded with those alone. */
import { createErrorFactory, quote, quoteWord } from '@mintmark/ca-core';

type Token = { token: string };

export const KEY_STORAGE_ERRORS = {
  TOKEN_URI_INVALID: {
    message: (d: { reason: string }) => `the token is not named well: ${d.reason}`,
    hint: () => "name it as RFC 7512 does: --token 'pkcs11:token=LABEL?module-path=/path/to/module.so'",
    kind: 'usage',
  },
  TOKEN_URI_PIN: {
    message: (_d: Record<string, never>) =>
      'a PIN has no place on a command line: others see it in the list of processes',
    hint: () => 'leave pin-value out and give the PIN in a file: --pin-file FILE; that PIN is known now, so change it',
    kind: 'usage',
  },
  TOKEN_CLIENT_MISSING: {
    message: (_d: Record<string, never>) =>
      'keys in tokens need the package node-webcrypto-p11, which is not installed',
    hint: () => 'install it where mintmark is: npm install -g node-webcrypto-p11 (it compiles; see docs/keys.md)',
  },
  TOKEN_CLIENT_BROKEN: {
    message: (d: { reason: string }) => `the package node-webcrypto-p11 is here and can't be loaded: ${d.reason}`,
    hint: () => 'build it for this Node: npm rebuild -g pkcs11js (it compiles; see docs/keys.md)',
  },
  TOKEN_MODULE_FAILED: {
    message: (d: { modulePath: string; reason: string }) =>
      `${d.modulePath} can't be used as a PKCS#11 module: ${d.reason}`,
    hint: () => 'give the library that came with the token: module-path=/path/to/module.so',
  },
  TOKEN_NOT_FOUND: {
    message: (d: { wanted: string; present: readonly string[] }) =>
      `no token ${d.wanted}; ${d.present.length === 0 ? 'there is none at all' : `present: ${d.present.join(', ')}`}`,
    hint: () => 'plug it in, and see what is there: pkcs11-tool --module MODULE --list-slots',
  },
  TOKEN_SEVERAL: {
    message: (d: { wanted: string; present: readonly string[] }) =>
      `several tokens are ${d.wanted}: ${d.present.join(', ')}`,
    hint: () => 'say which by its serial number: pkcs11:token=LABEL;serial=NUMBER?module-path=…',
  },
  TOKEN_PIN_NEEDED: {
    message: (d: Token) => `token ${quote(d.token)} needs its PIN, and there is no terminal to ask on`,
    hint: () => 'give it in a file: --pin-file FILE',
  },
  TOKEN_PIN_LENGTH: {
    message: (d: Token & { min: number; max: number }) =>
      `that can't be the PIN of token ${quote(d.token)}, which has ${d.min} to ${d.max} characters; it was not tried`,
    hint: () => 'give the PIN of the user, not the PUK or the PIN of the security officer',
  },
  TOKEN_PIN_WRONG: {
    message: (d: Token & { left: string }) => `the PIN of token ${quote(d.token)} is wrong; it was tried once${d.left}`,
    hint: () => 'run the command again with the right PIN; nothing here tries it again by itself',
  },
  TOKEN_PIN_LAST_TRY: {
    message: (d: Token) => `one more wrong PIN locks token ${quote(d.token)}, so it was not tried`,
    hint: () => 'run this on a terminal, where you are asked first; a right PIN sets the count back',
  },
  TOKEN_PIN_LOCKED: {
    message: (d: Token) => `the PIN of token ${quote(d.token)} is locked after too many wrong ones`,
    hint: () => "unlock it with the token's own program and its PUK or security officer PIN",
  },
  TOKEN_PIN_UNSET: {
    message: (d: Token) => `token ${quote(d.token)} has no user PIN yet`,
    hint: () => 'set one: pkcs11-tool --module MODULE --init-pin --login --login-type so',
  },
  TOKEN_PIN_PAD: {
    message: (d: Token) => `token ${quote(d.token)} takes its PIN by a pad of its own alone, which can't be used here`,
    hint: () => 'take a token or a reader that lets a program give the PIN',
  },
  TOKEN_KEY_NOT_FOUND: {
    message: (d: Token & { wanted: string }) => `token ${quote(d.token)} holds no private key ${d.wanted}`,
    hint: () => 'see what it holds: pkcs11-tool --module MODULE --login --list-objects',
  },
  TOKEN_KEY_SEVERAL: {
    message: (d: Token & { wanted: string; count: number }) =>
      `token ${quote(d.token)} holds ${d.count} private keys ${d.wanted}`,
    hint: () => 'say which by its id: pkcs11:token=LABEL;id=%01?module-path=…',
  },
  TOKEN_KEY_UNFIT: {
    message: (d: Token & { reason: string }) =>
      `the key in token ${quote(d.token)} can't sign certificates: ${d.reason}`,
    hint: () => 'take another key, or have one made: leave object= and id= out',
  },
  TOKEN_KEY_TYPE: {
    message: (d: Token & { keyLabel: string; reason: string }) =>
      `token ${quote(d.token)} makes no ${d.keyLabel} key: ${d.reason}`,
    hint: () => 'take another: --key ecdsa-p256 or --key rsa-2048',
  },
  TOKEN_WRITE_PROTECTED: {
    message: (d: Token) => `token ${quote(d.token)} takes no key: it is write-protected`,
    hint: () => 'name a key that it holds: pkcs11:token=LABEL;object=KEY?module-path=…',
  },
  TOKEN_FAILED: {
    message: (d: Token & { reason: string }) => `token ${quote(d.token)} failed: ${d.reason}`,
    hint: () => 'see that it is still plugged in, then run the command again',
  },
  TOKEN_SIGNATURE_WRONG: {
    message: (d: Token & { caName: string }) =>
      `token ${quote(d.token)} made a signature that is not by the key of CA ${quote(d.caName)}; it was thrown away`,
    hint: () => 'see which keys it holds: pkcs11-tool --module MODULE --login --list-objects',
  },
  TOKEN_HOLDS_KEY: {
    message: (d: Token & { caName: string; what: string }) =>
      `the key of CA ${quote(d.caName)} lies in token ${quote(d.token)} and ${d.what}`,
    hint: () => "a token's PIN is changed with the token's own program; its key can't be taken out",
  },
  SECRET_STORE_CLIENT_MISSING: {
    message: (_d: Record<string, never>) =>
      "the platform's secret store needs the package @napi-rs/keyring, which is not installed",
    hint: () => 'install it where mintmark is: npm install -g @napi-rs/keyring',
  },
  SECRET_STORE_UNAVAILABLE: {
    message: (d: { reason: string }) => `the platform's secret store can't be used: ${d.reason}`,
    hint: () => 'log in on the desktop and unlock its keyring; without one: --passphrase-file FILE',
  },
  SECRET_STORE_EMPTY: {
    message: (d: { caName: string }) =>
      `the platform's secret store of this user holds no passphrase for CA ${quote(d.caName)}`,
    hint: (d: { caName: string }) =>
      `use it where it was made; a home that was copied needs a file of mintmark ca export ${quoteWord(d.caName)} --with-key`,
  },
  NEW_PASSPHRASE_NEEDED: {
    message: (d: { caName: string }) =>
      `CA ${quote(d.caName)} needs a new passphrase, and there is no terminal to ask on`,
    hint: () => 'give it in a file: --new-passphrase-file FILE; or none at all: --remove-passphrase',
  },
  CA_KEY_CHANGED: {
    message: (d: { caName: string }) =>
      `another command changed the key file of CA ${quote(d.caName)} meanwhile, so this one left it alone`,
    hint: () => 'run the command again',
  },
} as const;

/** Throws of key storage are made here. */
export const keyStorageError = createErrorFactory(KEY_STORAGE_ERRORS);
