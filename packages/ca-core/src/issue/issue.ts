/** @module The second step of issuance: sign exactly the bytes that were prepared and linted. */
import { coreError } from '../core-errors.ts';
import type { Bytes } from '../der/bytes.ts';
import type { Signer } from '../keys/signer.ts';
import { encodeSigned } from '../x509/tbs-certificate.ts';
import type { CertificateDraft } from './prepare.ts';

/**
 * DER of the certificate; a promise exactly when the signer is asynchronous.
 * @throws SIGNATURE_ALGORITHM_MISMATCH
 */
export function issueCertificate(draft: CertificateDraft, signer: Signer<Bytes>): Bytes;
export function issueCertificate(draft: CertificateDraft, signer: Signer): Promise<Bytes> | Bytes;
export function issueCertificate(draft: CertificateDraft, signer: Signer): Promise<Bytes> | Bytes {
  const { tbsDer, signatureAlgorithm } = draft;
  if (signer.algorithm.name !== signatureAlgorithm.name) {
    throw coreError('SIGNATURE_ALGORITHM_MISMATCH', { draft: signatureAlgorithm.name, signer: signer.algorithm.name });
  }
  const finish = (signature: Bytes): Bytes => encodeSigned(tbsDer, signatureAlgorithm.identifierDer, signature);
  const signature = signer.sign(tbsDer);
  return signature instanceof Uint8Array ? finish(signature) : signature.then(finish);
}
