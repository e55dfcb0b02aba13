/** @module Signing what was prepared: the same bytes, by the right kind of key, now or later. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { PROFILES } from '../profiles/profile.ts';
import { parseCertificateView } from '../x509/certificate-view.ts';
import { issueCertificate } from './issue.ts';
import { prepareCertificate } from './prepare.ts';

const key = createPrivateKeyOfType('ecdsa-p256');
const signer = createNodeSigner(key);
const draft = prepareCertificate(
  PROFILES['self-signed'],
  { subjectKey: key.subjectKey, names: parseSubjectAltNames(['app.test'], { isPublicSuffix: () => false }) },
  { now: new Date('2026-01-01T00:00:00Z'), serial: new Uint8Array(16).fill(3) },
);

describe('issueCertificate', () => {
  it('signs exactly the bytes of the draft', () => {
    const certDer = issueCertificate(draft, signer);
    expect(parseCertificateView(certDer, 'it').tbsDer).toEqual(draft.tbsDer);
    const certificate = new X509Certificate(certDer);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.serialNumber.toLowerCase()).toBe(draft.serialHex);
  });

  it('gives a promise exactly when the signer does', async () => {
    const later = { ...signer, sign: (tbs: Uint8Array) => Promise.resolve(signer.sign(tbs)) };
    expect(issueCertificate(draft, signer)).toBeInstanceOf(Uint8Array);
    const certificate = new X509Certificate(await issueCertificate(draft, later));
    expect(certificate.verify(certificate.publicKey)).toBe(true);
  });

  it.each(['ecdsa-p384', 'ed25519', 'rsa-2048'] as const)('refuses a %s signer for a P-256 draft', (type) => {
    expect(() => issueCertificate(draft, createNodeSigner(createPrivateKeyOfType(type)))).toThrow(
      expect.objectContaining({ code: 'SIGNATURE_ALGORITHM_MISMATCH' }),
    );
  });
});
