/** @module Who may vouch for others: a CA, with the usage for it where usages are said, as far down as its path length. */
import { describe, expect, it } from 'vitest';
import { findAuthorityFault, type AuthorityFault, type LinkFacts } from './link-facts.ts';

const ca: LinkFacts = { permitted: [], excluded: [], extensions: [], isCa: true, keyUsage: [] };

describe('findAuthorityFault', () => {
  it.each<[string, Partial<LinkFacts>, number, AuthorityFault | undefined]>([
    ['a CA', {}, 0, undefined],
    ['a CA with the usage for it', { keyUsage: ['digitalSignature', 'keyCertSign'] }, 0, undefined],
    ['a server', { isCa: false }, 0, 'no-ca'],
    ['a server with the usage of a CA', { isCa: false, keyUsage: ['keyCertSign'] }, 0, 'no-ca'],
    ['a CA with other usages alone', { keyUsage: ['digitalSignature', 'cRLSign'] }, 0, 'no-ca'],
    ['a CA with a usage for nothing', { keyUsage: ['none'] }, 0, 'no-ca'],
    ['any number of CAs without a path length', {}, 9, undefined],
    ['no CA below a path length of 0', { pathLength: 0 }, 0, undefined],
    ['a CA below a path length of 0', { pathLength: 0 }, 1, 'path-length'],
    ['as many CAs as the path length', { pathLength: 2 }, 2, undefined],
    ['one more', { pathLength: 2 }, 3, 'path-length'],
  ])('%s', (_what, facts, casBelow, fault) => {
    expect(findAuthorityFault({ ...ca, ...facts }, casBelow)).toBe(fault);
  });
});
