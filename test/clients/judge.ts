/**
 * @module How a test judges a client: by its own word and by the server's log, which must agree.
 */
import { beforeAll, expect, type TestContext } from 'vitest';
import { findProgram, requirePrograms } from '../programs/program.ts';
import type { Gallery, Seen, SeenById } from './gallery.ts';
import type { Client } from './visit.ts';

/** Asks for what a client saw in one case. Skips (or fails) the running test when a program is missing. */
export type Ask = (context: TestContext, id: string) => Seen;

interface Showing {
  readonly client: Client;
  /** What the fixture itself needs besides the client. */
  readonly needs: readonly string[];
  readonly gallery: () => Gallery;
  readonly folder: string;
}

/** Declares the one walk of a client through a gallery, before the tests of the enclosing `describe`. */
export function beforeAllShow(showing: Showing): Ask {
  const programs = [...showing.needs, ...showing.client.programs];
  let seen: SeenById | undefined;
  beforeAll(async () => {
    if (programs.some((program) => findProgram(program) === undefined)) return;
    seen = await showing.gallery().show(showing.client, showing.folder);
  }, 180_000);
  return (context, id) => {
    requirePrograms(context, programs);
    const found = seen?.get(id);
    if (found === undefined) throw new Error(`${showing.client.name} made no visit ${id}`);
    return found;
  };
}

export function expectAccepted({ accepted, requestArrived, detail }: Seen): void {
  expect({ accepted, requestArrived }, detail).toEqual({ accepted: true, requestArrived: true });
}

export function expectRefused({ accepted, requestArrived, detail }: Seen): void {
  expect({ accepted, requestArrived }, detail).toEqual({ accepted: false, requestArrived: false });
}
