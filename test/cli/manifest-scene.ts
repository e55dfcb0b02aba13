/** @module A desk with a server's certificate, its spare, and the signed manifest of both. */
import { join } from 'node:path';
import type { Desk } from './desk.ts';
import type { Fields } from './manifest-forgery.ts';
import { backUp } from './rotation-facts.ts';

export const readManifest = (desk: Desk, name = 'pins.json'): Fields => JSON.parse(desk.read(name)) as Fields;

/** A file of a CA's folder. */
export const caFile = (desk: Desk, name: string): string => join(desk.home, 'cas', 'default', name);

/** Makes `api.test+1.pem`, `spare.pem` and `pins.json`. */
export async function makeManifest(desk: Desk): Promise<Desk> {
  await desk.json(['mint', 'api.test', '127.0.0.1']);
  await backUp(desk, 'api.test+1.pem', 'spare.pem');
  await desk.json(['pin', 'api.test+1.pem', '--out', 'pins.json']);
  return desk;
}
