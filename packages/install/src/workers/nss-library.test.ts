/** @module What NSS is called on each platform. */
import { expect, it } from 'vitest';
import { fileNameOf } from './nss-library.ts';

it('a library has the name that its platform gives it', () => {
  expect((['linux', 'freebsd', 'darwin', 'win32'] as const).map((platform) => fileNameOf('nss3', platform))).toEqual([
    'libnss3.so',
    'libnss3.so',
    'libnss3.dylib',
    'nss3.dll',
  ]);
});
