/** @module How many names one certificate or request may have. */
import { describe, expect, it } from 'vitest';
import { createNodeSigner, createPrivateKeyOfType, createSerialBytes } from '../node/index.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { PROFILES } from '../profiles/profile.ts';
import { createCsr } from './create-csr.ts';
import { prepareCertificate } from './prepare.ts';

const key = createPrivateKeyOfType('ecdsa-p256');
const namesOf = (count: number) =>
  parseSubjectAltNames(
    Array.from({ length: count }, (_, i) => `host${i}.test`),
    { isPublicSuffix: () => false },
  );
const context = { now: new Date('2026-11-22T00:00:00Z'), serial: createSerialBytes() };
const prepare = (count: number) =>
  prepareCertificate(PROFILES['self-signed'], { subjectKey: key.subjectKey, names: namesOf(count) }, context);

describe('the number of names', () => {
  it('may be 2,000', () => {
    expect(prepare(2000).names).toHaveLength(2000);
  });

  it('may not be more in a certificate', () => {
    expect(() => prepare(2001)).toThrow(expect.objectContaining({ code: 'NAMES_TOO_MANY' }));
  });

  it('may not be more in a request, however many', () => {
    const request = { subject: [], names: namesOf(150_000) };
    expect(() => createCsr(request, createNodeSigner(key))).toThrow(
      expect.objectContaining({ code: 'NAMES_TOO_MANY' }),
    );
  });
});
