/** @module The Mozilla list as the rules for wildcards and scopes see it. */
import { describe, expect, it } from 'vitest';
import { isPublicSuffix, publicSuffixRules, registrableDomain } from './index.ts';

describe('isPublicSuffix', () => {
  it.each(['com', 'co.uk', 'github.io', 'xn--p1ai', 'ck', 'kawasaki.jp'])('is true for %s', (domain) => {
    expect(isPublicSuffix(domain)).toBe(true);
  });

  it.each(['example.com', 'www.ck', 'corp', 'localhost', 'test', 'me.github.io', 'city.kawasaki.jp'])(
    'is false for %s',
    (domain) => expect(isPublicSuffix(domain)).toBe(false),
  );

  it('is what the rules ask', () => {
    expect(publicSuffixRules.isPublicSuffix('com')).toBe(true);
  });
});

describe('registrableDomain', () => {
  it.each([
    ['a.b.co.uk', 'b.co.uk'],
    ['b.co.uk', 'b.co.uk'],
    ['x.me.github.io', 'me.github.io'],
    ['db.corp', 'db.corp'],
    ['localhost', 'localhost'],
    ['com', 'com'],
  ])('of %s is %s', (domain, registrable) => {
    expect(registrableDomain(domain)).toBe(registrable);
  });
});
