/** @module Preparing a certificate: scope, validity to the second, serial, subject; what is wrong is refused before any key is used. */
import { describe, expect, it } from 'vitest';
import { createScope, type Scope } from '../names/scope.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner } from '../node/signer.ts';
import { PROFILES, type ProfileName } from '../profiles/profile.ts';
import { parseTbsView } from '../x509/certificate-view.ts';
import { parseIssuer, type Issuer } from '../x509/issuer.ts';
import { issueCertificate } from './issue.ts';
import { prepareCertificate, type CertificateRequest, type PrepareContext } from './prepare.ts';

const rules = { isPublicSuffix: () => false };
const key = createPrivateKeyOfType('ecdsa-p256');
const now = new Date('2026-01-01T12:00:00.750Z');
const serial = new Uint8Array(16).fill(0x55);
const names = (...texts: string[]) => parseSubjectAltNames(texts, rules);

function createRoot(scope: Scope, days = 3650): Issuer {
  const request = {
    subjectKey: key.subjectKey,
    subject: [{ type: 'CN', value: 'root' } as const],
    scope,
    validityDays: days,
  };
  const draft = prepareCertificate(PROFILES.root, request, { now, serial });
  return parseIssuer(issueCertificate(draft, createNodeSigner(key)), nodeSha256);
}
const issuer = createRoot(createScope({ domains: ['my-site.com'] }, rules));

const prepare = (profile: ProfileName, request: Partial<CertificateRequest>, context: Partial<PrepareContext> = {}) =>
  prepareCertificate(
    PROFILES[profile],
    { subjectKey: key.subjectKey, names: names('app.test'), ...request },
    { now, serial, issuer, ...context },
  );
const refusal = (code: string, hint = /./) =>
  expect.objectContaining({ code, hint: expect.stringMatching(hint) as string });

describe('validity', () => {
  it('begins an hour back and lasts 397 days less one second by default', () => {
    const { notBefore, notAfter, tbsDer } = prepare('server', {});
    expect(notBefore.toISOString()).toBe('2026-01-01T11:00:00.000Z');
    expect((notAfter.getTime() - notBefore.getTime()) / 1000).toBe(397 * 86_400 - 1);
    expect(parseTbsView(tbsDer, 'it')).toMatchObject({ notBefore, notAfter });
  });

  it('may begin later, to the second, and lasts as many days from there', () => {
    const notBefore = new Date('2026-01-08T00:00:00.999Z');
    const request = { subjectKey: key.subjectKey, names: names('app.test'), validityDays: 13, notBefore };
    const draft = prepareCertificate(PROFILES['self-signed'], request, { now, serial });
    expect(draft.notBefore.toISOString()).toBe('2026-01-08T00:00:00.000Z');
    expect(draft.notAfter.toISOString()).toBe('2026-01-20T23:59:59.000Z');
    expect(parseTbsView(draft.tbsDer, 'it').notBefore).toEqual(draft.notBefore);
  });

  it('that would begin behind the end of its issuer is refused', () => {
    expect(() => prepare('server', { notBefore: new Date('2040-01-01') })).toThrow(refusal('CERTIFICATE_LINT'));
  });

  it.each<[ProfileName, number]>([
    ['server', 1],
    ['server', 825],
    ['client', 825],
  ])('of a %s certificate may be %i days', (profile, validityDays) => {
    const { notBefore, notAfter } = prepare(profile, { validityDays });
    expect((notAfter.getTime() - notBefore.getTime()) / 1000).toBe(validityDays * 86_400 - 1);
  });

  it.each<[ProfileName, number, RegExp]>([
    ['server', 826, /--days 825 .*Apple/],
    ['server', 0, /825/],
    ['server', -1, /825/],
    ['server', 1.5, /825/],
    ['server', Number.NaN, /825/],
    ['server', Number.POSITIVE_INFINITY, /825/],
    ['self-signed', 36_501, /36500/],
    ['root', 36_501, /36500/],
  ])('of a %s certificate may not be %d days', (profile, validityDays, hint) => {
    expect(() => prepare(profile, { validityDays })).toThrow(refusal('VALIDITY_DAYS_RANGE', hint));
  });

  it('is cut at the end of the issuer', () => {
    const short = createRoot({ kind: 'unscoped' }, 10);
    expect(prepare('server', {}, { issuer: short }).notAfter).toEqual(short.notAfter);
  });

  it('never begins before the issuer', () => {
    const later = { ...issuer, notBefore: new Date('2026-01-01T11:30:00Z') };
    expect(prepare('server', {}, { issuer: later }).notBefore).toEqual(later.notBefore);
  });

  it('is refused in the second the issuer ends, and not in the one before', () => {
    const { notAfter } = createRoot({ kind: 'unscoped' }, 10);
    const ending = { ...issuer, notAfter };
    expect(() => prepare('server', {}, { issuer: ending, now: notAfter })).toThrow(
      refusal('ISSUER_EXPIRED', /mintmark ca create/),
    );
    const before = new Date(notAfter.getTime() - 1000);
    expect(prepare('server', {}, { issuer: ending, now: before }).notAfter).toEqual(notAfter);
  });

  it('that would end before it begins is found by the linter', () => {
    const future = { ...issuer, notBefore: new Date('2040-01-01T00:00:00Z') };
    expect(() => prepare('server', {}, { issuer: future })).toThrow(refusal('CERTIFICATE_LINT'));
  });

  it('beyond 2049 is written as RFC 5280 wants', () => {
    const request = { subjectKey: key.subjectKey, names: names('app.test'), validityDays: 36_500 };
    const { tbsDer, notAfter } = prepareCertificate(PROFILES['self-signed'], request, { now, serial });
    expect(notAfter.getUTCFullYear()).toBe(2125);
    expect(parseTbsView(tbsDer, 'it').notAfter).toEqual(notAfter);
  });
});

describe('scope', () => {
  it.each(['app.test', '*.my-site.com', 'a@my-site.com', '8.8.8.8', 'spiffe://bank.com/x'])('takes %s', (name) => {
    expect(prepare('server', { names: names(name) }).names.map(({ text }) => text)).toEqual([name]);
  });

  it.each([
    ['www.bank.com', /^mintmark ca create www --scope www\.bank\.com$/],
    ['*.bank.com', /--scope bank\.com$/],
    ['a@bank.com', /--scope bank\.com$/],
  ])('refuses %s and says which CA could', (name, hint) => {
    expect(() => prepare('server', { names: names('app.test', name) }, { caName: 'work' })).toThrow(
      refusal('NAME_OUTSIDE_SCOPE', hint),
    );
  });

  it('refuses an address only where addresses are constrained', () => {
    const constrained = createRoot(createScope({ domains: [], hasIpConstraints: true }, rules));
    expect(() => prepare('server', { names: names('8.8.8.8') }, { issuer: constrained })).toThrow(
      refusal('NAME_OUTSIDE_SCOPE', /without IP constraints/),
    );
    expect(prepare('server', { names: names('10.1.2.3') }, { issuer: constrained }).names).toHaveLength(1);
  });

  it('of an unscoped CA takes everything', () => {
    const open = createRoot({ kind: 'unscoped' });
    expect(prepare('server', { names: names('www.bank.com') }, { issuer: open }).names).toHaveLength(1);
  });
});

describe('serial', () => {
  it.each([
    [0x00, '40'],
    [0xff, '7f'],
    [0x80, '40'],
    [0x55, '55'],
  ])('from a first byte of %i is positive, never zero and of full length', (first, hex) => {
    const { serialHex, tbsDer } = prepare('server', {}, { serial: new Uint8Array(16).fill(first) });
    expect(serialHex.slice(0, 2)).toBe(hex);
    expect(serialHex).toHaveLength(32);
    expect(Buffer.from(parseTbsView(tbsDer, 'it').serialContent).toString('hex')).toBe(serialHex);
  });

  it('leaves the random bytes of the caller as they were', () => {
    const random = new Uint8Array(16).fill(0xff);
    prepare('server', {}, { serial: random });
    expect(random[0]).toBe(0xff);
  });

  it.each([0, 21])('of %i bytes is found by the linter', (length) => {
    expect(() => prepare('server', {}, { serial: new Uint8Array(length) })).toThrow(refusal('CERTIFICATE_LINT'));
  });
});

describe('subject', () => {
  const subjectText = (texts: string[]) =>
    Buffer.from(parseTbsView(prepare('server', { names: names(...texts) }).tbsDer, 'it').subjectDer).toString('latin1');

  it('is the first DNS name, wherever it stands', () => {
    expect(subjectText(['::1', 'a@my-site.com', 'b.test', 'c.test'])).toMatch(/b\.test$/);
  });

  it.each([[['127.0.0.1']], [['a@my-site.com']], [[`${'a'.repeat(60)}.test`]]])('is empty for %j', (texts) => {
    expect(subjectText(texts)).toBe('0\0');
  });

  it('is the one asked for', () => {
    const { tbsDer } = prepare('server', { subject: [{ type: 'O', value: 'Example' }] });
    expect(Buffer.from(parseTbsView(tbsDer, 'it').subjectDer).toString('latin1')).toMatch(/Example$/);
  });

  it('may not be the name of the issuer', () => {
    expect(() => prepare('server', { subject: [{ type: 'CN', value: 'root' }] })).toThrow(refusal('CERTIFICATE_LINT'));
  });
});

describe('a request', () => {
  it.each<ProfileName>(['server', 'client', 'self-signed'])(
    'for a %s certificate without names is refused',
    (profile) => {
      expect(() => prepare(profile, { names: [] })).toThrow(refusal('NAME_EMPTY'));
    },
  );

  it('for a CA without a subject is refused', () => {
    expect(() => prepare('root', { names: [] }, {})).toThrow(refusal('CERTIFICATE_LINT'));
  });

  it('for a CA below an issuer of path length 0 is refused', () => {
    const below = { ...issuer, pathLength: 0 };
    const request = { names: [], subject: [{ type: 'CN', value: 'x' } as const], scope: issuer.scope };
    expect(() => prepare('issuer', request, { issuer: below })).toThrow(refusal('CERTIFICATE_LINT'));
  });

  it('for a CA with a wider scope than its root is refused', () => {
    const wider = createScope({ domains: ['my-site.com', 'bank.com'] }, rules);
    const request = { names: [], subject: [{ type: 'CN', value: 'x' } as const] };
    expect(() => prepare('issuer', { ...request, scope: wider })).toThrow(refusal('CERTIFICATE_LINT'));
    expect(prepare('issuer', { ...request, scope: issuer.scope }).profile.name).toBe('issuer');
  });
});
