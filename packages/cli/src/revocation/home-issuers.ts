/**
 * @module The issuers of a home, those included that wait to take another's place or had theirs taken: who signed a certificate, and
 * who may have.
 */
import { isEqualBytes } from '@mintmark/ca-core';
import { verifyWithNode } from '@mintmark/ca-core/node';
import { signatureHash, type CertificateFacts } from '@mintmark/ca-core/read';
import {
  listCaNames,
  readCa,
  readPredecessor,
  readSuccessor,
  type Home,
  type IssuedEntry,
  type StoredCa,
} from '@mintmark/ca-store';

/** Every CA of the home. @throws CA_DAMAGED */
export const readHomeCas = (home: Home): StoredCa[] =>
  listCaNames(home).flatMap((name) =>
    [readCa(home, name), readSuccessor(home, name), readPredecessor(home, name)].filter((ca) => ca !== undefined),
  );

/** The CA whose issuer made the signature; undefined when none did. */
export function findSigner(cas: readonly StoredCa[], facts: CertificateFacts): StoredCa | undefined {
  const hash = signatureHash(facts.signatureAlgorithmOid);
  if (hash === null) return undefined;
  const { tbsDer, signature, issuerDer } = facts;
  return cas.find(({ issuer }) => {
    const { spkiDer } = issuer.subjectKey;
    return isEqualBytes(issuer.subjectDer, issuerDer) && verifyWithNode({ spkiDer, hash, tbsDer, signature });
  });
}

/**
 * The CAs that may have issued what an entry tells of, when no file is left to tell: those of its name within whose time it lies. A
 * leaf never begins before its issuer, so that an older CA of the same name is told apart.
 */
export const findNamesakes = (cas: readonly StoredCa[], entry: IssuedEntry): StoredCa[] =>
  cas.filter(
    ({ name, issuer }) =>
      name === entry.ca && issuer.notBefore <= new Date(entry.notBefore) && new Date(entry.notAfter) <= issuer.notAfter,
  );
