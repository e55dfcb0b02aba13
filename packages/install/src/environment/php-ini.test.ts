/** @module PHP's folders of ini files, and the file that names a bundle. */
import { expect, it } from 'vitest';
import { addIniFolder, formatPhpIni } from './php-ini.ts';

it.each([
  ['nothing set: PHP keeps its own folder', undefined, ':/h/php'],
  ['the user wants no folder', '', '/h/php'],
  ['the user has folders', '/a:/b', '/a:/b:/h/php'],
  ['ours is there already', '/h/php:/b', '/h/php:/b'],
])('%s', (_what, own, expected) => {
  expect(addIniFolder(own, '/h/php', ':')).toBe(expected);
});

it('quotes what an ini file would read otherwise', () => {
  expect(formatPhpIni('/a "b" \\c ${HOME} $d')).toContain('curl.cainfo="/a \\"b\\" \\\\c \\${HOME} $d"\n');
});
