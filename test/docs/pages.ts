/**
 * @module The pages that the tests read: the README, everything in docs/, the pages of the packages, and how to contribute.
 */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const ROOT = fileURLToPath(new URL('../../', import.meta.url));

/** Absolute path of something in the repository. */
export const repositoryPath = (path: string): string => join(ROOT, path);

/** Text of a page by its path in the repository. */
export const readPage = (path: string): string => readFileSync(repositoryPath(path), 'utf8');

const packagePages = readdirSync(repositoryPath('packages'))
  .map((name) => `packages/${name}/README.md`)
  .filter((path) => existsSync(repositoryPath(path)));

const pagesIn = (folder: string): readonly string[] =>
  readdirSync(repositoryPath(folder))
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name));

/** Every page by its path in the repository. */
export const PAGES: readonly string[] = [...pagesIn('.'), ...pagesIn('docs'), ...packagePages];
