/** @module Every code of the table says one line and what to do, and none lets hostile text reach a terminal raw. */
import { describe, expect, it } from 'vitest';
import { CORE_ERRORS, coreError } from './core-errors.ts';
import type { ErrorDefinition, ErrorDetails } from './errors.ts';

const CODES = Object.keys(CORE_ERRORS) as (keyof typeof CORE_ERRORS)[];
const HOSTILE = '\u001b[31mevil\u202e\r';

/** Details that hold `text` wherever a row asks for text. */
const detailsWith = (text: string): ErrorDetails =>
  new Proxy<Record<string, unknown>>(
    { found: [text], known: ['a'], scope: [text], findings: ['finding'] },
    { get: (target, key) => target[String(key)] ?? (/bytes|days|count|iterations|max/i.test(String(key)) ? 3 : text) },
  );

const rowOf = (code: keyof typeof CORE_ERRORS) => CORE_ERRORS[code] as unknown as ErrorDefinition<ErrorDetails>;
const SCOPE_IS_TEXT = new Set(['SCOPE_INVALID', 'SCOPE_PUBLIC_SUFFIX']);
const detailsFor = (code: string, text: string): ErrorDetails =>
  SCOPE_IS_TEXT.has(code) ? { scope: text, reason: 'why' } : detailsWith(text);

describe('the table', () => {
  it.each(CODES)('%s has a code in capitals, a message and a hint', (code) => {
    expect(code).toMatch(/^[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+$/);
    const details = detailsFor(code, 'word');
    expect(rowOf(code).message(details).trim()).not.toBe('');
    expect(rowOf(code).hint(details).trim()).not.toBe('');
  });

  // What is untrusted in these rows is the name itself; file names and reasons are this program's own words.
  it.each([
    ['NAME_HAS_PORT', { name: HOSTILE, host: HOSTILE }],
    ['NAME_HAS_PATH', { name: HOSTILE }],
    ['DNS_NAME_UNDERSCORE', { name: HOSTILE }],
    ['DNS_NAME_TRAILING_DOT', { name: HOSTILE, withoutDot: HOSTILE }],
    ['DNS_NAME_CHARACTER', { name: HOSTILE, character: HOSTILE }],
    ['DNS_NAME_HYPHEN', { name: HOSTILE, label: HOSTILE }],
    ['IP_ADDRESS_RANGE', { name: HOSTILE, address: HOSTILE }],
    ['IP_ADDRESS_ZONE', { name: HOSTILE, address: HOSTILE }],
    ['EMAIL_INVALID', { name: HOSTILE, reason: 'why' }],
    ['URI_INVALID', { name: HOSTILE, reason: 'why' }],
    ['PEM_NOT_FOUND', { what: 'f', wanted: 'a key', found: [HOSTILE] }],
    ['DN_INVALID', { subject: HOSTILE, reason: 'why' }],
  ] as const)('%s shows hostile text escaped, in message and hint', (code, details) => {
    const { message, hint } = coreError(code, details as never);
    expect(`${message}\n${hint}`).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/);
  });

  it('marks only wrong words of the call as usage', () => {
    const usage = CODES.filter((code) => rowOf(code).kind === 'usage');
    expect(usage).toEqual(['DN_INVALID', 'KEY_TYPE_UNKNOWN', 'VALIDITY_DAYS_RANGE']);
  });

  it('lists no more than five of a long scope', () => {
    const scope = Array.from({ length: 50 }, (_, i) => `d${i}.test`);
    const { message } = coreError('NAME_OUTSIDE_SCOPE', { name: 'a.com', caName: 'default', scope, command: 'x' });
    expect(message).toContain('d4.test, …');
    expect(message).not.toContain('d5.test');
  });
});
