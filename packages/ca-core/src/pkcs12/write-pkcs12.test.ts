/** @module PKCS#12 files that Mintmark writes, read by its own reader; those of others read them in test/keystores. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { Bytes } from '../der/bytes.ts';
import { encodeOctetString, encodeOid, encodeSequence, encodeSetOf } from '../der/writer.ts';
import { membersOf, parseBer, type BerNode } from './ber.ts';
import { readPkcs12, writePkcs12, type Pkcs12Contents, type Pkcs12Plan } from './index.ts';
import { encodeCertificateBag } from './write-bags.ts';

/** What stands in for certificates: the writer looks at none of them. */
const certificate = (text: string): Bytes => encodeSequence(encodeOctetString(new TextEncoder().encode(text)));
const [leaf, issuer, root] = [certificate('leaf'), certificate('issuer'), certificate('root')] as const;
const pkcs8Der = Uint8Array.from(
  generateKeyPairSync('ec', {
    namedCurve: 'P-256',
    publicKeyEncoding: { type: 'spki', format: 'der' },
    privateKeyEncoding: { type: 'pkcs8', format: 'der', cipher: undefined, passphrase: undefined },
  }).privateKey,
);
const localKeyIdHex = createHash('sha1').update(leaf).digest('hex');
const password = 'changeit';

const read = (p12: Uint8Array, secret = password): Pkcs12Contents =>
  readPkcs12(p12, { what: 'a.p12', password: secret });
const write = (plan: Partial<Pkcs12Plan>): Bytes => writePkcs12({ password, ...plan });

const includes = (file: Uint8Array | undefined, part: Uint8Array): boolean =>
  Buffer.from(file ?? []).includes(Buffer.from(part));

const MODERN = 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-256';
const LEGACY = '3DES-CBC, key by PKCS#12 and SHA-1';
const kinds = [
  { kind: 'modern', isLegacy: false, label: MODERN, mac: { scheme: 'PKCS#12', hash: 'SHA-256', iterations: 300_000 } },
  { kind: 'legacy', isLegacy: true, label: LEGACY, mac: { scheme: 'PKCS#12', hash: 'SHA-1', iterations: 100_000 } },
] as const;

describe.each(kinds)('$kind', ({ isLegacy, label, mac }) => {
  it('a key with its chain comes back: leaf first, alias and localKeyId on the key and its leaf alone', () => {
    const names = { friendlyName: 'jetty', localKeyIdHex };
    const p12 = write({ key: { pkcs8Der }, chain: [leaf, issuer, root], alias: 'jetty', isLegacy });
    expect(read(p12)).toEqual({
      certificates: [
        { certDer: leaf, isTrusted: false, ...names },
        { certDer: issuer, isTrusted: false },
        { certDer: root, isTrusted: false },
      ],
      privateKeys: [{ pkcs8Der, ...names }],
      crls: [],
      otherCount: 0,
      mac,
      encryption: { certificates: [label], privateKeys: [label] },
    });
  });

  it('anchors come back as anchors, each with its alias', () => {
    const trusted = [
      { certDer: root, alias: 'one' },
      { certDer: issuer, alias: 'zwei ü 🔑' },
    ];
    expect(read(write({ trusted, isLegacy }))).toMatchObject({
      certificates: [
        { certDer: root, isTrusted: true, friendlyName: 'one' },
        { certDer: issuer, isTrusted: true, friendlyName: 'zwei ü 🔑' },
      ],
      privateKeys: [],
      encryption: { certificates: [label], privateKeys: [] },
    });
  });

  it.each(['with blanks ', 'pä55 🔑wörd'])('the password %j opens the file, and no other', (secret) => {
    const p12 = write({ key: { pkcs8Der }, chain: [leaf], isLegacy, password: secret });
    expect(read(p12, secret).privateKeys).toMatchObject([{ pkcs8Der }]);
    for (const wrong of ['', secret.slice(0, -1)])
      expect(() => read(p12, wrong), wrong).toThrow(expect.objectContaining({ code: 'PKCS12_PASSWORD_WRONG' }));
  });

  it('no two files share a salt, and neither key nor certificate stands in one openly', () => {
    const [one, two] = [1, 2].map(() => write({ key: { pkcs8Der }, chain: [leaf], isLegacy }));
    const salts = [...octetStrings(one), ...octetStrings(two)].filter(
      (salt) => salt.length === 16 || salt.length === 20,
    );
    const spelled = salts.map((salt) => Buffer.from(salt).toString('hex')).filter((hex) => hex !== localKeyIdHex);
    expect(spelled).toHaveLength(isLegacy ? 8 : 10); // of two files: three salts, and two IVs or the MAC, which is as long
    expect(new Set(spelled).size).toBe(spelled.length);
    for (const open of [leaf, pkcs8Der.subarray(30, 60)]) expect(includes(one, open)).toBe(false);
  });
});

/** Every primitive OCTET STRING, also of what stands encoded within one. */
function octetStrings(der: Uint8Array | undefined): Uint8Array[] {
  const walk = (node: BerNode): Uint8Array[] => {
    const bytes = new Uint8Array(node.valueBeforeDecodeView);
    if (node.idBlock.isConstructed) return membersOf(node).flatMap(walk);
    if (bytes[0] !== 4) return [];
    const content = bytes.subarray(bytes[1] === 0x82 ? 4 : bytes[1] === 0x81 ? 3 : 2);
    // Random bytes as short as a salt may happen to read as an encoding.
    if (content.length <= 20) return [content];
    try {
      return walk(parseBer(Uint8Array.from(content)));
    } catch {
      return [content];
    }
  };
  return walk(parseBer(der ?? new Uint8Array()));
}

it('key and certificate lie in safes of their own, the certificates in the encrypted one', () => {
  const p12 = write({ key: { pkcs8Der }, chain: [leaf] });
  // The bag of the key can be seen, though not its content; those of the certificates can't.
  expect(includes(p12, encodeOid('1.2.840.113549.1.12.10.1.2'))).toBe(true);
  expect(includes(p12, encodeOid('1.2.840.113549.1.12.10.1.3'))).toBe(false);
});

it('an anchor is marked for every use, as keytool does it', () => {
  const mark = encodeSequence(
    encodeOid('2.16.840.1.113894.746875.1.1'),
    encodeSetOf(encodeOid('2.5.29.37.0')), // anyExtendedKeyUsage
  );
  expect(includes(encodeCertificateBag(root, { friendlyName: 'root', isTrusted: true }), mark)).toBe(true);
  expect(includes(encodeCertificateBag(root, { friendlyName: 'root' }), mark)).toBe(false);
});

it('without an alias there is no friendly name', () => {
  const { certificates, privateKeys } = read(write({ key: { pkcs8Der }, chain: [leaf] }));
  expect(certificates).toEqual([{ certDer: leaf, isTrusted: false, localKeyIdHex }]);
  expect(privateKeys).toEqual([{ pkcs8Der, localKeyIdHex }]);
});

it.each([
  ['an empty password', { password: '', chain: [leaf] }],
  ['a password with a NUL', { password: 'a\0b', chain: [leaf] }],
  ['a key without a certificate', { key: { pkcs8Der } }],
  ['a key with anchors alone', { key: { pkcs8Der }, trusted: [{ certDer: root, alias: 'root' }] }],
  ['nothing', {}],
])('%s is refused', (_what, plan) => {
  expect(() => write(plan)).toThrow(TypeError);
});
