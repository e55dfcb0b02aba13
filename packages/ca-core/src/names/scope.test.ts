/** @module What a CA may speak for: how scopes are made, and which names lie inside. */
import { describe, expect, it } from 'vitest';
import {
  createScope,
  findScopeExcess,
  isDomainWithin,
  isNameInScope,
  listScope,
  narrowScope,
  type Scope,
} from './scope.ts';
import { parseIpRange } from './ip-address.ts';
import { DEV_DOMAINS, isDevName } from './special-use.ts';
import { parseSubjectAltName } from './subject-alt-name.ts';

const rules = { isPublicSuffix: (domain: string) => ['com', 'co.uk', 'internal'].includes(domain) };
const scope = (...domains: string[]): Scope => createScope({ domains, hasDevDomains: false }, rules);
const holds = (limits: Scope, name: string): boolean => isNameInScope(parseSubjectAltName(name, rules), limits);
const domainsOf = (limits: Scope): readonly string[] => (limits.kind === 'scoped' ? limits.domains : []);

describe('createScope', () => {
  it('holds the dev domains unless told otherwise', () => {
    expect(domainsOf(createScope({ domains: ['My-Site.com'] }, rules))).toEqual([...DEV_DOMAINS, 'my-site.com']);
    expect(domainsOf(scope('my-site.com'))).toEqual(['my-site.com']);
  });

  it('drops what another domain covers, and repeats', () => {
    expect(domainsOf(scope('a.my-site.com', 'my-site.com', 'my-site.com', 'notmy-site.com'))).toEqual([
      'my-site.com',
      'notmy-site.com',
    ]);
  });

  it('takes a leading dot as people write it in constraints', () => {
    expect(domainsOf(scope('.my-site.com'))).toEqual(['my-site.com']);
  });

  it.each([
    ['*.my-site.com', 'SCOPE_INVALID'],
    ['a@my-site.com', 'SCOPE_INVALID'],
    ['com', 'SCOPE_PUBLIC_SUFFIX'],
    ['co.uk', 'SCOPE_PUBLIC_SUFFIX'],
    ['', 'NAME_EMPTY'],
    ['10.0.0.1', 'DNS_NAME_ALL_NUMERIC'],
    ['my_site.com', 'DNS_NAME_UNDERSCORE'],
  ])('refuses %j as %s', (domain, code) => {
    expect(() => scope(domain)).toThrow(expect.objectContaining({ code }));
  });

  it('takes a dev domain even where the list calls it a suffix', () => {
    expect(domainsOf(scope('internal'))).toEqual(['internal']);
  });
});

describe('isNameInScope', () => {
  const limits = scope('my-site.com');

  it.each(['my-site.com', 'a.my-site.com', 'a.b.my-site.com', '*.my-site.com', 'x@my-site.com', 'x@a.my-site.com'])(
    'holds %s',
    (name) => expect(holds(limits, name)).toBe(true),
  );

  it.each(['notmy-site.com', 'my-site.com.evil.test', 'my-site.org', 'x@notmy-site.com', 'x@evil.test'])(
    'does not hold %s',
    (name) => expect(holds(limits, name)).toBe(false),
  );

  it('leaves addresses and URIs free unless addresses are constrained', () => {
    expect([holds(limits, '8.8.8.8'), holds(limits, 'spiffe://evil.test/x')]).toEqual([true, true]);
  });

  it('with constrained addresses holds loopback, private, link-local and CGNAT ones alone', () => {
    const constrained = createScope({ domains: [], hasIpConstraints: true }, rules);
    const inside = [
      '127.9.9.9',
      '10.0.0.1',
      '172.31.0.1',
      '192.168.1.1',
      '169.254.1.1',
      '100.64.0.1',
      '::1',
      'fd00::1',
      'fe80::1',
    ];
    const outside = ['8.8.8.8', '172.32.0.1', '192.169.0.1', '100.128.0.1', '::2', '2001:db8::1', '::ffff:10.0.0.1'];
    expect(inside.filter((name) => !holds(constrained, name))).toEqual([]);
    expect(outside.filter((name) => holds(constrained, name))).toEqual([]);
  });

  it('of an unscoped CA holds everything', () => {
    expect(holds({ kind: 'unscoped' }, 'bank.com')).toBe(true);
  });

  it.each<[string, string, boolean]>([
    ['evil.test', 'evil.test', false],
    ['a.evil.test', 'evil.test', false],
    ['*.evil.test', 'evil.test', false],
    ['x@evil.test', 'evil.test', false],
    // A wildcard is a certificate for the excluded host, too.
    ['*.test', 'evil.test', false],
    ['*.test', 'evil.example', true],
    ['test', 'evil.test', true],
    ['notevil.test', 'evil.test', true],
    ['spiffe://evil.test/x', 'evil.test', true],
    // What excludes everything, or what nobody can tell.
    ['a.test', '', false],
    ['x@a.test', '', false],
    ['a.test', '*.evil.test', false],
    ['a.test', 'evil.test.', false],
  ])('%s, where %j is excluded: %s', (name, domain, isHeld) => {
    expect(holds({ kind: 'unscoped', excluded: { domains: [domain], ips: [] } }, name)).toBe(isHeld);
    expect(holds({ ...scope('test'), excluded: { domains: [domain], ips: [] } }, name)).toBe(isHeld);
  });
});

describe('findScopeExcess', () => {
  const constrained = createScope({ domains: ['my-site.com'], hasDevDomains: false, hasIpConstraints: true }, rules);
  const open: Scope = { kind: 'unscoped' };

  it.each<[string, Scope, Scope]>([
    ['the same', scope('a.test', 'b.test'), scope('b.test', 'a.test')],
    ['less', scope('x.a.test'), scope('a.test', 'b.test')],
    ['anything in a scope without limits', scope('bank.com'), open],
    ['no limits in no limits', open, open],
    ['the same addresses', constrained, constrained],
    ['fewer addresses', constrained, scope('my-site.com')],
  ])('finds none in %s', (_what, inner, outer) => expect(findScopeExcess(inner, outer)).toBeUndefined());

  it('names what reaches beyond', () => {
    expect(findScopeExcess(scope('a.test', 'ba.test'), scope('a.test'))).toBe('ba.test');
    expect(findScopeExcess(scope('test'), scope('a.test'))).toBe('test');
    expect(findScopeExcess(open, scope('a.test'))).toBe('every name there is');
    expect(findScopeExcess(scope('my-site.com'), constrained)).toBe('every IP address');
    if (constrained.kind !== 'scoped') throw new TypeError('a scope without limits');
    const [first] = constrained.ips;
    if (first === undefined) throw new TypeError('no range');
    const wide = {
      ...first,
      mask: Uint8Array.of(0xf0, 0, 0, 0),
      bytes: Uint8Array.of(112, 0, 0, 0),
      text: '112.0.0.0/4',
    };
    expect(findScopeExcess({ ...constrained, ips: [wide] }, constrained)).toBe('112.0.0.0/4');
  });
});

describe('listScope', () => {
  it('lists domains, or what is left out', () => {
    expect(listScope(scope('my-site.com'))).toEqual(['my-site.com']);
    expect(listScope({ kind: 'unscoped', excluded: { domains: ['bank.com'], ips: [] } })).toEqual([
      'every name but those of bank.com',
    ]);
    expect(listScope({ ...scope('my-site.com'), excluded: { domains: ['old.my-site.com'], ips: [] } })).toEqual([
      'my-site.com',
      'not old.my-site.com',
    ]);
    expect(listScope({ kind: 'unscoped' })).toEqual(['every name']);
  });
});

describe('domains', () => {
  it('lie within themselves and their ancestors, by whole labels', () => {
    expect(isDomainWithin('a.test', 'test')).toBe(true);
    expect(isDomainWithin('test', 'test')).toBe(true);
    expect(isDomainWithin('atest', 'test')).toBe(false);
    expect(isDomainWithin('test', 'a.test')).toBe(false);
  });

  it('of developers are known with all below them', () => {
    expect(['localhost', 'a.b.home.arpa', 'x.lan'].every(isDevName)).toBe(true);
    expect(['arpa', 'notlocalhost', 'test.com', 'dev'].some(isDevName)).toBe(false);
  });
});

describe('narrowScope', () => {
  const ranges = (...texts: string[]) => texts.flatMap((text) => parseIpRange(text) ?? []);
  const at = (domains: string[], ...ips: string[]): Scope => ({ kind: 'scoped', domains, ips: ranges(...ips) });
  const listIps = (scope: Scope): readonly string[] =>
    scope.kind === 'scoped' ? scope.ips.map(({ text }) => text) : [];

  it('leaves of two lists of domains what lies in both, each once', () => {
    const narrow = narrowScope(at(['a.test', 'x.b.test', 'c.test']), at(['b.test', 'y.a.test', 'c.test']));
    expect(narrow).toMatchObject({ domains: ['x.b.test', 'c.test', 'y.a.test'] });
    expect(holds(narrowScope(at(['a.test']), at(['b.test'])), 'a.test')).toBe(false);
    expect(narrowScope({ kind: 'unscoped' }, at(['a.test']))).toEqual(at(['a.test']));
    expect(narrowScope(at(['a.test']), { kind: 'unscoped' })).toEqual(at(['a.test']));
  });

  it('takes addresses that only one of them limits as that one does', () => {
    expect(listIps(narrowScope(at([], '10.0.0.0/8'), at([])))).toEqual(['10.0.0.0/8']);
    expect(listIps(narrowScope(at([]), at([], '10.0.0.0/8')))).toEqual(['10.0.0.0/8']);
    expect(listIps(narrowScope(at([], '10.1.0.0/16', '::/0'), at([], '10.0.0.0/8')))).toEqual(['10.1.0.0/16']);
  });

  it('two that have no address in common allow none', () => {
    const none = narrowScope(at([], '10.0.0.0/8'), at([], '11.0.0.0/8'));
    for (const address of ['10.0.0.1', '11.0.0.1', '9.9.9.9', '::1']) expect(holds(none, address), address).toBe(false);
  });

  it('adds up what they leave out', () => {
    const [a, b] = ['a', 'b'].map((name): Scope => ({
      ...at(['test']),
      excluded: { domains: [`${name}.test`], ips: [] },
    }));
    const narrow = narrowScope(a ?? at([]), b ?? at([]));
    expect(['a.test', 'b.test', 'c.test'].map((name) => holds(narrow, name))).toEqual([false, false, true]);
  });
});
