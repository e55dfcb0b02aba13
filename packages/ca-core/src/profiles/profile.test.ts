/**
 * @module The exact extensions of every profile, read by two readers that share nothing with the writer: `@peculiar/x509`
 * and node:crypto. RFC 5280 section 4.2, RFC 8813.
 */
import { X509Certificate as NodeCertificate } from 'node:crypto';
import * as x509 from '@peculiar/x509';
import { describe, expect, it, vi } from 'vitest';
import { formatHex, type Bytes } from '../der/bytes.ts';
import { issueCertificate } from '../issue/issue.ts';
import { prepareCertificate, type CertificateRequest } from '../issue/prepare.ts';
import type { KeyType } from '../keys/algorithms.ts';
import { createScope } from '../names/scope.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { parseIssuer, type Issuer } from '../x509/issuer.ts';
import { PROFILES, type ProfileName } from './profile.ts';

// tsyringe, inside @peculiar/x509, refuses to load without the reflect-metadata API, of which its parts need no answer.
vi.hoisted(() => {
  const none = (): undefined => undefined;
  Object.assign(Reflect, { getMetadata: none, getOwnMetadata: none, defineMetadata: none });
});

const rules = { isPublicSuffix: () => false };
const names = parseSubjectAltNames(['app.test', '*.app.test', '::1', 'a@app.test', 'spiffe://app.test/x'], rules);
const scope = createScope({ domains: ['my-site.com'], hasDevDomains: false, hasIpConstraints: true }, rules);
const context = { now: new Date('2026-01-01T00:00:00Z'), serial: new Uint8Array(16).fill(0x55) };

const caKey = createPrivateKeyOfType('ecdsa-p256');
const leafKeys = Object.fromEntries(
  (['ecdsa-p256', 'ed25519', 'rsa-2048'] as const).map((type) => [type, createPrivateKeyOfType(type)]),
) as Record<'ecdsa-p256' | 'ed25519' | 'rsa-2048', typeof caKey>;

const ca = (cn: string): Pick<CertificateRequest, 'subject' | 'subjectKey' | 'scope'> => ({
  subjectKey: caKey.subjectKey,
  subject: [{ type: 'CN', value: cn }],
  scope,
});
const sign = (profile: ProfileName, request: CertificateRequest, issuer?: Issuer): Bytes =>
  issueCertificate(
    prepareCertificate(PROFILES[profile], request, { ...context, ...(issuer === undefined ? {} : { issuer }) }),
    createNodeSigner(issuer === undefined && profile === 'self-signed' ? leafKeys['ecdsa-p256'] : caKey),
  );

const rootDer = sign('root', ca('root'));
const issuerDer = sign('issuer', ca('issuer'), parseIssuer(rootDer, nodeSha256));
const open = parseIssuer(sign('root', { ...ca('open'), scope: { kind: 'unscoped' } }), nodeSha256);
const leafDer = (profile: ProfileName, keyType: keyof typeof leafKeys): Bytes =>
  sign(profile, { subjectKey: leafKeys[keyType].subjectKey, names }, profile === 'self-signed' ? undefined : open);

/** `oid critical value` of every extension, in order, as the independent reader sees them. */
function extensionsOf(der: Bytes): [string, boolean, string][] {
  const { extensions } = new x509.X509Certificate(der);
  return extensions.map(({ type, critical, value }) => [type, critical, formatHex(new Uint8Array(value))]);
}
const byOid = (der: Bytes) => new Map(extensionsOf(der).map(([oid, ...rest]) => [oid, rest] as const));

const BASIC = '2.5.29.19';
const KEY_USAGE = '2.5.29.15';
const PURPOSES = '2.5.29.37';
const CONSTRAINTS = '2.5.29.30';
const SAN = '2.5.29.17';
const [SKI, AKI] = ['2.5.29.14', '2.5.29.35'];
const SERVER_AUTH = '06082b06010505070301';
const CLIENT_AUTH = '06082b06010505070302';

describe('every profile', () => {
  it.each<[ProfileName, () => Bytes, string[]]>([
    ['root', () => rootDer, [BASIC, KEY_USAGE, CONSTRAINTS, SKI, AKI]],
    ['issuer', () => issuerDer, [BASIC, KEY_USAGE, PURPOSES, CONSTRAINTS, SKI, AKI]],
    ['server', () => leafDer('server', 'ecdsa-p256'), [BASIC, KEY_USAGE, PURPOSES, SAN, SKI, AKI]],
    ['client', () => leafDer('client', 'ecdsa-p256'), [BASIC, KEY_USAGE, PURPOSES, SAN, SKI, AKI]],
    ['self-signed', () => leafDer('self-signed', 'ecdsa-p256'), [BASIC, KEY_USAGE, PURPOSES, SAN, SKI, AKI]],
  ])('%s carries exactly these extensions', (_name, make, expected) => {
    expect(extensionsOf(make()).map(([oid]) => oid)).toEqual(expected);
  });

  it.each<[string, () => Bytes, string]>([
    ['root', () => rootDer, '30060101ff020101'],
    ['issuer', () => issuerDer, '30060101ff020100'],
    ['server', () => leafDer('server', 'ecdsa-p256'), '3000'],
    ['client', () => leafDer('client', 'ed25519'), '3000'],
    ['self-signed', () => leafDer('self-signed', 'ecdsa-p256'), '3000'],
  ])('%s has critical basicConstraints of its own', (_name, make, value) => {
    expect(byOid(make()).get(BASIC)).toEqual([true, value]);
  });

  it.each<[ProfileName, keyof typeof leafKeys, string]>([
    ['server', 'ecdsa-p256', '03020780'],
    ['server', 'ed25519', '03020780'],
    ['server', 'rsa-2048', '030205a0'],
    ['client', 'ecdsa-p256', '03020780'],
    ['client', 'rsa-2048', '03020780'],
    ['self-signed', 'ecdsa-p256', '03020780'],
  ])('%s with %s has critical keyUsage %s', (profile, keyType, value) => {
    expect(byOid(leafDer(profile, keyType)).get(KEY_USAGE)).toEqual([true, value]);
  });

  it('CAs sign certificates and CRLs and nothing else', () => {
    expect([rootDer, issuerDer].map((der) => byOid(der).get(KEY_USAGE))).toEqual([
      [true, '03020106'],
      [true, '03020106'],
    ]);
  });

  it.each<[string, () => Bytes, string]>([
    ['issuer', () => issuerDer, `3014${SERVER_AUTH}${CLIENT_AUTH}`],
    ['server', () => leafDer('server', 'rsa-2048'), `300a${SERVER_AUTH}`],
    ['client', () => leafDer('client', 'ecdsa-p256'), `300a${CLIENT_AUTH}`],
    ['self-signed', () => leafDer('self-signed', 'ecdsa-p256'), `300a${SERVER_AUTH}`],
  ])('%s is for its purposes alone', (_name, make, value) => {
    expect(byOid(make()).get(PURPOSES)).toEqual([false, value]);
  });
});

describe('name constraints', () => {
  it('are critical and the same in root and issuer', () => {
    expect(byOid(rootDer).get(CONSTRAINTS)?.[0]).toBe(true);
    expect(byOid(issuerDer).get(CONSTRAINTS)).toEqual(byOid(rootDer).get(CONSTRAINTS));
  });

  it('permit the domain, its mail hosts and the private addresses, and exclude nothing', () => {
    const extension = new x509.X509Certificate(rootDer).getExtension(CONSTRAINTS);
    const hex = formatHex(new Uint8Array(extension?.value ?? new ArrayBuffer(0)));
    const subtree = (tag: string, text: string) => {
      const value = Buffer.from(text).toString('hex');
      const length = (bytes: number) => bytes.toString(16).padStart(2, '0');
      return `30${length(text.length + 2)}${tag}${length(text.length)}${value}`;
    };
    expect(hex).toContain(subtree('82', 'my-site.com') + subtree('81', 'my-site.com') + subtree('81', '.my-site.com'));
    expect(hex).toContain('300a87087f000000ff000000'); // 127.0.0.0/8
    expect(hex).toContain(`30228720${'00'.repeat(15)}01${'ff'.repeat(16)}`); // ::1/128
    expect(hex).not.toContain('a18'); // no excluded subtrees
  });

  it('are left out of an unscoped CA', () => {
    expect(byOid(open.certDer).has(CONSTRAINTS)).toBe(false);
  });
});

describe('key identifiers', () => {
  it('lead from the leaf to its issuer', () => {
    const [root, leaf] = [byOid(open.certDer), byOid(leafDer('server', 'ecdsa-p256'))];
    const rootId = root.get(SKI)?.[1].slice(4) ?? '';
    expect(rootId).toMatch(/^[0-9a-f]{40}$/);
    expect(leaf.get(AKI)).toEqual([false, `30168014${rootId}`]);
    expect(root.get(AKI)).toEqual([false, `30168014${rootId}`]);
    expect(leaf.get(SKI)).toEqual([false, `0414${formatHex(leafKeys['ecdsa-p256'].subjectKey.keyIdentifier)}`]);
  });
});

describe('node:crypto', () => {
  it.each<[ProfileName, keyof typeof leafKeys, KeyType]>([
    ['server', 'ecdsa-p256', 'ecdsa-p256'],
    ['server', 'rsa-2048', 'rsa-2048'],
    ['client', 'ed25519', 'ed25519'],
  ])('reads a %s certificate for %s and finds it signed by its issuer', (profile, keyType) => {
    const certificate = new NodeCertificate(leafDer(profile, keyType));
    const issuer = new NodeCertificate(open.certDer);
    expect(certificate.subjectAltName).toBe(
      'DNS:app.test, DNS:*.app.test, IP Address:0:0:0:0:0:0:0:1, email:a@app.test, URI:spiffe://app.test/x',
    );
    expect([certificate.ca, issuer.ca]).toEqual([false, true]);
    expect(certificate.checkIssued(issuer)).toBe(true);
    expect(certificate.verify(issuer.publicKey)).toBe(true);
    expect(certificate.checkHost('app.test')).toBe('app.test');
    expect(certificate.checkHost('x.app.test')).toBe('*.app.test');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(certificate.keyUsage).toEqual([profile === 'server' ? '1.3.6.1.5.5.7.3.1' : '1.3.6.1.5.5.7.3.2']);
  });

  it('finds issuer and root chained', () => {
    const [root, issuer] = [new NodeCertificate(rootDer), new NodeCertificate(issuerDer)];
    expect(issuer.checkIssued(root)).toBe(true);
    expect(issuer.verify(root.publicKey)).toBe(true);
    expect(root.verify(root.publicKey)).toBe(true);
  });
});
