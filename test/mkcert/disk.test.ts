/**
 * @module Both programs where the disk can't take what they write: full, with room for less and less of it, and a folder of the CA that is
 * read-only. What can't be whole is not there, and once the disk is well the same call works.
 */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import type { RunResult } from '../programs/run.ts';
import { declarePrivateMachine, type PrivateMachine } from '../trust-stores/private-machine.ts';
import { isPair } from './observe.ts';
import { Mkcerts, NO_STORES, PROGRAMS, type ProgramName } from './programs.ts';

const PAGE_BYTES = 4096;

let mkcerts: Mkcerts;
let machine: PrivateMachine;
let count = 0;

const { use } = declarePrivateMachine('mkcert-disk', async (machine, scratch) => {
  machine.write('/etc/mkcert-used', 'x'.repeat(PAGE_BYTES)); // of an empty disk, no room at all would be no limit
  mkcerts = new Mkcerts(scratch);
});
beforeEach((context) => {
  machine = use(context);
  requirePrograms(context, ['mkcert']);
});

/** On the private machine's own disk: the folder of the CA below /usr/local, the current one below /etc. */
type Scene = { readonly caroot: string; readonly work: string };

async function createScene(): Promise<Scene> {
  const scene = { caroot: `/usr/local/mkcert-${++count}`, work: `/etc/mkcert-${count}` };
  await machine.runOrThrow(['mkdir', scene.work]);
  return scene;
}

function call(program: ProgramName, { caroot, work }: Scene): Promise<RunResult> {
  const env = { ...NO_STORES, CAROOT: caroot, HOME: work, JAVA_HOME: undefined };
  return machine.run([...mkcerts.command(program), '-ecdsa', 'localhost'], { cwd: work, env });
}

const filesOf = ({ work }: Scene): string[] => readdirSync(machine.path(work)).sort();
const PAIR = ['localhost-key.pem', 'localhost.pem'];

const isWhole = ({ work }: Scene): boolean => {
  const [key, cert] = PAIR.map((name) => machine.path(join(work, name)));
  return isPair(cert ?? '', key ?? '');
};

describe('a full disk', () => {
  it('leaves nothing half-made of a first call, whatever there was room for', async () => {
    const endings = new Set<number | null>();
    for (const pages of [0, 3, 7, 12, 24]) {
      const scene = await createScene();
      await machine.setFreeSpace(pages * PAGE_BYTES);
      const result = await call('mintmark', scene);
      endings.add(result.exitCode);
      await machine.setFreeSpace(undefined);
      if (result.exitCode === 0) expect(isWhole(scene)).toBe(true);
      else {
        expect(result.stderr, `${pages} pages`).toMatch(/^ERROR: .*no space/im);
        expect(filesOf(scene)).toEqual([]);
      }
      const again = await call('mintmark', scene);
      expect(again.exitCode, again.output).toBe(0);
      expect(filesOf(scene)).toEqual(PAIR);
      expect(isWhole(scene)).toBe(true);
      expect(readdirSync(machine.path(join(scene.caroot, 'cas')))).toEqual(['default']);
    }
    expect([...endings]).toEqual([1, 0]); // else the rooms were all too small, or all large enough
  });

  it('leaves mkcert with a CA that it can not read', async () => {
    const scene = await createScene();
    await machine.runOrThrow(['mkdir', scene.caroot]);
    await machine.setFreeSpace(PAGE_BYTES); // for the key of the CA
    expect((await call('mkcert', scene)).exitCode).toBe(1);
    await machine.setFreeSpace(undefined);
    const again = await call('mkcert', scene);
    expect(again.exitCode, again.output).toBe(1);
    expect(again.stderr).toContain('unexpected content');
  });

  it('leaves the pair that was there', async () => {
    const scene = await createScene();
    expect((await call('mintmark', scene)).exitCode).toBe(0);
    const before = PAIR.map((name) => machine.read(join(scene.work, name)));
    for (const pages of [0, 2]) {
      await machine.setFreeSpace(pages * PAGE_BYTES);
      const result = await call('mintmark', scene);
      await machine.setFreeSpace(undefined);
      if (result.exitCode !== 0) expect(PAIR.map((name) => machine.read(join(scene.work, name)))).toEqual(before);
      if (pages === 0) expect(result.exitCode, result.output).toBe(1);
      if (result.exitCode === 0) break;
    }
    expect(filesOf(scene)).toEqual(PAIR);
    expect(isWhole(scene)).toBe(true);
  });
});

describe('a folder of the CA that is read-only', () => {
  it('signs for mkcert, which writes nothing down; ours says that it can not', async () => {
    const scenes = { mkcert: await createScene(), mintmark: await createScene() };
    for (const program of PROGRAMS) {
      expect((await call(program, scenes[program])).exitCode).toBe(0);
      await machine.runOrThrow(['rm', ...PAIR.map((name) => join(scenes[program].work, name))]);
    }
    await machine.setReadOnly('/usr/local', true);
    const results = await Promise.all(PROGRAMS.map((program) => call(program, scenes[program])));
    const fresh = await createScene();
    const made = await call('mintmark', fresh);
    await machine.setReadOnly('/usr/local', false);
    expect(results.map(({ exitCode }) => exitCode)).toEqual([0, 1]);
    expect(results[1]?.stderr).toMatch(/^ERROR: .*read-only/im);
    expect(results[1]?.stderr).toContain('hint: ');
    expect(filesOf(scenes.mintmark)).toEqual([]);
    expect(made.exitCode, made.output).toBe(1);
    expect([existsSync(machine.path(fresh.caroot)), filesOf(fresh)]).toEqual([false, []]);
    expect((await call('mintmark', scenes.mintmark)).exitCode).toBe(0);
  });
});
