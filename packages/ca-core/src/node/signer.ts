/** @module Signing and verifying with node:crypto, synchronous: several times faster than WebCrypto for short messages. */
import { createPublicKey, sign, verify } from 'node:crypto';
import type { Bytes } from '../der/bytes.ts';
import type { SignatureVerifier, Signer } from '../keys/signer.ts';
import type { NodePrivateKey } from './private-key.ts';

/** A signer over a private key in this process. */
export function createNodeSigner({ keyObject, subjectKey }: NodePrivateKey): Signer<Bytes> {
  const { signature, spkiDer } = subjectKey;
  return {
    algorithm: signature,
    publicKeySpki: spkiDer,
    sign: (tbs) => new Uint8Array(sign(signature.hash ?? null, tbs, keyObject)),
  };
}

/** Verifies with node:crypto; a malformed key or signature is simply not valid. */
export const verifyWithNode: SignatureVerifier = ({ spkiDer, hash, tbsDer, signature }) => {
  try {
    const key = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    return verify(hash ?? null, tbsDer, key, signature);
  } catch {
    return false;
  }
};
