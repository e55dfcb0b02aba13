/** @module Private keys: every form read, written back, refused when weak, and never opened without its passphrase or at any cost. */
import { createPrivateKey, generateKeyPairSync, sign, verify } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import * as w from '../der/writer.ts';
import { KEY_TYPES } from '../keys/algorithms.ts';
import { findBlocks, formatPem, PRIVATE_KEY_LABELS } from '../pem/pem.ts';
import { createPrivateKeyOfType, formatPrivateKey, openPrivateKey, parsePrivateKey } from './private-key.ts';
import { createNodeSigner, verifyWithNode } from './signer.ts';

const bytesOf = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const code = (name: string) => expect.objectContaining({ code: name, hint: expect.stringMatching(/./) as string });
const what = 'the sample';
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

describe('createPrivateKeyOfType', () => {
  it.each(KEY_TYPES.filter((type) => type !== 'rsa-3072' && type !== 'rsa-4096'))(
    'makes a %s key that signs',
    (type) => {
      const key = createPrivateKeyOfType(type);
      const signer = createNodeSigner(key);
      const tbsDer = Uint8Array.of(1, 2, 3);
      const input = {
        spkiDer: signer.publicKeySpki,
        hash: signer.algorithm.hash,
        tbsDer,
        signature: signer.sign(tbsDer),
      };
      expect(verifyWithNode(input)).toBe(true);
      expect(verifyWithNode({ ...input, tbsDer: Uint8Array.of(1, 2, 4) })).toBe(false);
      expect(verifyWithNode({ ...input, spkiDer: Uint8Array.of(0) })).toBe(false);
    },
  );
});

describe('parsePrivateKey', () => {
  const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
  it.each([
    ['PKCS#8 PEM', ec.export({ type: 'pkcs8', format: 'pem' }), 'ECDSA P-256'],
    ['PKCS#8 DER', ec.export({ type: 'pkcs8', format: 'der' }), 'ECDSA P-256'],
    ['SEC1 PEM', ec.export({ type: 'sec1', format: 'pem' }), 'ECDSA P-256'],
    ['SEC1 DER', ec.export({ type: 'sec1', format: 'der' }), 'ECDSA P-256'],
    ['PKCS#1 PEM', rsa.export({ type: 'pkcs1', format: 'pem' }), 'RSA 2048'],
    ['PKCS#1 DER', rsa.export({ type: 'pkcs1', format: 'der' }), 'RSA 2048'],
  ])('reads %s', (_form, key, label) => {
    expect(parsePrivateKey(Buffer.from(key), { what }).subjectKey.label).toBe(label);
  });

  const options = { format: 'pem', cipher: 'aes-128-cbc', passphrase: 'open sesame' } as const;
  it.each([
    ['PKCS#8 PEM', ec.export({ type: 'pkcs8', ...options })],
    ['PKCS#8 DER', ec.export({ type: 'pkcs8', ...options, format: 'der' })],
    ['old SEC1 PEM', ec.export({ type: 'sec1', ...options })],
    ['old PKCS#1 PEM', rsa.export({ type: 'pkcs1', ...options })],
    ['what Mintmark writes', bytesOf(formatPrivateKey(createPrivateKeyOfType('ecdsa-p256'), 'open sesame'))],
  ])('opens encrypted %s with its passphrase alone', (_form, key) => {
    const bytes = Buffer.from(key);
    expect(parsePrivateKey(bytes, { what, passphrase: 'open sesame' }).keyObject.type).toBe('private');
    expect(() => parsePrivateKey(bytes, { what })).toThrow(code('KEY_ENCRYPTED'));
    expect(() => parsePrivateKey(bytes, { what, passphrase: 'open' })).toThrow(code('KEY_PASSPHRASE_WRONG'));
    expect(() => parsePrivateKey(bytes, { what, passphrase: '' })).toThrow(code('KEY_PASSPHRASE_WRONG'));
  });

  it('ignores a passphrase that a plain key does not need', () => {
    const pem = bytesOf(String(ec.export({ type: 'pkcs8', format: 'pem' })));
    expect(parsePrivateKey(pem, { what, passphrase: 'x' }).subjectKey.label).toBe('ECDSA P-256');
  });

  it.each([
    ['RSA of 1024 bits', generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, 'PUBLIC_KEY_WEAK'],
    [
      'exponent 3',
      generateKeyPairSync('rsa', { modulusLength: 2048, publicExponent: 3 }).privateKey,
      'PUBLIC_KEY_WEAK',
    ],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).privateKey, 'PUBLIC_KEY_UNSUPPORTED'],
    [
      'explicit curve parameters',
      generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey,
      'DER_INVALID',
    ],
    ['X25519', generateKeyPairSync('x25519').privateKey, 'PUBLIC_KEY_UNSUPPORTED'],
    ['Ed448', generateKeyPairSync('ed448').privateKey, 'PUBLIC_KEY_UNSUPPORTED'],
  ])('refuses %s for use and still opens it to look at', (_kind, key, name) => {
    const der = new Uint8Array(key.export({ type: 'pkcs8', format: 'der' }));
    expect(() => parsePrivateKey(der, { what })).toThrow(code(name));
    const opened = openPrivateKey({ label: 'PRIVATE KEY', der, headers: '', pem: '' }, { what });
    expect(opened.asymmetricKeyType).toBe(key.asymmetricKeyType);
  });

  it.each([
    ['text', 'hello', 'PEM_NOT_FOUND'],
    ['a public key', formatPem('PUBLIC KEY', Uint8Array.of(0x30, 0)), 'PEM_NOT_FOUND'],
    ['two keys', String(ec.export({ type: 'pkcs8', format: 'pem' })).repeat(2), 'PEM_SEVERAL'],
    ['an empty key', formatPem('PRIVATE KEY', new Uint8Array()), 'KEY_INVALID'],
    ['no key at all', formatPem('PRIVATE KEY', Uint8Array.of(0x30, 0)), 'KEY_INVALID'],
    [
      'a key under the label of another',
      formatPem('RSA PRIVATE KEY', ec.export({ type: 'sec1', format: 'der' })),
      'KEY_INVALID',
    ],
  ])('refuses %s', (_kind, text, name) => {
    expect(() => parsePrivateKey(bytesOf(text), { what, passphrase: 'x' })).toThrow(code(name));
  });
});

describe('a key whose halves do not fit', () => {
  const { x: otherX, y: otherY } = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({
    format: 'jwk',
  });
  const publicPoint = Buffer.concat([
    Buffer.of(4),
    Buffer.from(String(otherX), 'base64url'),
    Buffer.from(String(otherY), 'base64url'),
  ]);
  const sec1 = (scalar: Uint8Array, point: Uint8Array) =>
    w.encodeSequence(
      w.encodeSmallInteger(1),
      w.encodeOctetString(scalar),
      w.encodeDer(0xa0, w.encodeOid('1.2.840.10045.3.1.7')),
      w.encodeDer(0xa1, w.encodeBitString(point)),
    );

  it.each([
    ['a private number beyond the order of the curve', new Uint8Array(32).fill(0xff)],
    ['a private number of zero', new Uint8Array(32)],
    ['the private number of another key', new Uint8Array(32).fill(7)],
    ['a private number of 1000 bytes', new Uint8Array(1000).fill(7)],
    ['no private number', new Uint8Array()],
  ])('is refused, and the process lives: %s', (_what, scalar) => {
    expect(() => parsePrivateKey(sec1(scalar, publicPoint), { what })).toThrow(code('KEY_INVALID'));
  });

  it('is refused when the public half lies on no curve', () => {
    const astray = Buffer.concat([Buffer.of(4), Buffer.alloc(64, 5)]);
    expect(() => parsePrivateKey(sec1(new Uint8Array(32).fill(7), astray), { what })).toThrow(code('KEY_INVALID'));
  });

  it('is refused for RSA too', () => {
    const jwk = createPrivateKeyOfType('rsa-2048').keyObject.export({ format: 'jwk' });
    const { n } = createPrivateKeyOfType('rsa-2048').keyObject.export({ format: 'jwk' });
    const mixed = createPrivateKey({ key: { ...jwk, n: String(n) }, format: 'jwk' }).export({
      type: 'pkcs8',
      format: 'der',
    });
    expect(() => parsePrivateKey(mixed, { what })).toThrow(code('KEY_INVALID'));
  });

  it('on an unusual curve is refused by its curve', () => {
    const key = generateKeyPairSync('ec', { namedCurve: 'brainpoolP256r1' }).privateKey;
    expect(() => parsePrivateKey(key.export({ type: 'pkcs8', format: 'der' }), { what })).toThrow(
      code('PUBLIC_KEY_UNSUPPORTED'),
    );
  });
});

describe('formatPrivateKey', () => {
  it('writes PKCS#8 that node:crypto reads', () => {
    const key = createPrivateKeyOfType('ecdsa-p256');
    const back = createPrivateKey(formatPrivateKey(key));
    const signature = sign('sha256', Buffer.from('x'), back);
    expect(verify('sha256', Buffer.from('x'), key.keyObject, signature)).toBe(true);
  });

  it('writes PBES2 that node:crypto opens, with another salt each time', () => {
    const key = createPrivateKeyOfType('ecdsa-p256');
    const [first, second] = [formatPrivateKey(key, 'pä ss'), formatPrivateKey(key, 'pä ss')];
    expect(first).toMatch(/^-----BEGIN ENCRYPTED PRIVATE KEY-----/);
    expect(first).not.toBe(second);
    expect(createPrivateKey({ key: first, passphrase: 'pä ss' }).equals(key.keyObject)).toBe(true);
  });
});

describe('the cost of opening', () => {
  const pbkdf2 = (count: Uint8Array) =>
    w.encodeSequence(
      w.encodeOid('1.2.840.113549.1.5.12'),
      w.encodeSequence(w.encodeOctetString(new Uint8Array(8)), count),
    );
  const scrypt = (...costs: number[]) =>
    w.encodeSequence(
      w.encodeOid('1.3.6.1.4.1.11591.4.11'),
      w.encodeSequence(w.encodeOctetString(new Uint8Array(8)), ...costs.map(w.encodeSmallInteger)),
    );
  const aes = w.encodeSequence(w.encodeOid('2.16.840.1.101.3.4.1.42'), w.encodeOctetString(new Uint8Array(16)));
  const pbes2 = (kdf: Uint8Array) =>
    w.encodeSequence(
      w.encodeSequence(w.encodeOid('1.2.840.113549.1.5.13'), w.encodeSequence(kdf, aes)),
      w.encodeOctetString(new Uint8Array(32)),
    );
  const pbes1 = (oid: string, count: Uint8Array) =>
    w.encodeSequence(
      w.encodeSequence(w.encodeOid(oid), w.encodeSequence(w.encodeOctetString(new Uint8Array(8)), count)),
      w.encodeOctetString(new Uint8Array(32)),
    );
  /** The same content behind a length of many bytes: BER, which OpenSSL reads and DER forbids. */
  const asBer = (der: Uint8Array, lengthBytes: number) => {
    const body = der.subarray(der[1] === 0x81 ? 3 : 2);
    return Uint8Array.of(0x30, 0x80 | lengthBytes, ...new Uint8Array(lengthBytes - 1), body.length, ...body);
  };
  const huge = w.encodeSmallInteger(0x7fffffff);
  const beyond = Uint8Array.of(2, 5, 1, 0, 0, 0, 0);

  it.each([
    ['PBKDF2 with 2^31 - 1 rounds', pbes2(pbkdf2(huge)), 'KEY_TOO_COSTLY'],
    ['PBKDF2 with 2^32 rounds', pbes2(pbkdf2(beyond)), 'KEY_TOO_COSTLY'],
    ['PBES1 with 2^31 - 1 rounds', pbes1('1.2.840.113549.1.5.10', huge), 'KEY_TOO_COSTLY'],
    ['PKCS#12 3DES with 2^31 - 1 rounds', pbes1('1.2.840.113549.1.12.1.3', huge), 'KEY_TOO_COSTLY'],
    ['scrypt with N = 2^30', pbes2(scrypt(2 ** 30, 8, 1)), 'KEY_TOO_COSTLY'],
    ['scrypt with p = 2^30', pbes2(scrypt(16_384, 8, 2 ** 30)), 'KEY_TOO_COSTLY'],
    ['2^31 - 1 rounds behind a long length', asBer(pbes2(pbkdf2(huge)), 4), 'KEY_INVALID'],
    ['rounds that are no INTEGER', pbes2(pbkdf2(w.encodeSequence())), 'KEY_PASSPHRASE_WRONG'],
  ])('is refused at once for %s, as PEM and as DER', (_what, der, name) => {
    const started = process.hrtime.bigint();
    expect(() => parsePrivateKey(bytesOf(formatPem('ENCRYPTED PRIVATE KEY', der)), { what, passphrase: 'x' })).toThrow(
      code(name),
    );
    expect(() => parsePrivateKey(der, { what, passphrase: 'x' })).toThrow(code(name));
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(2);
  });

  it('is refused where the scheme stands too far behind to be seen, for then no passphrase is tried', () => {
    const started = process.hrtime.bigint();
    expect(() => parsePrivateKey(asBer(pbes2(pbkdf2(huge)), 60), { what, passphrase: 'x' })).toThrow(
      code('KEY_INVALID'),
    );
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(2);
  });

  it('is never paid for a key that says it is not encrypted', () => {
    const started = process.hrtime.bigint();
    for (const label of ['PRIVATE KEY', 'RSA PRIVATE KEY', 'EC PRIVATE KEY'])
      expect(() => parsePrivateKey(bytesOf(formatPem(label, pbes2(pbkdf2(huge)))), { what, passphrase: 'x' })).toThrow(
        code('KEY_INVALID'),
      );
    expect(Number(process.hrtime.bigint() - started) / 1e9).toBeLessThan(2);
  });
});

describe('keys that are larger than any in use', () => {
  const bytes = (...parts: (string | number[])[]): Buffer =>
    Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'hex') : Buffer.from(part))));
  const tlv = (tag: number, value: Buffer): Buffer =>
    Buffer.concat([bytes([tag, 0x82, value.length >> 8, value.length & 0xff]), value]);
  const number = (size: number): Buffer => tlv(2, Buffer.alloc(size, 0x7f));
  /** A PKCS#8 key whose public half OpenSSL would compute: g to the x modulo p, all of that many bytes. */
  const slowKey = (oid: string, size: number): Buffer =>
    tlv(
      0x30,
      Buffer.concat([
        bytes('020100'),
        tlv(0x30, Buffer.concat([bytes(oid), tlv(0x30, Buffer.concat([number(size), number(32), number(size)]))])),
        tlv(4, number(size)),
      ]),
    );

  it.each([
    ['DSA', '06072a8648ce380401'],
    ['DH', '06092a864886f70d010301'],
  ])('are refused at once: %s', (_kind, oid) => {
    const begun = performance.now();
    expect(() => parsePrivateKey(slowKey(oid, 3000), { what })).toThrow(code('KEY_INVALID'));
    expect(performance.now() - begun).toBeLessThan(300);
  });

  it('are told from the largest that are', () => {
    const { privateKey } = generateKeyPairSync('dsa', { modulusLength: 2048, divisorLength: 256 });
    const [block] = findBlocks(Buffer.from(privateKey.export({ type: 'pkcs8', format: 'der' })), what, {
      labels: PRIVATE_KEY_LABELS,
      wanted: 'a key',
    });
    expect(openPrivateKey(block ?? expect.fail(), { what }).asymmetricKeyType).toBe('dsa');
  });
});
