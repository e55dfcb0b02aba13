/** @module Links between pages lead somewhere: to a file that is there, and within it to a heading that is there. */
import { existsSync } from 'node:fs';
import { dirname, join, normalize } from 'node:path';
import { expect, it } from 'vitest';
import { proseOf } from './markdown.ts';
import { PAGES, readPage, repositoryPath } from './pages.ts';

/** As the repository's host makes them: lower case, no punctuation, hyphens for spaces. */
function anchorsOf(page: string): readonly string[] {
  const headings = [...proseOf(readPage(page)).matchAll(/^#+ (.+)$/gm)].map(([, text = '']) => text);
  return headings.map((text) =>
    text
      .toLowerCase()
      .replaceAll(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  );
}

function isBroken(page: string, link: string): boolean {
  const [path = '', anchor] = link.split('#');
  const target = path === '' ? page : normalize(join(dirname(page), path));
  if (!existsSync(repositoryPath(target))) return true;
  return anchor !== undefined && !anchorsOf(target).includes(anchor);
}

it.each(PAGES)('%s has no broken link', (page) => {
  const links = [...proseOf(readPage(page)).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = '']) => link);
  const local = links.filter((link) => !/^https?:/.test(link));
  expect(local.filter((link) => isBroken(page, link))).toEqual([]);
});
