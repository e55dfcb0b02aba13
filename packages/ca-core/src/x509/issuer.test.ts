/** @module CA certificates read back as issuers: scope, path length, key identifier; our own, and made by hand as others make them. */
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import * as w from '../der/writer.ts';
import { encodeDistinguishedName } from '../names/distinguished-name.ts';
import { createScope, isNameInScope } from '../names/scope.ts';
import { parseSubjectAltName } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { parseCertificateView } from './certificate-view.ts';
import * as extensions from './extensions.ts';
import { parseIssuer } from './issuer.ts';
import * as oids from './oids.ts';
import { encodeSigned, encodeTbsCertificate } from './tbs-certificate.ts';

const rules = { isPublicSuffix: () => false };
const key = createPrivateKeyOfType('ecdsa-p256').subjectKey;
const name = encodeDistinguishedName([{ type: 'CN', value: 'root' }]);

function certificateWith(...extensionsDer: Uint8Array[]): Uint8Array {
  const tbs = encodeTbsCertificate({
    serial: Uint8Array.of(1),
    signatureAlgorithmDer: key.signature.identifierDer,
    issuerDer: name,
    notBefore: new Date('2026-01-01T00:00:00Z'),
    notAfter: new Date('2036-01-01T00:00:00Z'),
    subjectDer: name,
    spkiDer: key.spkiDer,
    extensionsDer,
  });
  return encodeSigned(tbs, key.signature.identifierDer, Uint8Array.of(1));
}
const read = (...extensionsDer: Uint8Array[]) => parseIssuer(certificateWith(...extensionsDer), nodeSha256);

const extension = (oid: string, value: Uint8Array) => w.encodeSequence(w.encodeOid(oid), w.encodeOctetString(value));
const subtree = (tag: number, value: Uint8Array) => w.encodeSequence(w.encodeDer(contextPrimitive(tag), value));
const constraints = (choice: number, ...subtrees: Uint8Array[]) =>
  extension(oids.OID_NAME_CONSTRAINTS, w.encodeSequence(w.encodeDer(contextConstructed(choice), ...subtrees)));

describe('parseIssuer', () => {
  it('reads the scope that was written, addresses included', () => {
    const scope = createScope({ domains: ['my-site.com'], hasIpConstraints: true }, rules);
    if (scope.kind !== 'scoped') throw new TypeError('a scope without limits');
    expect(read(extensions.encodeNameConstraints(scope)).scope).toEqual(scope);
  });

  it('takes a leading dot and capitals in the constraints of others', () => {
    const { scope } = read(constraints(0, subtree(2, encodeUtf8('.My-Site.COM'))));
    expect(isNameInScope(parseSubjectAltName('a.my-site.com', rules), scope)).toBe(true);
  });

  it('is unscoped without constraints, and with excluded subtrees alone', () => {
    expect(read().scope).toEqual({ kind: 'unscoped' });
    expect(read(constraints(1, subtree(2, encodeUtf8('bank.com')))).scope).toMatchObject({ kind: 'unscoped' });
  });

  it('holds back what is excluded, with all below it', () => {
    const { scope } = read(
      constraints(1, subtree(2, encodeUtf8('.Bank.com')), subtree(7, Uint8Array.of(10, 0, 0, 0, 255, 0, 0, 0))),
    );
    const isHeld = (text: string) => isNameInScope(parseSubjectAltName(text, rules), scope);
    expect(['bank.com', 'a.bank.com', '*.bank.com', 'x@bank.com', '10.1.2.3'].filter(isHeld)).toEqual([]);
    expect(['notbank.com', 'com', '11.1.2.3', 'x@com'].filter((text) => !isHeld(text))).toEqual([]);
  });

  it('reads what is excluded beside what is permitted', () => {
    const excluded = { domains: ['secret.my-site.com'], ips: [] };
    const scope = { ...createScope({ domains: ['my-site.com'], hasDevDomains: false }, rules), excluded };
    if (scope.kind !== 'scoped') throw new TypeError('a scope without limits');
    expect(read(extensions.encodeNameConstraints(scope)).scope).toEqual(scope);
  });

  it.each([0, 4, 7, 9, 16, 33])('refuses an address constraint of %i bytes', (length) => {
    expect(() => read(constraints(0, subtree(7, new Uint8Array(length))))).toThrow(
      expect.objectContaining({ code: 'DER_INVALID' }),
    );
  });

  it('reads a domain constraint of a megabyte without a stack overflow', () => {
    const { scope } = read(constraints(0, subtree(2, new Uint8Array(1_000_000).fill(0x61))));
    expect(isNameInScope(parseSubjectAltName('a.test', rules), scope)).toBe(false);
  });

  it('knows whether it is a CA, and how many may follow', () => {
    const facts = (...list: Uint8Array[]) => {
      const { isCa, pathLength } = read(...list);
      return [isCa, pathLength];
    };
    expect(facts(extensions.encodeBasicConstraints({ pathLength: 1 }))).toEqual([true, 1]);
    expect(facts(extensions.encodeBasicConstraints(undefined))).toEqual([false, undefined]);
    expect(facts(extension(oids.OID_BASIC_CONSTRAINTS, w.encodeSequence(w.encodeBoolean(true))))).toEqual([
      true,
      undefined,
    ]);
    expect(facts()).toEqual([false, undefined]);
  });

  it('takes its own subject key identifier before the one of its key', () => {
    expect(read(extensions.encodeSubjectKeyIdentifier(Uint8Array.of(1, 2))).keyIdentifier).toEqual(Uint8Array.of(1, 2));
    expect(read().keyIdentifier).toEqual(key.keyIdentifier);
  });
});

describe('parseCertificateView', () => {
  const bytes = certificateWith(extensions.encodeBasicConstraints(undefined));

  it('gives every field as the bytes that stand in the certificate', () => {
    const view = parseCertificateView(bytes, 'it');
    expect(view).toMatchObject({ certDer: bytes, subjectDer: name, issuerDer: name, spkiDer: key.spkiDer });
    expect(view.extensions).toEqual([
      { oid: oids.OID_BASIC_CONSTRAINTS, isCritical: true, value: Uint8Array.of(0x30, 0) },
    ]);
  });

  it('reads a certificate without extensions', () => {
    expect(parseCertificateView(certificateWith(), 'it').extensions).toEqual([]);
  });

  it.each([
    ['trailing bytes', Uint8Array.of(...bytes, 0)],
    ['a cut end', bytes.subarray(0, -1)],
    ['version 1', bytes.map((byte, i) => (i === bytes.indexOf(0xa0) + 4 ? 0 : byte))],
    ['nothing', new Uint8Array()],
  ])('refuses %s', (_what, der) => {
    expect(() => parseCertificateView(der, 'it')).toThrow(expect.objectContaining({ code: 'DER_INVALID' }));
  });
});
