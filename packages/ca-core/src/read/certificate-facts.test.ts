/** @module Facts of certificates: our own read by the general reader, and the description of keys and signatures of others. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../issue/issue.ts';
import { prepareCertificate } from '../issue/prepare.ts';
import { parseDistinguishedName } from '../names/distinguished-name.ts';
import { createScope } from '../names/scope.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { formatPem } from '../pem/pem.ts';
import { PROFILES } from '../profiles/profile.ts';
import { parseIssuer } from '../x509/issuer.ts';
import { parseCertificate, parseCertificates } from './certificate-facts.ts';
import { formatAttributes } from './name-facts.ts';
import { describePublicKey } from './public-key-facts.ts';
import { describeSignature, isWeakSignature, signatureHash } from './signature-facts.ts';

const rules = { isPublicSuffix: () => false };
const key = createPrivateKeyOfType('ecdsa-p256');
const scope = createScope({ domains: ['my-site.com'], hasDevDomains: false, hasIpConstraints: true }, rules);
const rootDer = issueCertificate(
  prepareCertificate(
    PROFILES.root,
    { subjectKey: key.subjectKey, subject: parseDistinguishedName(String.raw`O=Ex\, ample, CN=root`), scope },
    { now: new Date('2026-01-01T00:00:00Z'), serial: new Uint8Array(16).fill(0x55) },
  ),
  createNodeSigner(key),
);
const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));

describe('parseCertificate', () => {
  const facts = parseCertificate(rootDer, 'it');

  it('says what the certificate says', () => {
    expect(facts).toMatchObject({
      certDer: rootDer,
      version: 3,
      serialHex: '55'.repeat(16),
      isSelfIssued: true,
      isCa: true,
      pathLength: 1,
      keyUsage: ['keyCertSign', 'cRLSign'],
      purposes: [],
      names: [],
      excluded: [],
      keyLabel: 'ECDSA P-256',
      signatureLabel: 'ECDSA with SHA-256',
    });
    expect(formatAttributes(facts.subject)).toBe(String.raw`O=Ex\, ample, CN=root`);
    expect(facts.subjectKeyIdHex).toBe(facts.authorityKeyIdHex);
    expect(facts.permitted.slice(0, 4).map(({ kind, text }) => `${kind}:${text}`)).toEqual([
      'dns:my-site.com',
      'email:my-site.com',
      'email:.my-site.com',
      'ip:127.0.0.0/8',
    ]);
  });

  it('gives the key as the very bytes inside, which node:crypto and the strict reader find too', () => {
    const spki = new X509Certificate(rootDer).publicKey.export({ type: 'spki', format: 'der' });
    expect(Buffer.from(facts.spkiDer).equals(spki)).toBe(true);
    expect(parseIssuer(rootDer, nodeSha256).subjectKey.spkiDer).toEqual(facts.spkiDer);
  });

  it.each([
    ['bytes behind it', Uint8Array.of(...rootDer, 5, 0), 'DER_INVALID'],
    ['a cut end', rootDer.subarray(0, -1), 'DER_INVALID'],
    ['an empty SEQUENCE', Uint8Array.of(0x30, 0), 'CERTIFICATE_INVALID'],
    ['nothing', new Uint8Array(), 'CERTIFICATE_INVALID'],
  ])('refuses %s', (_what, der, code) => {
    expect(() => parseCertificate(der, 'it')).toThrow(expect.objectContaining({ code }));
  });
});

describe('parseCertificates', () => {
  const pem = formatPem('CERTIFICATE', rootDer);

  it('reads all of a file in order, PEM or DER', () => {
    expect(parseCertificates(bytesOf(pem + pem), 'f')).toHaveLength(2);
    expect(parseCertificates(rootDer, 'f')).toHaveLength(1);
  });

  it('refuses a file of which one certificate is broken', () => {
    const broken = formatPem('CERTIFICATE', Uint8Array.of(0x30, 0));
    expect(() => parseCertificates(bytesOf(pem + broken), 'f')).toThrow(
      expect.objectContaining({ code: 'CERTIFICATE_INVALID' }),
    );
  });

  it('refuses a block that holds two certificates, for its digest would be of neither', () => {
    const twice = formatPem('CERTIFICATE', Buffer.concat([rootDer, rootDer]));
    expect(() => parseCertificates(bytesOf(twice), 'f')).toThrow(expect.objectContaining({ code: 'DER_INVALID' }));
  });
});

describe('describePublicKey', () => {
  const spki = (type: string, options: object) =>
    generateKeyPairSync(type as 'ec', options as { namedCurve: string }).publicKey.export({
      type: 'spki',
      format: 'der',
    });

  it.each([
    ['rsa', { modulusLength: 1024 }, 'RSA 1024'],
    ['rsa', { modulusLength: 1031 }, 'RSA 1031'],
    ['rsa-pss', { modulusLength: 2048 }, 'RSA-PSS 2048'],
    ['ec', { namedCurve: 'P-521' }, 'ECDSA P-521'],
    ['ec', { namedCurve: 'secp256k1' }, 'ECDSA secp256k1'],
    ['ec', { namedCurve: 'brainpoolP256r1' }, 'EC on curve 1.3.36.3.3.2.8.1.1.7'],
    ['ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }, 'EC with explicit parameters'],
    ['ed448', {}, 'Ed448'],
    ['x25519', {}, 'X25519'],
  ])('names %s %j', (type, options, label) => {
    expect(describePublicKey(spki(type, options))).toBe(label);
  });

  it('never throws', () => {
    expect(describePublicKey(new Uint8Array())).toBe('unreadable key');
    expect(describePublicKey(Uint8Array.of(0x30, 2, 0x30, 0))).toBe('unreadable key');
  });
});

describe('signature algorithms', () => {
  it('have a name, a hash to verify with, or none', () => {
    expect(describeSignature('1.2.840.113549.1.1.5')).toBe('SHA-1 with RSA');
    expect(describeSignature('1.2.3')).toBe('1.2.3');
    expect([signatureHash('1.2.840.10045.4.3.3'), signatureHash('1.3.101.112'), signatureHash('1.2.3')]).toEqual([
      'sha384',
      undefined,
      null,
    ]);
  });

  it.each([
    '1.2.840.113549.1.1.2',
    '1.2.840.113549.1.1.4',
    '1.2.840.113549.1.1.5',
    '1.2.840.10045.4.1',
    '1.2.840.10040.4.3',
  ])('%s proves nothing', (oid) => {
    expect(isWeakSignature(oid)).toBe(true);
    expect(signatureHash(oid)).toBeNull();
  });
});
