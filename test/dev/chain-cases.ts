/**
 * @module Chains up to a pinned CA, right ones and forged ones. `chain` is what the server sends, its own certificate first;
 * the pin is that of the last.
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  altNames,
  basicConstraints,
  createCertificate,
  createKey,
  emailSubject,
  extKeyUsage,
  keyUsage,
  nameConstraints,
  rawExtension,
  type CertificateOptions,
  type Identity,
} from './certificates.ts';

export type ChainCase = {
  readonly chain: readonly Identity[];
  /** Part of the message; undefined: the server is to be reached. */
  readonly refusal?: RegExp;
  /** OpenSSL, given the CA as its one anchor, would take it: this is a refusal of what is not checked. */
  readonly isStricter?: true;
  /** Node does not even link the server's certificate to the CA, so live the pin is said not to match. */
  readonly isUnlinked?: true;
};

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';
const DIGITAL_SIGNATURE = 0;
const KEY_CERT_SIGN = 5;
const CRL_SIGN = 6;
const NAME = { names: ['localhost'] };

const leafOf = (issuer: Identity, options: CertificateOptions = {}): Identity =>
  createCertificate('leaf', { issuer, ...NAME, ...options });
const rootWith = (options: CertificateOptions = {}): Identity => createCertificate('root', { ca: true, ...options });

const root = rootWith();
const issuer = createCertificate('issuer', { issuer: root, ca: 0 });
const upper = createCertificate('upper', { issuer: root, ca: true });
const lower = createCertificate('lower', { issuer: upper, ca: true });

/** A leaf below a CA with these constraints. */
function constrained(
  bases: Parameters<typeof nameConstraints>[0],
  names: readonly string[],
  options: CertificateOptions = {},
): readonly Identity[] {
  const ca = rootWith({ extensions: [nameConstraints(bases)] });
  return [leafOf(ca, { names, ...options }), ca];
}

/** A leaf with a URI below a CA that speaks of the URIs of the host `test` alone: permits (0) or excludes (1) them. */
function uriConstrained(subtrees: 0 | 1, uri: string): readonly Identity[] {
  const ca = rootWith({ extensions: [rawExtension('2.5.29.30', `300aa${subtrees}083006860474657374`)] });
  return [leafOf(ca, { names: ['localhost', uri] }), ca];
}

/** A chain of a leaf and a CA of which one is odd. */
const withCa = (options: CertificateOptions): readonly Identity[] => {
  const ca = createCertificate('root', options);
  return [leafOf(ca), ca];
};
const withLeaf = (options: CertificateOptions): readonly Identity[] => [leafOf(root, options), root];

const weakKey = generateKeyPairSync('rsa', { modulusLength: 1024 });
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 });
const rsaSha256 = { oid: '1.2.840.113549.1.1.11', hash: 'sha256' };
const forger = { name: 'root', privateKey: createKey().privateKey };
const shortPath = rootWith({ ca: 0 });
const belowShort = createCertificate('issuer', { issuer: shortPath, ca: true });
const notCa = createCertificate('issuer', { issuer: root, ca: false });
const plainLeaf = createCertificate('issuer', { issuer: root });
const noSigner = rootWith({ extensions: [keyUsage(CRL_SIGN)] });
const OUTSIDE = /outside of what its CA may speak for/;

export const CHAIN_CASES: Readonly<Record<string, ChainCase>> = {
  'a leaf of a root': { chain: [leafOf(root), root] },
  'a leaf of an issuer below a root': { chain: [leafOf(issuer), issuer, root] },
  'a leaf of a pinned issuer, the root not sent': { chain: [leafOf(issuer), issuer] },
  'two CAs in between': { chain: [leafOf(lower), lower, upper, root] },
  'key usages and purposes as they should be': {
    chain: (() => {
      const ca = rootWith({ extensions: [keyUsage(KEY_CERT_SIGN, CRL_SIGN), extKeyUsage(SERVER_AUTH, CLIENT_AUTH)] });
      return [leafOf(ca, { extensions: [keyUsage(DIGITAL_SIGNATURE), extKeyUsage(SERVER_AUTH)] }), ca];
    })(),
  },
  'RSA throughout': {
    chain: (() => {
      const ca = rootWith({ key: rsaKey, signature: rsaSha256 });
      return [leafOf(ca, { key: rsaKey, signature: rsaSha256 }), ca];
    })(),
  },

  'a forged leaf before a copy of the CA': {
    chain: [createCertificate('leaf', { issuer: forger, ...NAME }), root],
    refusal: /not by the key of the issuer it names/,
  },
  'a forged issuer before a copy of the CA': {
    chain: (() => {
      const forged = createCertificate('issuer', { issuer: forger, ca: true });
      return [leafOf(forged), forged, root];
    })(),
    refusal: /not by the key of the issuer it names/,
  },
  'a leaf that names another issuer than the one whose key signed it': {
    chain: withLeaf({ issuer: { name: 'someone else', privateKey: root.privateKey } }),
    refusal: /names another issuer/,
    isUnlinked: true,
  },
  'a leaf that signs': { chain: [leafOf(plainLeaf), plainLeaf, root], refusal: /not that of a CA/ },
  'a certificate with CA:FALSE that signs': { chain: [leafOf(notCa), notCa, root], refusal: /not that of a CA/ },
  'a CA whose key must not sign certificates': {
    chain: [leafOf(noSigner), noSigner],
    refusal: /not that of a CA/,
    isUnlinked: true,
  },
  'a CA below a path length of 0': {
    chain: [leafOf(belowShort), belowShort, shortPath],
    refusal: /more CAs follow than the path length allows/,
  },
  'a leaf for clients': { chain: withLeaf({ extensions: [extKeyUsage(CLIENT_AUTH)] }), refusal: /not for TLS servers/ },
  'an issuer for clients': {
    chain: withCa({ ca: true, extensions: [extKeyUsage(CLIENT_AUTH)] }),
    refusal: /not for TLS servers/,
  },
  'a leaf whose key is for signing lists': {
    chain: withLeaf({ extensions: [keyUsage(CRL_SIGN)] }),
    refusal: /key usage does not allow/,
  },
  'a leaf whose key is for nothing': {
    chain: withLeaf({ extensions: [keyUsage()] }),
    refusal: /key usage does not allow/,
    isUnlinked: true,
  },
  'a critical extension that nobody knows': {
    chain: withLeaf({ extensions: [rawExtension('1.2.3.4', '0500')] }),
    refusal: /critical extension that is not checked here: 1\.2\.3\.4/,
  },
  'a CA with a critical extension that nobody knows': {
    chain: withCa({ ca: true, extensions: [rawExtension('1.2.3.4', '0500')] }),
    refusal: /critical extension that is not checked here/,
  },
  'basic constraints twice': {
    chain: withCa({ ca: 0, extensions: [basicConstraints(true)] }),
    refusal: /twice|not that of a CA/,
    isUnlinked: true,
  },
  'alternative names twice': {
    chain: constrained({ permitted: ['test'] }, ['a.test'], { extensions: [altNames('bank.example')] }),
    refusal: /twice/,
    isUnlinked: true,
  },
  'a signature over SHA-1': {
    chain: withLeaf({ signature: { oid: '1.2.840.10045.4.1', hash: 'sha1' } }),
    refusal: /of a kind that is not checked here/,
  },
  'a CA with a short RSA key': {
    chain: (() => {
      const ca = rootWith({ key: weakKey, signature: rsaSha256 });
      return [leafOf(ca, { signature: rsaSha256 }), ca];
    })(),
    refusal: /less than 2048 bits/,
    isStricter: true,
  },
  'a leaf with a short RSA key': {
    chain: withLeaf({ key: weakKey }),
    refusal: /less than 2048 bits/,
    isStricter: true,
  },

  'a name within the constraints': { chain: constrained({ permitted: ['localhost'] }, ['localhost']) },
  'a name below a permitted domain': { chain: constrained({ permitted: ['test'] }, ['a.b.test', '*.TEST']) },
  'a name below a permitted domain that begins with a dot': {
    chain: constrained({ permitted: ['.test'] }, ['a.test']),
  },
  'an address within, names free': {
    chain: constrained({ permitted: ['127.0.0.0/255.0.0.0'] }, ['127.0.0.1', 'any.example']),
  },
  'an address where only names are constrained': {
    chain: constrained({ permitted: ['test'] }, ['a.test', '10.1.1.1']),
  },
  'a name that no exclusion touches': {
    chain: constrained({ excluded: ['evil.test'] }, ['good.test', 'notevil.test']),
  },
  'a name outside': { chain: constrained({ permitted: ['test'] }, ['a.test', 'bank.example']), refusal: OUTSIDE },
  'a name that only ends alike': { chain: constrained({ permitted: ['test'] }, ['mytest']), refusal: OUTSIDE },
  'the domain itself below a dot': { chain: constrained({ permitted: ['.test'] }, ['test']), refusal: OUTSIDE },
  'the domain itself where what is below a dot is excluded': {
    chain: constrained({ excluded: ['.evil.test'] }, ['evil.test']),
    refusal: OUTSIDE,
    isStricter: true,
  },
  'an address where a mask with holes excludes others': {
    chain: constrained({ excluded: ['11.0.0.0/255.0.255.0'] }, ['10.1.2.3']),
    refusal: OUTSIDE,
    isStricter: true,
  },
  'an excluded name': { chain: constrained({ excluded: ['evil.test'] }, ['a.evil.test']), refusal: OUTSIDE },
  'a wildcard over an excluded name': {
    chain: constrained({ excluded: ['evil.test'] }, ['*.test']),
    refusal: OUTSIDE,
    isStricter: true,
  },
  'a wildcard in capitals over an excluded name': {
    chain: constrained({ excluded: ['evil.test'] }, ['*.TEST']),
    refusal: OUTSIDE,
    isStricter: true,
  },
  'an address outside': {
    chain: constrained({ permitted: ['127.0.0.0/255.0.0.0'] }, ['128.0.0.1']),
    refusal: OUTSIDE,
  },
  'an excluded address': { chain: constrained({ excluded: ['10.0.0.0/255.0.0.0'] }, ['10.9.9.9']), refusal: OUTSIDE },
  'constraints of a CA further up': {
    chain: (() => {
      const ca = rootWith({ extensions: [nameConstraints({ permitted: ['test'] })] });
      const below = createCertificate('issuer', { issuer: ca, ca: true });
      return [leafOf(below, { names: ['bank.example'] }), below, ca];
    })(),
    refusal: OUTSIDE,
  },
  'an issuer with a name outside of the constraints above it': {
    chain: (() => {
      const ca = rootWith({ extensions: [nameConstraints({ permitted: ['test'] })] });
      const below = createCertificate('issuer', { issuer: ca, ca: true, names: ['bank.example'] });
      return [leafOf(below, { names: ['a.test'] }), below, ca];
    })(),
    refusal: OUTSIDE,
  },
  'a name where an excluded domain is written with a wildcard': {
    chain: constrained({ excluded: ['*.evil.test'] }, ['a.evil.test']),
    refusal: OUTSIDE,
    isStricter: true,
  },
  'a URI where only names are constrained': {
    chain: constrained({ permitted: ['test'], excluded: ['10.0.0.0/255.0.0.0'] }, ['a.test', 'https://bank.example/x']),
  },
  'a URI within constraints on URIs': {
    chain: uriConstrained(0, 'https://test/x'),
    refusal: /kind that is not checked here/,
    isStricter: true,
  },
  'a URI outside of the permitted ones': {
    chain: uriConstrained(0, 'https://bank.example/x'),
    refusal: /kind that is not checked here/,
  },
  'an excluded URI': { chain: uriConstrained(1, 'https://test/x'), refusal: /kind that is not checked here/ },
  'a name of a kind of its own below constraints': {
    chain: constrained({ permitted: ['test'] }, [], {
      names: [],
      extensions: [rawExtension('2.5.29.17', '300ca00a06032a0304a0030c0178', false)],
    }),
    refusal: /kind that is not checked here/,
    isStricter: true,
  },
  'an e-mail address below constraints': {
    chain: constrained({ permitted: ['test'] }, ['a.test', 'me@bank.example']),
    refusal: /kind that is not checked here/,
    isStricter: true,
  },
  'an e-mail address in a subject below constraints': {
    chain: constrained({ permitted: ['test'] }, ['a.test'], { subjectDer: emailSubject('me@bank.example') }),
    refusal: /e-mail address/,
    isStricter: true,
  },
  'a name with a NUL below constraints': {
    chain: constrained({ permitted: ['test'] }, ['bank.example\0.test']),
    refusal: /not a DNS name/,
    isStricter: true,
  },
  'constraints on directory names': {
    chain: withCa({ ca: true, extensions: [rawExtension('2.5.29.30', '3008a0063004a4023000')] }),
    refusal: /kind of name that is not checked here/,
    isStricter: true,
  },
  'constraints with a minimum': {
    chain: withCa({
      ca: true,
      extensions: [rawExtension('2.5.29.30', '3012a010300e82096c6f63616c686f7374800101')],
    }),
    refusal: /not valid DER/,
  },
  'constraints with more behind them': {
    chain: withCa({
      ca: true,
      extensions: [rawExtension('2.5.29.30', '3011a00d300b82096c6f63616c686f73748200')],
    }),
    refusal: /not that of a CA/,
    isUnlinked: true,
  },
  'any name permitted': { chain: constrained({ permitted: [''] }, ['any.example']) },
  'any name excluded': { chain: constrained({ excluded: [''] }, ['any.example']), refusal: OUTSIDE },
  'an IPv4 address where IPv6 is permitted': {
    chain: (() => {
      const anyIpv6 = rawExtension('2.5.29.30', `3026a02430228720${'00'.repeat(32)}`);
      const ca = rootWith({ extensions: [anyIpv6] });
      return [leafOf(ca, { names: ['127.0.0.1'] }), ca];
    })(),
    refusal: OUTSIDE,
  },
};
