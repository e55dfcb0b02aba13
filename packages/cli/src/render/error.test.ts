/** @module What people and programs see of an error, in full. */
import { coreError } from '@mintmark/ca-core';
import { describe, expect, it } from 'vitest';
import { createStyle } from '../terminal/style.ts';
import { errorJson, renderError, toCaError } from './error.ts';

const style = createStyle(
  { env: {}, isTerminal: { stdin: false, stdout: false, stderr: false }, platform: 'linux' },
  'stderr',
);
const tooLong = coreError('DNS_NAME_LABEL_TOO_LONG', { name: 'x.test', labelBytes: 70, maxBytes: 63 });

describe('renderError', () => {
  it('prints the code, one line and the hint', () => {
    expect(renderError(tooLong, { style, isVerbose: false })).toBe(
      'error[DNS_NAME_LABEL_TOO_LONG]: "x.test": label is 70 bytes, the limit is 63\nhint: shorten that label to 63 bytes\n',
    );
  });

  it('adds the place in the code only when asked', () => {
    expect(renderError(tooLong, { style, isVerbose: false })).not.toContain('    at ');
    expect(renderError(tooLong, { style, isVerbose: true })).toContain('    at ');
  });
});

describe('toCaError', () => {
  it('leaves coded errors as they are', () => {
    expect(toCaError(tooLong)).toBe(tooLong);
  });

  it('makes INTERNAL of anything else, and tells nothing of its message', () => {
    const error = toCaError(new RangeError('secret words'));
    expect(error.code).toBe('INTERNAL');
    expect(JSON.stringify(errorJson(error))).not.toContain('secret words');
  });

  it('takes an interrupted question for a no', () => {
    expect(toCaError(Object.assign(new Error('bye'), { name: 'ExitPromptError' })).code).toBe('CONFIRMATION_DENIED');
  });
});
