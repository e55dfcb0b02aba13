/** @module What signs: a private key behind one function, whatever engine or token holds it. */
import type { Bytes } from '../der/bytes.ts';
import type { SignatureAlgorithm } from './algorithms.ts';

/**
 * `sign` returns the signature value as X.509 stores it (for ECDSA: DER ECDSA-Sig-Value, RFC 3279 section 2.2.3).
 * `R` is `Bytes` for a synchronous engine and `Promise<Bytes>` for WebCrypto or a token.
 */
export type Signer<R extends Bytes | Promise<Bytes> = Bytes | Promise<Bytes>> = {
  readonly algorithm: SignatureAlgorithm;
  /** SubjectPublicKeyInfo of the key, DER. */
  readonly publicKeySpki: Bytes;
  readonly sign: (tbs: Uint8Array) => R;
};

/** True when the signature over `tbs` is by the key of `spkiDer`. `algorithmOid` and its hash are checked by the caller. */
export type SignatureVerifier = (input: {
  readonly spkiDer: Uint8Array;
  readonly hash: 'sha256' | 'sha384' | 'sha512' | undefined;
  readonly tbsDer: Uint8Array;
  readonly signature: Uint8Array;
}) => boolean;
