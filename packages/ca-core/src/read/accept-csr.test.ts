/** @module The gate before signing: requests as strangers may send them, each refusal by its code, nothing quietly corrected. */
import { createHash, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { encodeUtf8 } from '../der/bytes.ts';
import { contextConstructed, contextPrimitive } from '../der/tags.ts';
import * as w from '../der/writer.ts';
import { encodeDistinguishedName, type NameAttribute } from '../names/distinguished-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { verifyWithNode } from '../node/signer.ts';
import { acceptCsr } from './accept-csr.ts';
import { parseCsr } from './csr-facts.ts';

const rules = { isPublicSuffix: (domain: string) => domain === 'com' };
const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;

const ECDSA_SHA256 = '1.2.840.10045.4.3.2';
const RSA_SHA256 = '1.2.840.113549.1.1.11';
const publicOf = (key: KeyObject): Uint8Array =>
  new Uint8Array(createPublicKey(key).export({ type: 'spki', format: 'der' }));

type Sample = {
  readonly subject?: readonly NameAttribute[];
  readonly subjectDer?: Uint8Array;
  readonly extensions?: readonly Uint8Array[];
  readonly attributes?: readonly Uint8Array[];
  readonly key?: KeyObject;
  readonly signer?: KeyObject;
  readonly algorithm?: string;
  readonly hash?: string;
  readonly version?: number;
};

const extension = (oid: string, value: Uint8Array, isCritical = false) =>
  w.encodeSequence(w.encodeOid(oid), ...(isCritical ? [w.encodeBoolean(true)] : []), w.encodeOctetString(value));
const general = (tag: number, text: string | Uint8Array) =>
  w.encodeDer(contextPrimitive(tag), typeof text === 'string' ? encodeUtf8(text) : text);
const san = (...names: Uint8Array[]) => extension('2.5.29.17', w.encodeSequence(...names));
const dns = (...texts: string[]) => san(...texts.map((text) => general(2, text)));
const request = (...extensions: Uint8Array[]) =>
  w.encodeSequence(w.encodeOid('1.2.840.113549.1.9.14'), w.encodeSetOf(w.encodeSequence(...extensions)));

function createSample(sample: Sample): Uint8Array {
  const key = sample.key ?? ec;
  const info = w.encodeSequence(
    w.encodeSmallInteger(sample.version ?? 0),
    sample.subjectDer ?? encodeDistinguishedName(sample.subject ?? []),
    publicOf(key),
    w.encodeDer(
      contextConstructed(0),
      ...(sample.attributes ?? (sample.extensions === undefined ? [] : [request(...sample.extensions)])),
    ),
  );
  const algorithm = w.encodeSequence(w.encodeOid(sample.algorithm ?? ECDSA_SHA256));
  const signature = sign(sample.hash ?? 'sha256', info, sample.signer ?? key);
  return w.encodeSequence(info, algorithm, w.encodeBitString(signature));
}

const accept = (sample: Sample) =>
  acceptCsr(parseCsr(createSample(sample), 'the request'), {
    what: 'the request',
    sha256: nodeSha256,
    verify: verifyWithNode,
    rules,
  });
const namesOf = (sample: Sample) => accept(sample).names.map(({ kind, text }) => `${kind}:${text}`);
const code = (name: string) => expect.objectContaining({ code: name, hint: expect.stringMatching(/./) as string });
const cn = (...values: string[]) => values.map((value) => ({ type: 'CN' as const, value }));

describe('names', () => {
  it('are taken from the subject alternative name, canonical and without repeats', () => {
    const ip = general(7, Uint8Array.of(127, 0, 0, 1));
    const extensions = [
      san(general(2, 'App.TEST'), ip, general(1, 'a@app.test'), general(6, 'urn:x'), general(2, 'app.test')),
    ];
    expect(namesOf({ extensions })).toEqual(['dns:app.test', 'ip:127.0.0.1', 'email:a@app.test', 'uri:urn:x']);
  });

  it('are taken from the common name when there is nothing else, if it is a host', () => {
    expect(namesOf({ subject: cn('app.test') })).toEqual(['dns:app.test']);
    expect(namesOf({ subject: cn('10.0.0.1') })).toEqual(['ip:10.0.0.1']);
    expect(namesOf({ subject: cn('Alice Example', 'a@b.test', 'https://x.test/') })).toEqual([]);
  });

  it('beside a subject alternative name leave the common name alone', () => {
    expect(namesOf({ subject: cn('evil.test'), extensions: [dns('app.test')] })).toEqual(['dns:app.test']);
  });

  it.each([
    ['../../evil', 'NAME_HAS_PATH'],
    ['a\0.app.test', 'DNS_NAME_CHARACTER'],
    ['a\u001b[2J:80', 'NAME_HAS_PORT'],
    ['app.test\n', 'CSR_NAME_UNSUPPORTED'],
    [' app.test', 'CSR_NAME_UNSUPPORTED'],
    ['*.com', 'WILDCARD_PUBLIC_SUFFIX'],
    ['*', 'WILDCARD_BARE'],
    ['localhost:8080', 'NAME_HAS_PORT'],
    ['', 'NAME_EMPTY'],
    ['127.0.0.1', 'CSR_NAME_UNSUPPORTED'],
    ['a@app.test', 'CSR_NAME_UNSUPPORTED'],
    ['spiffe://app.test/x', 'CSR_NAME_UNSUPPORTED'],
  ])('refuse %j in a dNSName', (text, name) => {
    expect(() => accept({ extensions: [dns('app.test', text)] })).toThrow(code(name));
  });

  it.each([
    ['directoryName', w.encodeDer(contextConstructed(4), encodeDistinguishedName(cn('x')))],
    [
      'otherName',
      w.encodeDer(
        contextConstructed(0),
        w.encodeOid('1.2.3'),
        w.encodeDer(contextConstructed(0), w.encodeUtf8String('x')),
      ),
    ],
    ['registeredID', general(8, Uint8Array.of(0x2a, 3))],
    ['iPAddress of 5 bytes', general(7, new Uint8Array(5))],
    ['iPAddress with a mask', general(7, new Uint8Array(8))],
    ['DNS name as rfc822Name', general(1, 'app.test')],
    ['e-mail address as URI', general(6, 'a@app.test')],
  ])('refuse a %s, alone or among others', (_kind, name) => {
    const refused = expect.objectContaining({
      code: expect.stringMatching(/^(?:CSR_NAME_UNSUPPORTED|DNS_NAME_\w+|IP_ADDRESS_\w+)$/) as string,
    });
    expect(() => accept({ subject: cn('app.test'), extensions: [san(name)] })).toThrow(refused);
    expect(() => accept({ extensions: [san(general(2, 'app.test'), name)] })).toThrow(refused);
  });

  it('of Microsoft attributes are not looked at', () => {
    const attribute = w.encodeSequence(
      w.encodeOid('1.3.6.1.4.1.311.2.1.14'),
      w.encodeSetOf(w.encodeSequence(dns('evil.test'))),
    );
    expect(namesOf({ subject: cn('app.test'), attributes: [attribute] })).toEqual(['dns:app.test']);
  });
});

describe('power beyond a leaf', () => {
  const basicCa = (isCritical: boolean) => extension('2.5.29.19', w.encodeSequence(w.encodeBoolean(true)), isCritical);
  it.each([
    ['CA:TRUE', [basicCa(true)], 'CSR_ASKS_FOR_CA'],
    ['CA:TRUE that is not critical', [basicCa(false)], 'CSR_ASKS_FOR_CA'],
    ['keyCertSign', [extension('2.5.29.15', w.encodeNamedBits([0, 5]))], 'CSR_ASKS_FOR_CA'],
    ['cRLSign', [extension('2.5.29.15', w.encodeNamedBits([6]))], 'CSR_ASKS_FOR_CA'],
    ['a critical extension nobody knows', [extension('1.2.3.4', w.encodeNull(), true)], 'CSR_EXTENSION_UNKNOWN'],
    ['critical name constraints', [extension('2.5.29.30', w.encodeSequence(), true)], 'CSR_EXTENSION_UNKNOWN'],
    ['the same extension twice', [dns('app.test'), dns('evil.test')], 'CSR_INVALID'],
  ])('is refused: %s', (_what, extensions, name) => {
    expect(() => accept({ subject: cn('app.test'), extensions })).toThrow(code(name));
  });

  it('is refused in a second attribute too', () => {
    const attributes = [request(dns('app.test')), request(basicCa(true))];
    expect(() => accept({ attributes })).toThrow(code('CSR_ASKS_FOR_CA'));
    expect(() => accept({ attributes: [request(dns('app.test')), request(dns('evil.test'))] })).toThrow(
      code('CSR_INVALID'),
    );
  });

  it('is not what an honest request has', () => {
    const extensions = [
      dns('app.test'),
      extension('2.5.29.19', w.encodeSequence(), true),
      extension('2.5.29.15', w.encodeNamedBits([0, 2]), true),
      extension('2.5.29.37', w.encodeSequence(w.encodeOid('1.3.6.1.5.5.7.3.1'))),
      extension('1.2.3.4', w.encodeNull()),
    ];
    expect(namesOf({ extensions })).toEqual(['dns:app.test']);
  });
});

describe('keys and signatures', () => {
  const subject = cn('app.test');
  it.each<[string, Sample, string]>([
    [
      'RSA of 1024 bits',
      { key: generateKeyPairSync('rsa', { modulusLength: 1024 }).privateKey, algorithm: RSA_SHA256 },
      'PUBLIC_KEY_WEAK',
    ],
    ['P-224', { key: generateKeyPairSync('ec', { namedCurve: 'secp224r1' }).privateKey }, 'PUBLIC_KEY_UNSUPPORTED'],
    [
      'a curve by parameters',
      { key: generateKeyPairSync('ec', { namedCurve: 'P-256', paramEncoding: 'explicit' }).privateKey },
      'DER_INVALID',
    ],
    ['MD5', { key: rsa, algorithm: '1.2.840.113549.1.1.4', hash: 'md5' }, 'CSR_SIGNATURE_WEAK'],
    ['SHA-1 with RSA', { key: rsa, algorithm: '1.2.840.113549.1.1.5', hash: 'sha1' }, 'CSR_SIGNATURE_WEAK'],
    ['SHA-1 with ECDSA', { algorithm: '1.2.840.10045.4.1', hash: 'sha1' }, 'CSR_SIGNATURE_WEAK'],
    [
      'a signature by another key',
      { signer: generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey },
      'CSR_SIGNATURE_INVALID',
    ],
    ['a signature by a key of another kind', { signer: rsa }, 'CSR_SIGNATURE_INVALID'],
    ['another hash than it says', { hash: 'sha384' }, 'CSR_SIGNATURE_INVALID'],
    ['an unknown algorithm', { algorithm: '1.2.3.4' }, 'CSR_SIGNATURE_UNSUPPORTED'],
    ['version 2', { version: 1 }, 'CSR_INVALID'],
  ])('refuse %s', (_what, sample, name) => {
    expect(() => accept({ subject, ...sample })).toThrow(code(name));
  });

  it('of a request changed after signing are refused', () => {
    const der = createSample({ extensions: [dns('app.test')] });
    const at = Buffer.from(der).indexOf('app.test');
    der.set(encodeUtf8('bad.test'), at);
    const options = { what: 'it', sha256: nodeSha256, verify: verifyWithNode, rules };
    expect(() => acceptCsr(parseCsr(der, 'it'), options)).toThrow(code('CSR_SIGNATURE_INVALID'));
  });

  it.each<[string, Sample]>([
    ['SHA-256 with RSA', { key: rsa, algorithm: RSA_SHA256 }],
    ['SHA-384 with ECDSA', { algorithm: '1.2.840.10045.4.3.3', hash: 'sha384' }],
  ])('take %s', (_what, sample) => {
    const { subjectKey } = accept({ subject, ...sample });
    expect(Buffer.from(subjectKey.keyIdentifier)).toEqual(
      createHash('sha256')
        .update(Buffer.from(publicOf(sample.key ?? ec)).subarray(sample.key === undefined ? 26 : 24))
        .digest()
        .subarray(0, 20),
    );
  });
});

describe('the subject', () => {
  it('is taken as it is, the common name in its canonical form', () => {
    const { subject, omitted } = accept({
      subject: [{ type: 'C', value: 'AT' }, { type: 'O', value: 'Ex, ample' }, ...cn('APP.test')],
      extensions: [dns('app.test')],
    });
    expect(subject).toEqual([
      { type: 'C', value: 'AT' },
      { type: 'O', value: 'Ex, ample' },
      { type: 'CN', value: 'app.test' },
    ]);
    expect(omitted).toEqual([]);
  });

  it('loses a common name that is a host nobody asked for, or stands without a DNS name, and says so', () => {
    expect(accept({ subject: cn('evil.test'), extensions: [dns('app.test')] })).toMatchObject({
      subject: [],
      omitted: ['CN=evil.test'],
    });
    expect(accept({ subject: cn('Alice'), extensions: [san(general(1, 'a@app.test'))] })).toMatchObject({
      subject: [],
      omitted: ['CN=Alice'],
    });
  });

  it('loses attributes nobody knows, and says so', () => {
    const unknown = w.encodeSequence(w.encodeSetOf(w.encodeSequence(w.encodeOid('2.5.4.97'), w.encodeUtf8String('x'))));
    expect(accept({ subjectDer: unknown, extensions: [dns('app.test')] }).omitted).toEqual(['2.5.4.97=x']);
  });

  it.each([
    ['a control character', [{ type: 'O', value: 'a\u0007b' }]],
    ['a NUL', [{ type: 'O', value: 'a\0b' }]],
    ['a country of three letters', [{ type: 'C', value: 'AUT' }]],
    ['an organization of 65 characters', [{ type: 'O', value: 'a'.repeat(65) }]],
  ] as const)('with %s is refused', (_what, subject) => {
    expect(() => accept({ subject, extensions: [dns('app.test')] })).toThrow(code('DN_INVALID'));
  });
});

describe('bytes', () => {
  it('after the request are refused, for a digest over them would be another', () => {
    const der = Uint8Array.of(...createSample({ subject: cn('app.test') }), 5, 0);
    expect(() => parseCsr(der, 'it')).toThrow(code('DER_INVALID'));
  });

  it('that are no request at all are refused', () => {
    expect(() => parseCsr(Uint8Array.of(0x30, 0), 'it')).toThrow(code('CSR_INVALID'));
    expect(() => parseCsr(new Uint8Array(), 'it')).toThrow(expect.objectContaining({ code: 'CSR_INVALID' }));
  });
});
