/** @module docs/mkcert.md shows every call as it was measured, with a reason for every difference, and no reason that no call has. */
import { expect, it } from 'vitest';
import { readPage } from '../docs/pages.ts';
import { INVOCATIONS, REASONS, titleOf } from './invocations.ts';
import { readMeasured } from './measured.ts';
import { PAGE, withTables } from './page.ts';

it('shows what was measured (npx tsx scripts/mkcert-doc.ts --write)', () => {
  const page = readPage(PAGE);
  expect(page).toBe(withTables(page, readMeasured()));
});

it('was measured for every call', () => {
  expect(Object.keys(readMeasured()).sort()).toEqual(INVOCATIONS.map(titleOf).sort());
});

it('has no reason that nothing differs for', () => {
  const used = new Set(INVOCATIONS.map(({ differs }) => differs?.[0]));
  expect(Object.keys(REASONS).filter((reason) => ![...used].some((one) => one === reason))).toEqual([]);
});
