/** @module Requests whose signature algorithm can't be checked are refused as that, not as forged. */
import { expect, it } from 'vitest';
import { encodeOid, encodeSequence } from '../der/writer.ts';
import { createCsr } from '../issue/create-csr.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { createNodeSigner, createPrivateKeyOfType, nodeSha256, verifyWithNode } from '../node/index.ts';
import { acceptCsr } from './accept-csr.ts';
import { parseCsr } from './csr-facts.ts';

const OID_RSA_PSS = '1.2.840.113549.1.1.10'; // RFC 4055 section 3.1

it('says that a request signed with RSA-PSS is unsupported', () => {
  const rules = { isPublicSuffix: () => false };
  const signer = createNodeSigner(createPrivateKeyOfType('rsa-2048'));
  const pss = { ...signer, algorithm: { ...signer.algorithm, identifierDer: encodeSequence(encodeOid(OID_RSA_PSS)) } };
  const csr = createCsr({ subject: [], names: parseSubjectAltNames(['a.test'], rules) }, pss);
  const accept = () => acceptCsr(parseCsr(csr, 'r'), { what: 'r', rules, sha256: nodeSha256, verify: verifyWithNode });
  expect(accept).toThrow(expect.objectContaining({ code: 'CSR_SIGNATURE_UNSUPPORTED' }));
});
