/** @module A signer whose private key lies in a token. It signs at once, as one over a key in memory does, and trusts no signature unseen. */
import { createHash } from 'node:crypto';
import type { Bytes, Signer, SubjectKey } from '@mintmark/ca-core';
import { verifyWithNode } from '@mintmark/ca-core/node';
import { keyStorageError } from './key-storage-errors.ts';
import { MECHANISMS, USERS } from './pkcs11-numbers.ts';
import type { Mechanism, Session, TokenObject } from './token-client.ts';
import { withTokenErrors } from './token-failure.ts';
import { toPinError } from './token-login.ts';
import { isAlwaysAuthenticated } from './token-key.ts';
import { encodeEcdsaSignature, encodeSha256DigestInfo } from './token-public-key.ts';

export type TokenSignerFacts = {
  readonly session: Session;
  readonly token: string;
  readonly caName: string;
  readonly object: TokenObject;
  /** Of the CA's certificate; what the token signs must verify by it. */
  readonly subjectKey: SubjectKey;
  /** For keys that ask for it before each signature. */
  readonly pin: string | undefined;
};

/** @throws TOKEN_FAILED, TOKEN_SIGNATURE_WRONG from its `sign` */
export function createTokenSigner(facts: TokenSignerFacts): Signer<Bytes> {
  const { session, token, caName, object, subjectKey } = facts;
  const { signature: algorithm, spkiDer } = subjectKey;
  const needsPin = isAlwaysAuthenticated(object);
  const mechanism = mechanismFor(subjectKey);
  return {
    algorithm,
    publicKeySpki: spkiDer,
    sign: (tbs) => {
      const signature = withTokenErrors(token, () => {
        const operation = session.createSign(mechanism, object);
        if (needsPin) logInAgain(facts);
        return finish(subjectKey, operation.once(prepare(subjectKey, tbs)));
      });
      if (!verifyWithNode({ spkiDer, hash: algorithm.hash, tbsDer: tbs, signature }))
        throw keyStorageError('TOKEN_SIGNATURE_WRONG', { token, caName });
      return signature;
    },
  };
}

/** Sessions whose PIN was right at first and wrong later, as after somebody changed it, with what each answered. */
const refusals = new WeakMap<Session, Error>();

/** For one signature. A PIN that was refused once is not tried for the next: a server that signs all day would lock the token. */
function logInAgain({ session, token, pin }: TokenSignerFacts): void {
  const refusal = refusals.get(session);
  if (refusal !== undefined) throw refusal;
  if (pin === undefined)
    throw keyStorageError('TOKEN_KEY_UNFIT', { token, reason: 'it wants a PIN each time, and its token takes none' });
  try {
    session.login(pin, USERS.contextSpecific);
  } catch (cause) {
    const error = toPinError(cause, token, 0);
    refusals.set(session, error);
    throw error;
  }
}

function mechanismFor({ family }: SubjectKey): Mechanism {
  if (family === 'rsa') return MECHANISMS.rsaPkcs;
  return family === 'ec' ? MECHANISMS.ecdsa : MECHANISMS.eddsa;
}

function prepare({ family, signature: { hash } }: SubjectKey, tbs: Uint8Array): Uint8Array {
  if (hash === undefined) return tbs;
  const digest = createHash(hash).update(tbs).digest();
  return family === 'rsa' ? encodeSha256DigestInfo(digest) : digest;
}

const finish = ({ family }: SubjectKey, raw: Buffer): Bytes =>
  family === 'ec' ? encodeEcdsaSignature(raw) : Uint8Array.from(raw);
