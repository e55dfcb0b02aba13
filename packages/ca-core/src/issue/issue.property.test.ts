/** @module Any certificate that comes out of the two steps passes the linter and is read, alike, by node:crypto. */
import { X509Certificate } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatHex } from '../der/bytes.ts';
import { checkTbsCertificate } from '../lint/lint.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { PROFILES } from '../profiles/profile.ts';
import { parseCertificate } from '../read/certificate-facts.ts';
import { parseCertificateView } from '../x509/certificate-view.ts';
import { parseIssuer } from '../x509/issuer.ts';
import { issueCertificate } from './issue.ts';
import { prepareCertificate } from './prepare.ts';

const rules = { isPublicSuffix: () => false };
const caKey = createPrivateKeyOfType('ecdsa-p256');
const signer = createNodeSigner(caKey);
const root = parseIssuer(
  issueCertificate(
    prepareCertificate(
      PROFILES.root,
      { subjectKey: caKey.subjectKey, subject: [{ type: 'CN', value: 'root' }], validityDays: 36_500 },
      { now: new Date('2000-01-01T00:00:00Z'), serial: new Uint8Array(16) },
    ),
    signer,
  ),
  nodeSha256,
);
const issuerCertificate = new X509Certificate(root.certDer);
const keys = (['ecdsa-p256', 'ecdsa-p384', 'ed25519', 'rsa-2048'] as const).map(createPrivateKeyOfType);

const label = fc
  .string({ unit: fc.constantFrom(...'abcxyz0189ü'), minLength: 1, maxLength: 12 })
  .map((text) => `a${text}`);
const dnsName = fc
  .tuple(fc.boolean(), fc.array(label, { minLength: 1, maxLength: 5 }))
  .map(([isWildcard, labels]) => `${isWildcard ? '*.' : ''}${labels.join('.')}.test`);
const name = fc.oneof(
  dnsName,
  fc.ipV4(),
  fc.ipV6(),
  label.map((text) => `${text.replaceAll('ü', 'u')}@app.test`),
);

const request = fc.record({
  profile: fc.constantFrom('server' as const, 'client' as const),
  key: fc.constantFrom(...keys),
  names: fc.array(name, { minLength: 1, maxLength: 8 }),
  days: fc.integer({ min: 1, max: 825 }),
  now: fc.date({ min: new Date('2001-01-01'), max: new Date('2090-01-01'), noInvalidDate: true }),
  serial: fc.uint8Array({ minLength: 16, maxLength: 16 }),
});

describe('an issued certificate', () => {
  it('passes the linter and is what node:crypto and the general reader read', () => {
    fc.assert(
      fc.property(request, ({ profile, key, names: texts, days, now, serial }) => {
        const names = parseSubjectAltNames(texts, rules);
        const draft = prepareCertificate(
          PROFILES[profile],
          { subjectKey: key.subjectKey, names, validityDays: days },
          { now, serial, issuer: root },
        );
        const certDer = issueCertificate(draft, signer);
        const { tbsDer } = parseCertificateView(certDer, 'it');
        expect(checkTbsCertificate(tbsDer, { profile: PROFILES[profile], issuer: root })).toEqual([]);

        const read = new X509Certificate(certDer);
        expect(read.verify(issuerCertificate.publicKey)).toBe(true);
        expect(read.checkIssued(issuerCertificate)).toBe(true);
        expect([new Date(read.validFrom), new Date(read.validTo)]).toEqual([draft.notBefore, draft.notAfter]);
        expect(read.serialNumber.toLowerCase().padStart(32, '0')).toBe(draft.serialHex);
        expect(Buffer.from(key.subjectKey.spkiDer).equals(read.publicKey.export({ type: 'spki', format: 'der' }))).toBe(
          true,
        );

        const facts = parseCertificate(certDer, 'it');
        expect(facts.names.map(({ kind, text }) => `${kind}:${text}`)).toEqual(
          names.map(({ kind, text }) => `${kind}:${text}`),
        );
        expect(facts).toMatchObject({ serialHex: draft.serialHex, notBefore: draft.notBefore, isCa: false });
        expect(read.fingerprint256.replaceAll(':', '').toLowerCase()).toBe(formatHex(nodeSha256(facts.certDer)));
      }),
      { numRuns: 300 },
    );
  });
});
