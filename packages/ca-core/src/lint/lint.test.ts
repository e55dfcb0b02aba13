/**
 * @module Each rule of the linter alone: one certificate that breaks no rule, and for each rule the same with one thing
 * changed, so that exactly this rule is found.
 */
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../issue/issue.ts';
import { prepareCertificate } from '../issue/prepare.ts';
import { encodeDistinguishedName } from '../names/distinguished-name.ts';
import { createScope } from '../names/scope.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { PROFILES } from '../profiles/profile.ts';
import * as extensions from '../x509/extensions.ts';
import { parseIssuer, type Issuer } from '../x509/issuer.ts';
import { encodeTbsCertificate, type TbsCertificate } from '../x509/tbs-certificate.ts';
import { checkTbsCertificate, type LintContext } from './lint.ts';

const rules = { isPublicSuffix: () => false };
const key = createPrivateKeyOfType('ecdsa-p256');
const now = new Date('2026-01-01T00:00:00Z');
const DAY_MS = 86_400_000;
const nameOf = (cn: string) => encodeDistinguishedName([{ type: 'CN', value: cn }]);

const scopeOf = (...domains: string[]) => createScope({ domains, hasDevDomains: false }, rules);
function createRoot(scoped: boolean): Issuer {
  const draft = prepareCertificate(
    PROFILES.root,
    {
      subjectKey: key.subjectKey,
      subject: [{ type: 'CN', value: 'root' }],
      ...(scoped ? { scope: scopeOf('my-site.com') } : {}),
    },
    { now, serial: new Uint8Array(16).fill(1) },
  );
  return parseIssuer(issueCertificate(draft, createNodeSigner(key)), nodeSha256);
}

const root = createRoot(false);
const scopedRoot = createRoot(true);
const san = (isCritical: boolean) =>
  extensions.encodeSubjectAltName(parseSubjectAltNames(['app.test'], rules), isCritical);

/** Extensions by what they are, so that a case can take one out or put another in. */
const LEAF = {
  basic: extensions.encodeBasicConstraints(undefined),
  usage: extensions.encodeKeyUsage(['digitalSignature']),
  san: san(false),
  ski: extensions.encodeSubjectKeyIdentifier(key.subjectKey.keyIdentifier),
  aki: extensions.encodeAuthorityKeyIdentifier(root.keyIdentifier),
};
const CA = {
  basic: extensions.encodeBasicConstraints({ pathLength: 0 }),
  usage: extensions.encodeKeyUsage(['keyCertSign']),
  ski: LEAF.ski,
  aki: LEAF.aki,
};
const without = <T extends object>(set: T, name: keyof T): Uint8Array[] =>
  Object.entries(set).flatMap(([entry, der]) => (entry === name ? [] : [der as Uint8Array]));

const LEAF_TBS: TbsCertificate = {
  serial: new Uint8Array(16).fill(2),
  signatureAlgorithmDer: key.subjectKey.signature.identifierDer,
  issuerDer: root.subjectDer,
  notBefore: now,
  notAfter: new Date(now.getTime() + 90 * DAY_MS),
  subjectDer: nameOf('app.test'),
  spkiDer: key.subjectKey.spkiDer,
  extensionsDer: Object.values(LEAF),
};
const CA_TBS: TbsCertificate = { ...LEAF_TBS, subjectDer: nameOf('issuer'), extensionsDer: Object.values(CA) };

const found = (tbs: TbsCertificate, context: LintContext) =>
  checkTbsCertificate(encodeTbsCertificate(tbs), context).map(({ rule }) => rule);
const leaf = (change: Partial<TbsCertificate>, context: Partial<LintContext> = {}) =>
  found({ ...LEAF_TBS, ...change }, { profile: PROFILES.server, issuer: root, ...context });
const ca = (change: Partial<TbsCertificate>, context: Partial<LintContext> = {}) =>
  found({ ...CA_TBS, ...change }, { profile: PROFILES.issuer, issuer: root, ...context });
const constrainedCa = (...domains: string[]) => [
  ...Object.values(CA),
  extensions.encodeNameConstraints({ kind: 'scoped', domains, ips: [] }),
];
const self = (change: Partial<TbsCertificate>) =>
  leaf({ issuerDer: LEAF_TBS.subjectDer, ...change }, { profile: PROFILES['self-signed'], issuer: undefined });

describe('a certificate without a fault', () => {
  it.each([
    ['leaf', () => leaf({})],
    [
      'leaf without a subject',
      () => leaf({ subjectDer: encodeDistinguishedName([]), extensionsDer: [...without(LEAF, 'san'), san(true)] }),
    ],
    ['issuer', () => ca({})],
    ['issuer of a scoped root', () => ca({ extensionsDer: constrainedCa('my-site.com') }, { issuer: scopedRoot })],
    ['self-signed leaf of 50 years', () => self({ notAfter: new Date('2075-12-31T23:59:59Z') })],
    ['leaf of exactly 825 days', () => leaf({ notAfter: new Date(now.getTime() + 825 * DAY_MS) })],
    ['leaf with a serial of 20 bytes', () => leaf({ serial: new Uint8Array(20).fill(0x7f) })],
  ])('of the kind %s breaks no rule', (_kind, check) => {
    expect(check()).toEqual([]);
  });
});

describe('the rule', () => {
  it.each<[string, string, () => string[]]>([
    ['rfc5280-4.1.2.2-serial', 'a serial of 21 bytes', () => leaf({ serial: new Uint8Array(21).fill(1) })],
    [
      'rfc5280-4.1.2.2-serial',
      'a serial of 20 bytes and a sign byte',
      () => leaf({ serial: new Uint8Array(20).fill(0x80) }),
    ],
    ['rfc5280-4.1.2.2-serial', 'serial 0', () => leaf({ serial: new Uint8Array(16) })],
    ['rfc5280-4.1.2.5-order', 'an end before the beginning', () => leaf({ notAfter: now })],
    [
      'house-within-issuer',
      'an end after its issuer',
      () =>
        leaf({
          notBefore: new Date(root.notAfter.getTime() - 1000),
          notAfter: new Date(root.notAfter.getTime() + 1000),
        }),
    ],
    [
      'house-within-issuer',
      'a beginning before its issuer',
      () => leaf({ notBefore: new Date(root.notBefore.getTime() - 1000) }),
    ],
    [
      'apple-103769-validity',
      '825 days and a second',
      () => leaf({ notAfter: new Date(now.getTime() + 825 * DAY_MS + 1000) }),
    ],
    ['rfc5280-4.1.2.4-issuer', 'the name of another issuer', () => leaf({ issuerDer: nameOf('other') })],
    ['rfc5280-4.1.2.4-issuer', 'an issuer other than itself', () => self({ issuerDer: nameOf('other') })],
    ['rfc5280-4.1.2.6-ca-subject', 'a CA without a name', () => ca({ subjectDer: encodeDistinguishedName([]) })],
    ['rfc5280-4.1.2.6-distinct-subject', 'the name of its issuer', () => leaf({ subjectDer: root.subjectDer })],
    ['rfc5280-4.2.1.6-san', 'no subject alternative name', () => leaf({ extensionsDer: without(LEAF, 'san') })],
    [
      'rfc5280-4.2.1.6-san',
      'a critical one beside a subject',
      () => leaf({ extensionsDer: [...without(LEAF, 'san'), san(true)] }),
    ],
    [
      'rfc5280-4.2.1.6-san',
      'one that is not critical without a subject',
      () => leaf({ subjectDer: encodeDistinguishedName([]) }),
    ],
    [
      'rfc5280-4.2-unique-extensions',
      'an extension twice',
      () => leaf({ extensionsDer: [...Object.values(LEAF), LEAF.ski] }),
    ],
    [
      'rfc5280-4.2.1.1-key-identifiers',
      'no subject key identifier',
      () => leaf({ extensionsDer: without(LEAF, 'ski') }),
    ],
    [
      'rfc5280-4.2.1.1-key-identifiers',
      'no authority key identifier',
      () => leaf({ extensionsDer: without(LEAF, 'aki') }),
    ],
    ['rfc5280-4.2.1.9-basic-constraints', 'no basicConstraints', () => leaf({ extensionsDer: without(LEAF, 'basic') })],
    [
      'rfc5280-6.1.4-path-length',
      'a CA below an issuer that may have none',
      () => ca({}, { issuer: { ...root, pathLength: 0 } }),
    ],
    ['rfc5280-4.2.1.10-scope', 'no constraints below a scoped root', () => ca({}, { issuer: scopedRoot })],
    [
      'rfc5280-4.2.1.10-scope',
      'wider constraints than the root',
      () => ca({ extensionsDer: constrainedCa('my-site.com', 'bank.com') }, { issuer: scopedRoot }),
    ],
    [
      'rfc8813-3-ec-key-usage',
      'keyEncipherment on an EC key',
      () =>
        leaf({
          extensionsDer: [
            ...without(LEAF, 'usage'),
            extensions.encodeKeyUsage(['digitalSignature', 'keyEncipherment']),
          ],
        }),
    ],
  ])('%s alone finds %s', (rule, _fault, check) => {
    expect(check()).toEqual([rule]);
  });

  it('of basicConstraints finds one that is not critical', () => {
    const critical = extensions.encodeBasicConstraints(undefined);
    // 30 0c 06 03 55 1d 13 [01 01 ff] 04 02 30 00: the same without its BOOLEAN.
    const optional = Uint8Array.of(0x30, critical.length - 5, ...critical.subarray(2, 7), ...critical.subarray(10));
    expect(leaf({ extensionsDer: [...without(LEAF, 'basic'), optional] })).toEqual([
      'rfc5280-4.2.1.9-basic-constraints',
    ]);
  });
});

describe('findings', () => {
  it('are told all at once, each in a line', () => {
    const findings = checkTbsCertificate(encodeTbsCertificate({ ...LEAF_TBS, extensionsDer: [] }), {
      profile: PROFILES.server,
      issuer: root,
    });
    expect(findings.map(({ rule }) => rule)).toEqual([
      'rfc5280-4.2.1.6-san',
      'rfc5280-4.2.1.1-key-identifiers',
      'rfc5280-4.2.1.9-basic-constraints',
    ]);
    expect(findings.every(({ message }) => /^[^\n]{10,}$/.test(message))).toBe(true);
  });

  it('are not sought in malformed bytes', () => {
    expect(() => checkTbsCertificate(Uint8Array.of(0x30, 0), { profile: PROFILES.server, issuer: root })).toThrow(
      expect.objectContaining({ code: 'DER_INVALID' }),
    );
  });
});
