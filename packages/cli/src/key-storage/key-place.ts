/** @module What a place for the key of a new CA is to the ceremony: the parts that it brings, and the way back. */
import type { Bytes, KeyType, Signer, SubjectKey } from '@mintmark/ca-core';
import type { CaFiles } from '@mintmark/ca-store';

/** `keyType` is the new root's too. `finish` completes the files of the ceremony. */
export type KeyPlace = {
  readonly keyType: KeyType;
  readonly passphrase?: string;
  /** Where the key lies elsewhere: its public half, and what signs by it. */
  readonly issuer?: { readonly issuerKey: SubjectKey; readonly issuerSigner: Signer<Bytes> };
  readonly finish: (files: CaFiles) => CaFiles;
  /** Takes back what was put elsewhere, and says what could not be. */
  readonly undo: () => Promise<void>;
};
