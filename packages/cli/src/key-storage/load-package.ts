/**
 * @module Packages that a user installed beside mintmark, because it asked for them and few need them. They are looked for from the place
 * of this program alone, up its own folders (and NODE_PATH): never from the folder that a command happens to run in.
 */
import { createRequire } from 'node:module';

/** `missing`: it is not installed. `broken`: it is, and it does not load. */
type LoadFailure = { readonly kind: 'missing' } | { readonly kind: 'broken'; readonly reason: string };

export type Loaded = { readonly exports: unknown; readonly path: string } | LoadFailure;

/** Loads a package, and with `through` one that it brings along itself. */
export function loadPackage(name: string, through?: string): Loaded {
  let path: string;
  try {
    const from = createRequire(import.meta.url);
    path = through === undefined ? from.resolve(name) : createRequire(from.resolve(through)).resolve(name);
  } catch {
    return { kind: 'missing' };
  }
  try {
    return { exports: createRequire(import.meta.url)(path), path };
  } catch (cause) {
    const [reason = ''] = String(cause instanceof Error ? cause.message : cause).split('\n', 1);
    return { kind: 'broken', reason };
  }
}
