/** @module docs/environment.md names exactly the variables that `env` may print, in its order, and which of them only add. */
import { expect, it } from 'vitest';
import { TRUST_VARIABLES } from '../../packages/install/src/environment/variables.ts';
import { mintmarkJson, mintmarkOrThrow } from '../programs/mintmark.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { readPage } from './pages.ts';

const [, list = ''] = readPage('docs/environment.md').split('\n## The variables\n');
const rows = [...(list.split('\n## ')[0] ?? '').matchAll(/^\| `(\w+)` \| (.+) \| (.*) \|$/gm)].map(
  ([, name = '', clients = '', way = '']) => ({ name, clients, way }),
);
const scratch = scratchFolder('environment-page');

it("has the code's table, word for word", () => {
  const known = rows.slice(0, TRUST_VARIABLES.length).map(({ name, clients }) => ({ name, clients }));
  expect(known).toEqual(TRUST_VARIABLES.map(({ name, clients }) => ({ name, clients })));
});

it('says which ones add to a list, and which are only touched where they are set', () => {
  const adding = rows.filter(({ way }) => way === 'adds').map(({ name }) => name);
  expect(adding).toEqual(TRUST_VARIABLES.filter(({ isAdding }) => isAdding === true).map(({ name }) => name));
  const optional = rows.filter(({ way }) => way.includes('where you have set it')).map(({ name }) => name);
  expect(optional).toEqual(TRUST_VARIABLES.filter(({ when }) => when !== undefined).map(({ name }) => name));
});

it('names every variable that is printed when all of them are set, and no other', async () => {
  const home = subfolder(scratch, 'home');
  await mintmarkOrThrow(['localhost', '--quiet'], { home, cwd: scratch });
  const rootFile = `${home}/cas/default/root.pem`;
  const env = Object.fromEntries(TRUST_VARIABLES.map(({ name }) => [name, rootFile]));
  const { variables } = (await mintmarkJson(['env'], { home, env: { HOME: scratch, ...env } })) as {
    variables: Readonly<Record<string, string>>;
  };
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(variables));
});
