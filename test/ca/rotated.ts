/** @module What is looked at after a rotation: which CA a certificate is of, and that nothing of the rotation is left. */
import { createHash, X509Certificate } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import type { Desk } from '../cli/desk.ts';
import { readCertificates } from '../cli/minted-facts.ts';

export const YES = ['ca', 'rotate', '--yes'];
export const HOLD = ['ca', 'rotate', '--hold'];
export const UNDO = ['ca', 'rotate', '--undo'];

export const rootFile = ({ home }: Desk, name = 'default'): string => join(home, 'cas', name, 'root.pem');
export const digestOf = (file: string): string => createHash('sha256').update(readFileSync(file)).digest('hex');

/** Whether the chain in the file leads to the root that has the name now. */
export function isCurrent(desk: Desk, file: string, name = 'default'): boolean {
  const [leaf, issuer] = readCertificates(desk.path(file));
  const root = new X509Certificate(readFileSync(rootFile(desk, name)));
  return leaf !== undefined && issuer !== undefined && leaf.verify(issuer.publicKey) && issuer.verify(root.publicKey);
}

/** Nothing of a rotation is left in the home. */
export function expectNoTrace({ home }: Desk): void {
  const names = [...readdirSync(home), ...readdirSync(join(home, 'cas'))];
  expect(names.filter((name) => name.startsWith('.') || /rotat|lock|pending/.test(name))).toEqual([]);
}
