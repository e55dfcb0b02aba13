/**
 * @module Files of shapes that few programs write, and that hostile ones would: made here piece by piece, so that each has one
 * peculiarity.
 */
import { createCipheriv, pbkdf2Sync } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { concatBytes, encodeUtf8, type Bytes } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import {
  encodeDer,
  encodeNull,
  encodeOctetString,
  encodeOid,
  encodeSequence,
  encodeSetOf,
  encodeSmallInteger,
} from '../der/writer.ts';
import { SHA1 } from './algorithms.ts';
import { isPkcs12, readPkcs12, type Pkcs12Contents } from './index.ts';
import { derivePkcs12Key, PURPOSE } from './kdf.ts';
import { hmac } from './primitives.ts';
import { RoundBudget } from './round-budget.ts';

const decode = (base64: string): Bytes => Uint8Array.from(Buffer.from(base64, 'base64'));

const CERTIFICATE = decode(`
MIIBbTCCAROgAwIBAgIUJFyHuqgYqSetbKR1z6ID1spLcPQwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwIBcNMjYxMTIyMTEwOTA0WhgPMjEyNjEwMj
kxMTA5MDRaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLR16pfzpugpMZOFsc/jfvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL
1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2eo00wSzAdBgNVHQ4EFgQU1kj4joDZBqbiFZ7C1imFVslLxWIwHwYDVR0jBBgwFoAUmSGEok7wIsoaikA4ib
bqWl8kUSkwCQYDVR0TBAIwADAKBggqhkjOPQQDAgNIADBFAiEA0A0NfSvwB1T/lFFOdVeTf/pvgIuQH3xbeEnoKJB6Oe0CIF5ZIe02eakew2iSKVWFjUtA
ESKmr7b9vV3IRXTypbnP`);
const PRIVATE_KEY = decode(`
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmcSgzlvHli4YHJL5tNf+44cpuHzlD9HDBLy1Clvjj2ShRANCAASLR16pfzpugpMZOFsc/j
fvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2e`);
/** `openssl pkcs8 -topk8 -scrypt -scrypt_N 1024 -scrypt_r 8 -scrypt_p 1`, password "test" */
const SCRYPT_KEY = decode(`
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAjvB/Sj4UUgGgICBAACAQgCAQEwHQYJYIZIAWUDBAEqBBCoECY6AUCcEbrSAAU5osF7BIGQnK
7QlLl2XfINyhZWfApeMH56FEM0VQfoWPXmZ4vsWUlqKRflU6YyZUoQbmVUFEY6mtZLCjWH3JgfUzWOE2uC262/ax55oK03TxSejiWnr9nT4AJ+2skyWwvS
NuNrF3B4r4zV/3iEmH97GqOhbT7N/WQ/tTaUzSKBBxUdmgz12FUAobRgtoUAORKnZsdP+B8y`);

const DATA = '1.2.840.113549.1.7.1';
const BAG = '1.2.840.113549.1.12.10.1';
const SALT = Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8);

const explicit = (content: Uint8Array): Bytes => encodeDer(contextConstructed(0), content);
const contentInfo = (type: string, content: Uint8Array): Bytes => encodeSequence(encodeOid(type), explicit(content));
const data = (content: Uint8Array): Bytes => contentInfo(DATA, encodeOctetString(content));
const bag = (kind: number, value: Uint8Array, ...attributes: Uint8Array[]): Bytes =>
  encodeSequence(
    encodeOid(`${BAG}.${kind}`),
    explicit(value),
    ...(attributes.length === 0 ? [] : [encodeSetOf(...attributes)]),
  );
const attribute = (oid: string, value: Uint8Array): Bytes => encodeSequence(encodeOid(oid), encodeSetOf(value));
const typed = (oid: string, content: Uint8Array): Bytes =>
  encodeSequence(encodeOid(oid), explicit(encodeOctetString(content)));
const certificateBag = (...attributes: Uint8Array[]): Bytes =>
  bag(3, typed('1.2.840.113549.1.9.22.1', CERTIFICATE), ...attributes);
const safe = (...bags: Uint8Array[]): Bytes => data(encodeSequence(...bags));
const bmp = (text: string): Bytes => Uint8Array.from(Buffer.from(text, 'utf16le').swap16());

/** Password bytes, and the ways in which a MAC can be wrong. */
type MacOptions = { password?: Bytes; iterations?: number; cutTo?: number; hashOid?: string };

function macOf(
  safes: Bytes,
  { password = bmp('test\0'), iterations = 1, cutTo = 20, hashOid = '1.3.14.3.2.26' }: MacOptions,
): Bytes {
  const stretching = { salt: SALT, iterations: Math.min(iterations, 10), keyBytes: 20, purpose: PURPOSE.mac };
  const mac = hmac(SHA1, derivePkcs12Key(SHA1, password, stretching), safes);
  const digestInfo = encodeSequence(
    encodeSequence(encodeOid(hashOid), encodeNull()),
    encodeOctetString(mac.subarray(0, cutTo)),
  );
  return encodeSequence(digestInfo, encodeOctetString(SALT), encodeSmallInteger(iterations));
}

/** A file of these safes; without `mac` it has none. */
function pfx(safes: readonly Uint8Array[], mac?: MacOptions): Bytes {
  const content = encodeSequence(...safes);
  return encodeSequence(encodeSmallInteger(3), data(content), ...(mac === undefined ? [] : [macOf(content, mac)]));
}

type Pbes2Options = { password?: Bytes; iterations?: number; cipherOid?: string; keyBytes?: number };

/** EncryptedPrivateKeyInfo or the tail of EncryptedContentInfo: algorithm and bytes, by PBES2 with AES-256. */
function pbes2(plaintext: Bytes, options: Pbes2Options): { algorithm: Bytes; ciphertext: Bytes } {
  const {
    password = encodeUtf8('test'),
    iterations = 1,
    cipherOid = '2.16.840.1.101.3.4.1.42',
    keyBytes = 32,
  } = options;
  const iv = new Uint8Array(16).fill(9);
  const cipher = createCipheriv('aes-256-cbc', pbkdf2Sync(password, SALT, Math.min(iterations, 100), 32, 'sha1'), iv);
  const ciphertext = concatBytes([cipher.update(plaintext), cipher.final()]);
  const kdf = encodeSequence(encodeOctetString(SALT), encodeSmallInteger(iterations), encodeSmallInteger(keyBytes));
  const parameters = encodeSequence(
    encodeSequence(encodeOid('1.2.840.113549.1.5.12'), kdf),
    encodeSequence(encodeOid(cipherOid), encodeOctetString(iv)),
  );
  return { algorithm: encodeSequence(encodeOid('1.2.840.113549.1.5.13'), parameters), ciphertext };
}

function shroudedKeyBag(options: Pbes2Options = {}, key = PRIVATE_KEY): Bytes {
  const { algorithm, ciphertext } = pbes2(key, options);
  return bag(2, encodeSequence(algorithm, encodeOctetString(ciphertext)));
}

function encryptedSafe(plaintext: Bytes, options: Pbes2Options = {}): Bytes {
  const { algorithm, ciphertext } = pbes2(plaintext, options);
  const content = encodeSequence(encodeOid(DATA), algorithm, encodeDer(contextPrimitive(0), ciphertext));
  return contentInfo('1.2.840.113549.1.7.6', encodeSequence(encodeSmallInteger(0), content));
}

const read = (bytes: Uint8Array, password?: string): Pkcs12Contents =>
  readPkcs12(bytes, { what: 'a.p12', ...(password === undefined ? {} : { password }) });

const refusal = (code: string, reason?: RegExp): unknown =>
  expect.objectContaining({ code, ...(reason === undefined ? {} : { message: expect.stringMatching(reason) }) });

describe('structure', () => {
  it('of several safes, with bags in bags, is read in order', () => {
    const nested = bag(6, encodeSequence(bag(6, encodeSequence(certificateBag())), bag(1, PRIVATE_KEY)));
    const contents = read(pfx([safe(nested), safe(), safe(certificateBag())], {}), 'test');
    expect(contents.certificates.map(({ certDer }) => certDer)).toEqual([CERTIFICATE, CERTIFICATE]);
    expect(contents.privateKeys.map(({ pkcs8Der }) => pkcs8Der)).toEqual([PRIVATE_KEY]);
    expect(contents.encryption).toEqual({ certificates: ['none'], privateKeys: ['none'] });
  });

  it('that is empty holds nothing', () => {
    expect(read(pfx([]))).toMatchObject({ certificates: [], privateKeys: [], crls: [], otherCount: 0, mac: 'none' });
  });

  it('with CRLs, secrets and certificates of other kinds', () => {
    const crl = bag(4, typed('1.2.840.113549.1.9.23.1', Uint8Array.of(0x30, 0)));
    const others = [bag(5, encodeNull()), bag(3, typed('1.2.840.113549.1.9.22.2', CERTIFICATE)), bag(99, encodeNull())];
    expect(read(pfx([safe(crl, ...others)]))).toMatchObject({
      crls: [{ crlDer: Uint8Array.of(0x30, 0) }],
      otherCount: 3,
    });
  });

  it('with attributes: names of any script, key ids, trust of Java', () => {
    const name = attribute('1.2.840.113549.1.9.20', encodeDer(30, bmp('ключ 🔑\u001b[31m')));
    const id = attribute('1.2.840.113549.1.9.21', encodeOctetString(Uint8Array.of(0, 0xab)));
    const trust = attribute('2.16.840.1.113894.746875.1.1', encodeOid('2.5.29.37.0'));
    const [certificate] = read(pfx([safe(certificateBag(name, id, trust))])).certificates;
    expect(certificate).toEqual({
      certDer: CERTIFICATE,
      friendlyName: 'ключ 🔑\u001b[31m',
      localKeyIdHex: '00ab',
      isTrusted: true,
    });
  });

  it('with attributes that are odd is read without them', () => {
    const odd = [
      attribute('1.2.840.113549.1.9.20', encodeSmallInteger(1)),
      attribute('1.2.840.113549.1.9.21', encodeNull()),
      encodeSequence(encodeOid('1.2.3'), encodeSetOf()),
    ];
    expect(read(pfx([safe(certificateBag(...odd))])).certificates).toEqual([
      { certDer: CERTIFICATE, isTrusted: false },
    ]);
  });

  it.each([
    ['a version other than 3', encodeSequence(encodeSmallInteger(2), data(encodeSequence())), 'PKCS12_INVALID'],
    [
      'a signature for a MAC',
      encodeSequence(encodeSmallInteger(3), contentInfo('1.2.840.113549.1.7.2', encodeNull())),
      'PKCS12_UNSUPPORTED',
    ],
    [
      'content that is missing',
      encodeSequence(encodeSmallInteger(3), encodeSequence(encodeOid(DATA))),
      'PKCS12_INVALID',
    ],
    ['no content', encodeSequence(encodeSmallInteger(3)), 'PKCS12_INVALID'],
    ['a safe for a certificate', pfx([contentInfo('1.2.840.113549.1.7.3', encodeNull())]), 'PKCS12_UNSUPPORTED'],
    ['a safe of no known type', pfx([contentInfo('1.2.3.4', encodeNull())]), 'PKCS12_UNSUPPORTED'],
    ['a bag without content', pfx([safe(encodeSequence(encodeOid(`${BAG}.3`)))]), 'PKCS12_INVALID'],
    ['a key bag without a key', pfx([safe(bag(1, encodeSequence(encodeSmallInteger(0))))]), 'PKCS12_INVALID'],
    ['a safe with bytes after its end', pfx([data(Uint8Array.of(0x30, 0, 0))]), 'PKCS12_INVALID'],
  ])('with %s is refused', (_name, bytes, code) => {
    expect(() => read(bytes, 'test')).toThrow(refusal(code));
  });

  it('nested without end is refused', () => {
    let nested: Bytes = encodeSequence();
    const tooDeep = refusal('PKCS12_INVALID', /malformed, cut off or too deep/);
    for (let depth = 0; depth < 60; depth++) nested = encodeSequence(bag(6, nested));
    expect(() => read(pfx([data(nested)]))).toThrow(tooDeep);
    const octets = Array.from({ length: 100_000 }, () => [0x24, 0x80]).flat();
    expect(() => read(encodeSequence(encodeSmallInteger(3), contentInfo(DATA, Uint8Array.from(octets))))).toThrow(
      tooDeep,
    );
  });

  it('of a million elements is refused', () => {
    const nulls = new Uint8Array(900_000).fill(0).map((_, i) => (i % 2 === 0 ? 5 : 0));
    expect(() => read(encodeSequence(encodeSmallInteger(3), encodeSequence(nulls)))).toThrow(
      refusal('PKCS12_INVALID', /malformed, cut off or too deep/),
    );
  });
});

/** The same elements with indefinite lengths and OCTET STRINGs in two pieces, as old Windows and Bouncy Castle write. */
function toLooseBer(der: Uint8Array): Bytes {
  const parts: Uint8Array[] = [];
  for (let at = 0; at < der.length;) {
    const tag = der[at] ?? 0;
    const first = der[at + 1] ?? 0;
    const header = first < 0x80 ? 2 : 2 + (first & 0x7f);
    const long = [...der.subarray(at + 2, at + header)].reduce((sum, byte) => sum * 256 + byte, 0);
    const end = at + header + (first < 0x80 ? first : long);
    const value = der.subarray(at + header, end);
    const half = value.length >> 1;
    const pieces = [value.subarray(0, half), value.subarray(half)].map(encodeOctetString);
    const end00 = Uint8Array.of(0, 0);
    if (tag === 4) parts.push(Uint8Array.of(0x24, 0x80), ...pieces, end00);
    else if (tag === contextPrimitive(0)) parts.push(Uint8Array.of(0xa0, 0x80), ...pieces, end00);
    else if ((tag & 0x20) !== 0) parts.push(Uint8Array.of(tag, 0x80), toLooseBer(value), end00);
    else parts.push(der.subarray(at, end));
    at = end;
  }
  return concatBytes(parts);
}

describe('BER', () => {
  it('with indefinite lengths and strings in pieces is read at every level', () => {
    const bags = toLooseBer(encodeSequence(certificateBag(), shroudedKeyBag()));
    const safes = toLooseBer(encodeSequence(data(bags), encryptedSafe(toLooseBer(encodeSequence(certificateBag())))));
    const loose = toLooseBer(encodeSequence(encodeSmallInteger(3), data(safes), macOf(safes, {})));
    expect(isPkcs12(loose)).toBe(true);
    const contents = read(loose, 'test');
    expect(contents.certificates.map(({ certDer }) => certDer)).toEqual([CERTIFICATE, CERTIFICATE]);
    expect(contents.privateKeys.map(({ pkcs8Der }) => pkcs8Der)).toEqual([PRIVATE_KEY]);
    expect(() => read(loose, 'wrong')).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
  });
});

describe('passwords', () => {
  const utf8AsText = Buffer.from('pä🔑', 'utf8').toString('latin1');
  it.each([
    ['none', '', new Uint8Array()],
    ['an empty one', '', bmp('\0')],
    ['a BMPString', 'pä', bmp('pä\0')],
    ['one with a character of two surrogates', 'pä🔑', bmp('pä🔑\0')],
    ['UTF-8, each byte for a character (OpenSSL before 1.1.0)', 'pä🔑', bmp(`${utf8AsText}\0`)],
    ['a composed one, typed in pieces', 'pa\u0308', bmp('pä\0')],
  ])('in a MAC: %s', (_name, password, spelled) => {
    const file = pfx([safe(certificateBag())], { password: spelled });
    expect(read(file, password).certificates).toHaveLength(1);
    expect(() => read(file, `${password}x`)).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
    if (password === '') expect(read(file).certificates).toHaveLength(1);
    else expect(() => read(file)).toThrow(refusal('PKCS12_PASSWORD_NEEDED'));
  });

  it.each([
    ['none', '', new Uint8Array()],
    ['UTF-8', 'pä🔑', encodeUtf8('pä🔑')],
    ['Latin-1', 'pä', Uint8Array.of(0x70, 0xe4)],
    ['a composed one, typed in pieces', 'pa\u0308', encodeUtf8('pä')],
    ['a BMPString (old NSS)', 'pä', bmp('pä\0')],
  ])('in PBES2: %s', (_name, password, spelled) => {
    const file = pfx([
      encryptedSafe(encodeSequence(certificateBag()), { password: spelled }),
      safe(shroudedKeyBag({ password: spelled })),
    ]);
    expect(read(file, password)).toMatchObject({ certificates: [{}], privateKeys: [{}], mac: 'none' });
    expect(() => read(file, `${password}x`)).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
  });

  it('that end in a NUL are not the ones without, though HMAC takes them for the same', () => {
    const file = pfx([safe(shroudedKeyBag())]);
    expect(() => read(file, 'test\0')).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
  });

  it('that differ for MAC and contents open no part alone', () => {
    const file = pfx([safe(shroudedKeyBag({ password: encodeUtf8('other') }))], {});
    expect(() => read(file, 'test')).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
    expect(() => read(file, 'other')).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
  });

  it('that are wrong never show nonsense as content, where no MAC guards it', () => {
    const file = pfx([encryptedSafe(encodeSequence(certificateBag()))]);
    // Padding is right by chance for one password in 256, so that some get past the cipher.
    for (let i = 0; i < 3000; i++) expect(() => read(file, `wrong ${i}`)).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
  });
});

describe('a MAC', () => {
  it.each([0, 1, 19])('of %i bytes is refused whatever it says', (cutTo) => {
    expect(() => read(pfx([safe()], { cutTo }), 'test')).toThrow(refusal('PKCS12_INVALID', /MAC has the wrong length/));
  });

  it.each([
    ['no', encodeSmallInteger(0)],
    ['negative', Uint8Array.of(2, 1, 0xff)],
  ])('of %s iterations is refused', (_name, iterations) => {
    const mac = macOf(encodeSequence(), {});
    const changed = encodeDer(0x30, concatBytes([mac.subarray(2, -3), iterations]));
    const file = encodeSequence(encodeSmallInteger(3), data(encodeSequence()), changed);
    expect(() => read(file, 'test')).toThrow(refusal('PKCS12_INVALID', /no iterations|negative/));
  });

  it('by an unknown hash is refused by its name', () => {
    expect(() => read(pfx([safe()], { hashOid: '1.2.3.4' }), 'test')).toThrow(
      refusal('PKCS12_UNSUPPORTED', /1\.2\.3\.4/),
    );
  });

  it('is compared before anything inside is read', () => {
    const malformed = pfx([Uint8Array.of(0x30, 1, 0)], {});
    expect(() => read(malformed, 'wrong')).toThrow(refusal('PKCS12_PASSWORD_WRONG'));
    expect(() => read(malformed, 'test')).toThrow(refusal('PKCS12_INVALID'));
  });
});

describe('encryption', () => {
  it('with scrypt is read', () => {
    const contents = read(pfx([safe(bag(2, SCRYPT_KEY))]), 'test');
    expect(contents.privateKeys).toEqual([{ pkcs8Der: PRIVATE_KEY }]);
    expect(contents.encryption.privateKeys).toEqual(['AES-256-CBC, key by scrypt']);
  });

  it('of a safe and of the key in it are both told', () => {
    const { encryption } = read(pfx([encryptedSafe(encodeSequence(shroudedKeyBag(), certificateBag()))], {}), 'test');
    const label = 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-1';
    expect(encryption).toEqual({ certificates: [label], privateKeys: [`${label} around ${label}`] });
  });

  it('by an unknown cipher is refused by its name', () => {
    const file = pfx([safe(shroudedKeyBag({ cipherOid: '1.2.643.2.2.21' }))]);
    expect(() => read(file, 'test')).toThrow(refusal('PKCS12_UNSUPPORTED', /1\.2\.643\.2\.2\.21/));
  });

  it('whose key length is not the cipher’s is refused', () => {
    expect(() => read(pfx([safe(shroudedKeyBag({ keyBytes: 5 }))]), 'test')).toThrow(refusal('PKCS12_INVALID'));
  });
});

describe('work', () => {
  const COSTLY = 2 ** 31 - 1;
  it.each([
    ['a MAC', pfx([], { iterations: COSTLY })],
    ['a safe', pfx([encryptedSafe(encodeSequence(), { iterations: COSTLY })])],
    ['a key', pfx([safe(shroudedKeyBag({ iterations: COSTLY }))])],
    ['one round above the ceiling', pfx([], { iterations: 1_000_001 })],
  ])('of %s is refused before it is done', (_name, bytes) => {
    const started = performance.now();
    expect(() => read(bytes, 'test')).toThrow(refusal('KEY_TOO_COSTLY'));
    expect(performance.now() - started).toBeLessThan(200);
  });

  it('is counted for MAC, safe and key, once for each whatever password is tried', () => {
    const spend = vi.spyOn(RoundBudget.prototype, 'spend');
    const file = pfx([encryptedSafe(encodeSequence(shroudedKeyBag({ iterations: 30 })), { iterations: 20 })], {
      iterations: 3,
    });
    read(file, 'test');
    // PBKDF2 with SHA-1 takes two blocks for a key of AES-256.
    expect(spend.mock.calls).toEqual([
      [3, 3],
      [20, 40],
      [30, 60],
    ]);
    spend.mockClear();
    expect(() => read(file)).toThrow(refusal('PKCS12_PASSWORD_NEEDED'));
    expect(spend.mock.calls).toEqual([[3, 3]]);
    spend.mockRestore();
  });

  it('ends at a ceiling for the file, however little each part asks for', () => {
    const budget = new RoundBudget('a.p12');
    for (let i = 0; i < 8; i++) budget.spend(500_000, 1_000_000);
    expect(() => budget.spend(1, 1)).toThrow(
      refusal('KEY_TOO_COSTLY', /8000001 key derivation rounds, the limit is 8000000/),
    );
  });
});
