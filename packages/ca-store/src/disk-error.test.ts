/** @module From errno to a code with a hint. */
import { describe, expect, it } from 'vitest';
import { toDiskError, withDiskErrors } from './disk-error.ts';

const failure = (code: string): Error => Object.assign(new Error(code), { code });

describe('toDiskError', () => {
  it.each([
    ['ENOSPC', 'NO_SPACE'],
    ['EDQUOT', 'NO_SPACE'],
    ['EROFS', 'READ_ONLY'],
    ['EACCES', 'NO_PERMISSION'],
    ['ENOENT', 'FOLDER_NOT_FOUND'],
    ['ENOTDIR', 'NOT_A_FOLDER'],
    ['EISDIR', 'NOT_A_FILE'],
    ['EIO', 'DISK_FAILURE'],
  ])('tells %s as %s, with the path', (errno, code) => {
    const error = toDiskError(failure(errno), '/some/where');
    expect(error.code).toBe(code);
    expect(error.details['path']).toBe('/some/where');
    expect(error.hint).not.toBe('');
  });

  it('throws on what is no system error, because it is a fault of the program', () => {
    expect(() => toDiskError(new TypeError('oops'), '/x')).toThrow(TypeError);
  });
});

describe('withDiskErrors', () => {
  it('hands on what the work returns', () => {
    expect(withDiskErrors('/x', () => 7)).toBe(7);
  });
});
