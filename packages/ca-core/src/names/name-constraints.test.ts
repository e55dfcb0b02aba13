/** @module Name constraints of CAs of others: permitted and excluded subtrees of each kind (RFC 5280 section 4.2.1.10). */
import { describe, expect, it } from 'vitest';
import { isNamePermitted, type Subtree } from './name-constraints.ts';
import { parseSubjectAltName } from './subject-alt-name.ts';

/** `dns:a.test` and so on. */
const constraint = (text: string): Subtree => {
  const [, kind = '', rest = ''] = /^(\w+):(.*)$/.exec(text) ?? [];
  return { kind, text: rest };
};
const judge = (name: string, permitted: readonly string[], excluded: readonly string[] = []): boolean =>
  isNamePermitted(parseSubjectAltName(name, { isPublicSuffix: () => false }), {
    permitted: permitted.map(constraint),
    excluded: excluded.map(constraint),
  });

describe('permitted subtrees', () => {
  it.each<[string, readonly string[], boolean]>([
    ['a.test', [], true],
    ['a.test', ['dns:a.test'], true],
    ['b.a.test', ['dns:a.test'], true],
    ['*.a.test', ['dns:a.test'], true],
    ['b.a.test', ['dns:A.TEST'], true],
    ['b.a.test', ['dns:.a.test'], true],
    ['*.a.test', ['dns:.a.test'], true],
    ['a.test', ['dns:.a.test'], false],
    ['a.test', ['dns:'], true],
    ['ba.test', ['dns:a.test'], false],
    ['test', ['dns:a.test'], false],
    ['b.test', ['dns:a.test', 'dns:c.test'], false],
    ['a.test', ['email:b.test', 'ip:10.0.0.0/8'], true],
    ['a.test', ['directory:C=AT'], true],
    ['u@a.test', ['email:a.test'], true],
    ['u@b.a.test', ['email:a.test'], false],
    ['u@b.a.test', ['email:.a.test'], true],
    ['u@a.test', ['email:.a.test'], false],
    ['u@a.test', ['email:u@a.test'], true],
    ['v@a.test', ['email:u@a.test'], false],
    ['10.1.2.3', ['ip:10.0.0.0/8'], true],
    ['11.1.2.3', ['ip:10.0.0.0/8'], false],
    ['::1', ['ip:::1/128'], true],
    ['::2', ['ip:::1/128'], false],
    ['::1', ['ip:0.0.0.0/0'], false],
    ['10.1.2.3', ['ip:10.0.0.0/255.0.255.0'], false],
    ['10.1.2.3', ['ip:#0a00'], false],
    ['spiffe://a.test/x', ['dns:b.test'], true],
    ['spiffe://a.test/x', ['uri:a.test'], false],
  ])('%s within %j: %s', (name, permitted, isPermitted) => {
    expect(judge(name, permitted)).toBe(isPermitted);
  });
});

describe('excluded subtrees', () => {
  it.each<[string, readonly string[], boolean]>([
    ['a.test', ['dns:b.test'], true],
    ['a.test', ['dns:a.test'], false],
    ['b.a.test', ['dns:a.test'], false],
    ['a.test', ['dns:.a.test'], false],
    ['*.a.test', ['dns:b.a.test'], false],
    ['*.a.test', ['dns:b.test'], true],
    ['a.test', ['dns:'], false],
    ['u@a.test', ['email:a.test'], false],
    ['10.1.2.3', ['ip:10.0.0.0/8'], false],
    ['10.1.2.3', ['ip:11.0.0.0/8'], true],
    ['10.1.2.3', ['ip:0.0.0.0/0'], false],
    ['10.1.2.3', ['ip:::/0'], true],
    ['10.1.2.3', ['ip:11.0.0.0/255.0.255.0'], false],
    ['spiffe://a.test/x', ['uri:b.test'], false],
    // What no name can be compared with excludes all of its kind.
    ['a.test', ['dns:*.b.test'], false],
    ['a.test', ['dns:b.test.'], false],
    ['a.test', ['dns:..b.test'], false],
    ['a.test', ['dns:b.test\0'], false],
    ['u@a.test', ['email:@b.test'], false],
    ['u@a.test', ['email:v@b.test.'], false],
    ['u@a.test', ['email:'], false],
    ['u@a.test', ['email:v@b.test', 'email:.c.test'], true],
  ])('%s without %j: %s', (name, excluded, isPermitted) => {
    expect(judge(name, [], excluded)).toBe(isPermitted);
  });

  it('win over permitted ones', () => {
    expect(judge('b.a.test', ['dns:a.test'], ['dns:b.a.test'])).toBe(false);
    expect(judge('c.a.test', ['dns:a.test'], ['dns:b.a.test'])).toBe(true);
  });
});
