/** @module Lists as they are prepared: what is refused before signing, what the linter finds in bytes that somebody else built, reasons. */
import { describe, expect, it } from 'vitest';
import { contextConstructed } from '../der/tags.ts';
import { encodeDer, encodeSequence, encodeSmallInteger, encodeTime } from '../der/writer.ts';
import { isCaError } from '../errors.ts';
import { issueCertificate } from '../issue/issue.ts';
import { prepareCertificate } from '../issue/prepare.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner, verifyWithNode } from '../node/signer.ts';
import { PROFILES } from '../profiles/profile.ts';
import { encodeAuthorityKeyIdentifier } from '../x509/extensions.ts';
import { parseIssuer } from '../x509/issuer.ts';
import { issueCrl, prepareCrl, type Revocation } from './crl.ts';
import {
  encodeEnumerated,
  encodeHexInteger,
  encodePlainExtension,
  OID_CRL_NUMBER,
  OID_REASON_CODE,
} from './elements.ts';
import { checkTbsCrl } from './lint-crl.ts';
import { parseCrl } from './read-crl.ts';
import { parseRevocationReason, REVOCATION_REASON_NAMES, toRevocationReason } from './reasons.ts';

const now = new Date('2026-06-01T12:00:00.900Z');
const key = createPrivateKeyOfType('ecdsa-p256');
const createIssuer = (profile: 'root' | 'server') =>
  parseIssuer(
    issueCertificate(
      prepareCertificate(
        profile === 'root' ? PROFILES.root : { ...PROFILES['self-signed'], keyUsage: () => ['keyCertSign'] },
        {
          subjectKey: key.subjectKey,
          subject: [{ type: 'CN', value: 'a CA' }],
          ...(profile === 'root'
            ? { scope: { kind: 'unscoped' } }
            : { names: [{ kind: 'dns', text: 'a.test' as never }] }),
        },
        { now: new Date('2026-01-01T00:00:00Z'), serial: new Uint8Array(16).fill(0x55) },
      ),
      createNodeSigner(key),
    ),
    nodeSha256,
  );
const issuer = createIssuer('root');
const context = { now, issuer, caName: 'mine' };
const revoke = (serialHex: string, at = '2026-05-01T00:00:00Z'): Revocation => ({
  serialHex,
  revokedAt: new Date(at),
  reason: 'superseded',
});
const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'none';
  } catch (cause) {
    return isCaError(cause) ? cause.code : String(cause);
  }
};

describe('a list', () => {
  it('is read back as it was asked for: sorted, each serial once by its first revocation, times cut to the second', () => {
    const revocations = [
      revoke('ff01'),
      revoke('0a'),
      revoke('00000A', '2026-05-02T00:00:00Z'),
      revoke('01', '2027-01-01T00:00:00Z'),
    ];
    const draft = prepareCrl({ revocations, number: 0x1234n, validityDays: 7 }, context);
    const crl = parseCrl(issueCrl(draft, createNodeSigner(key)), 'it');
    expect(crl.entries.map(({ serialHex, revokedAt, reason }) => [serialHex, revokedAt.toISOString(), reason])).toEqual(
      [
        ['1', '2026-06-01T12:00:00.000Z', 'superseded'],
        ['a', '2026-05-01T00:00:00.000Z', 'superseded'],
        ['ff01', '2026-05-01T00:00:00.000Z', 'superseded'],
      ],
    );
    expect([crl.numberHex, crl.thisUpdate.toISOString(), crl.nextUpdate?.toISOString()]).toEqual([
      '1234',
      '2026-06-01T12:00:00.000Z',
      '2026-06-08T12:00:00.000Z',
    ]);
    const { tbsDer, signature } = crl;
    expect(verifyWithNode({ spkiDer: issuer.subjectKey.spkiDer, hash: 'sha256', tbsDer, signature })).toBe(true);
  });

  it('is refused before it is signed', () => {
    const prepare =
      (request: object, more: object = {}) =>
      () =>
        prepareCrl({ revocations: [], number: 1n, ...request }, { ...context, ...more });
    expect(codeOf(prepare({}, { issuer: createIssuer('server') }))).toBe('CRL_NOT_ALLOWED');
    for (const validityDays of [0, 1.5, 36_501]) expect(codeOf(prepare({ validityDays }))).toBe('CRL_DAYS_RANGE');
    expect(codeOf(prepare({}, { now: new Date('2050-01-01') }))).toBe('ISSUER_EXPIRED');
    expect(codeOf(prepare({}, { now: new Date('2025-01-01') }))).toBe('CRL_LINT');
    expect(codeOf(prepare({ number: 1n << 160n }))).toBe('CRL_LINT');
    expect(codeOf(prepare({ revocations: [revoke('00')] }))).toBe('CRL_LINT');
    const other = createNodeSigner(createPrivateKeyOfType('ed25519'));
    expect(codeOf(() => issueCrl(prepareCrl({ revocations: [], number: 1n }, context), other))).toBe(
      'SIGNATURE_ALGORITHM_MISMATCH',
    );
  });
});

describe('the linter', () => {
  type Parts = {
    readonly version: Uint8Array;
    readonly algorithm: Uint8Array;
    readonly issuerDer: Uint8Array;
    readonly next: Uint8Array[];
    readonly entries: Uint8Array[];
    readonly extensions: Uint8Array[];
  };
  const reason = (code: number) => encodeSequence(encodePlainExtension(OID_REASON_CODE, encodeEnumerated(code)));
  const entry = (serialHex: string, at = '2026-05-01T00:00:00Z', ...rest: Uint8Array[]) =>
    encodeSequence(encodeHexInteger(serialHex), encodeTime(new Date(at)), ...rest);
  const aki = encodeAuthorityKeyIdentifier(issuer.keyIdentifier);
  const number = encodePlainExtension(OID_CRL_NUMBER, encodeHexInteger('05'));
  const right: Parts = {
    version: encodeSmallInteger(1),
    algorithm: issuer.subjectKey.signature.identifierDer,
    issuerDer: issuer.subjectDer,
    next: [encodeTime(new Date('2026-07-01T00:00:00Z'))],
    entries: [encodeSequence(entry('05'), entry('0a'))],
    extensions: [aki, number],
  };
  const rulesOf = (parts: Partial<Parts>): string[] => {
    const { version, algorithm, issuerDer, next, entries, extensions } = { ...right, ...parts };
    const list = encodeDer(contextConstructed(0), encodeSequence(...extensions));
    const tbs = encodeSequence(version, algorithm, issuerDer, encodeTime(now), ...next, ...entries, list);
    return checkTbsCrl(tbs, issuer).map(({ rule }) => rule);
  };

  it('finds nothing in what is right', () => {
    expect(rulesOf({})).toEqual([]);
    expect(rulesOf({ entries: [] })).toEqual([]);
  });

  it.each<[string, Partial<Parts>]>([
    ['rfc5280-5.1.2.2-algorithm', { algorithm: createPrivateKeyOfType('ed25519').subjectKey.signature.identifierDer }],
    ['rfc5280-5.1.2.3-issuer', { issuerDer: encodeSequence() }],
    ['rfc5280-5.1.2.5-next-update', { next: [] }],
    ['rfc5280-5.1.2.5-next-update', { next: [encodeTime(new Date('2026-05-01T00:00:00Z'))] }],
    ['house-within-issuer', { next: [encodeTime(new Date('2046-05-01T00:00:00Z'))] }],
    ['rfc5280-5.1.2.6-empty-list', { entries: [encodeSequence()] }],
    ['rfc5280-5.1.2.6-serials', { entries: [encodeSequence(entry('00'))] }],
    ['rfc5280-5.1.2.6-serials', { entries: [encodeSequence(entry('11'.repeat(21)))] }],
    ['house-sorted', { entries: [encodeSequence(entry('0a'), entry('05'))] }],
    ['house-sorted', { entries: [encodeSequence(entry('0a'), entry('0a'))] }],
    ['house-revocation-dates', { entries: [encodeSequence(entry('05', '2026-06-02T00:00:00Z'))] }],
    ['rfc5280-5.3.1-unspecified', { entries: [encodeSequence(entry('05', undefined, reason(0)))] }],
    [
      'rfc5280-5.3-entry-extensions',
      {
        entries: [
          encodeSequence(
            entry('05', undefined, encodeSequence(encodePlainExtension('2.5.29.24', encodeHexInteger('05')))),
          ),
        ],
      },
    ],
    ['rfc5280-5.2.1-authority-key-identifier', { extensions: [number] }],
    ['rfc5280-5.2.3-number', { extensions: [aki] }],
    ['rfc5280-5.2-extensions', { extensions: [aki, number, encodePlainExtension('2.5.29.28', encodeSequence())] }],
  ])('finds %s', (rule, parts) => {
    expect(rulesOf(parts)).toEqual([rule]);
  });

  it('refuses version 1, which can hold no extensions', () => {
    expect(codeOf(() => rulesOf({ version: encodeSmallInteger(0) }))).toBe('CRL_INVALID');
  });
});

describe('reasons', () => {
  it.each<readonly [string, string]>([
    ['keycompromise', 'keyCompromise'],
    ['key-compromise', 'keyCompromise'],
    ['cessation_of_operation', 'cessationOfOperation'],
    ['AFFILIATIONCHANGED', 'affiliationChanged'],
    ...REVOCATION_REASON_NAMES.map((name) => [name, name] as const),
  ])('%s is %s', (text, reason) => {
    expect(parseRevocationReason(text)).toBe(reason);
  });

  it.each(['certificateHold', 'removeFromCRL', 'cACompromise', 'aACompromise', 'boredom', '1', ''])(
    '%j is none',
    (text) => {
      expect(codeOf(() => parseRevocationReason(text))).toBe('REVOCATION_REASON_UNKNOWN');
      expect(toRevocationReason(text)).toBe('unspecified');
    },
  );
});
