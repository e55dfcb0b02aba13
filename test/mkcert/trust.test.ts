/**
 * @module `-install` and `-uninstall` of both programs, with the system store of a private machine: the root goes in and comes out, and a
 * fault in one store keeps nothing from another.
 */
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import {
  declarePrivateMachine,
  type InsideOptions,
  type PrivateMachine,
  type User,
} from '../trust-stores/private-machine.ts';
import { createPlace, Mkcerts, PROGRAMS, type Place, type ProgramName } from './programs.ts';

const ROOT_LIST = '/etc/ca-certificates.conf';
const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

let mkcerts: Mkcerts;
let user: User;
let count = 0;

const { folder, use } = declarePrivateMachine('mkcert-trust', async (machine, scratch) => {
  mkcerts = new Mkcerts(scratch);
  machine.hide('/etc/ca-certificates/update.d/jks-keystore');
  for (const path of ['sudo', 'doas', 'run0', 'pkexec'])
    await machine.run(['mv', `/usr/bin/${path}`, `/usr/bin/${path}.away`]);
  const few = machine
    .read(ROOT_LIST)
    .split('\n')
    .filter((line) => line.startsWith('mozilla'))
    .slice(0, 5);
  machine.write(ROOT_LIST, `${few.join('\n')}\n`);
  await machine.runOrThrow(['update-ca-certificates', '--fresh']);
  for (const path of [scratch, mkcerts.binFolder]) chmodSync(path, 0o711);
  user = machine.addUser(scratch);
});

class Scene {
  readonly machine: PrivateMachine;
  readonly program: ProgramName;
  readonly place: Place;

  constructor(machine: PrivateMachine, program: ProgramName) {
    this.machine = machine;
    this.program = program;
    this.place = createPlace(folder, `scene-${++count}`);
  }

  /** Every exit code is a result. */
  call(words: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    const { home, caroot, work } = this.place;
    const env = { HOME: home, CAROOT: caroot, JAVA_HOME: undefined, TRUST_STORES: 'system', ...options.env };
    return this.machine.run([...mkcerts.command(this.program), ...words], { cwd: work, ...options, env });
  }

  async isTrusted(file = 'localhost.pem'): Promise<boolean> {
    const path = join(this.place.work, file);
    const command = ['openssl', 'verify', '-no-CApath', '-no-CAstore', '-CAfile', BUNDLE, '-untrusted', path, path];
    return (await this.machine.run(command)).exitCode === 0;
  }
}

describe.each(PROGRAMS)('%s', (program) => {
  it('installs, says so the second time, and uninstalls', async (context) => {
    const scene = new Scene(use(context), program);
    requirePrograms(context, ['mkcert', 'openssl']);
    const before = scene.machine.read(BUNDLE);
    const first = await scene.call(['-install', '-ecdsa', 'localhost']);
    expect(first.exitCode, first.output).toBe(0);
    expect(first.stderr).toContain('The local CA is now installed in the system trust store');
    expect(await scene.isTrusted()).toBe(true);
    expect((await scene.call(['-install'])).stderr).toContain(
      'The local CA is already installed in the system trust store',
    );
    expect((await scene.call(['-ecdsa', 'localhost'])).stderr).not.toContain('Note: ');
    const removed = await scene.call(['-uninstall']);
    expect(removed.exitCode, removed.output).toBe(0);
    expect(removed.stderr).toContain('The local CA is now uninstalled from the system trust store');
    expect(await scene.isTrusted()).toBe(false);
    expect(scene.machine.read(BUNDLE)).toBe(before);
    expect((await scene.call(['-ecdsa', 'localhost'])).stderr).toContain(
      'Note: the local CA is not installed in the system trust store',
    );
  });

  it('without rights ends in an error', async (context) => {
    const scene = new Scene(use(context), program);
    requirePrograms(context, ['mkcert']);
    await runOrThrow(['chown', '-R', `${user.uid}:${user.uid}`, join(scene.place.work, '../..')]);
    const result = await scene.call(['-install', '-ecdsa', 'localhost'], { as: user });
    expect(result.exitCode, result.output).toBe(1);
    // Ours has made the certificate all the same, and says what is left for root to do.
    expect(result.stderr.includes('update-ca-certificates\n') && result.stderr.includes('The certificate is at')).toBe(
      program === 'mintmark',
    );
  });
});

describe('faults', () => {
  it('a store that fails keeps mkcert from its work; ours goes on', async (context) => {
    requirePrograms(context, ['mkcert', 'openssl', 'keytool']);
    const isMade: Record<string, boolean> = {};
    for (const program of PROGRAMS) {
      const scene = new Scene(use(context), program);
      const env = { TRUST_STORES: 'system,java', JAVA_HOME: '/usr' };
      await scene.call(['-install', '-ecdsa', 'localhost'], { env });
      isMade[program] = existsSync(join(scene.place.work, 'localhost.pem')) && (await scene.isTrusted());
      await scene.call(['-uninstall'], { env });
    }
    expect(isMade).toEqual({ mkcert: false, mintmark: true });
  });

  it('mkcert takes out what was not there, by its word; ours tells', async (context) => {
    requirePrograms(context, ['mkcert']);
    const says: Record<string, boolean> = {};
    for (const program of PROGRAMS) {
      const scene = new Scene(use(context), program);
      await scene.call(['-install'], { env: { TRUST_STORES: 'none' } });
      says[program] = (await scene.call(['-uninstall'])).stderr.includes('is now uninstalled');
    }
    expect(says).toEqual({ mkcert: true, mintmark: false });
  });

  it('ours installs the roots of all CAs of the folder, and takes all out', async (context) => {
    requirePrograms(context, ['openssl']);
    const scene = new Scene(use(context), 'mintmark');
    await scene.call(['-ecdsa', 'localhost']);
    const both = await scene.call(['-install', '-ecdsa', 'my-bank.com']);
    expect(both.exitCode, both.output).toBe(0);
    for (const file of ['localhost.pem', 'my-bank.com.pem']) expect(await scene.isTrusted(file)).toBe(true);
    await scene.call(['-uninstall']);
    for (const file of ['localhost.pem', 'my-bank.com.pem']) expect(await scene.isTrusted(file)).toBe(false);
  });

  it("ours takes an mkcert's root out as well, which mkcert put in", async (context) => {
    requirePrograms(context, ['mkcert', 'openssl']);
    const theirs = new Scene(use(context), 'mkcert');
    await theirs.call(['-install', '-ecdsa', 'localhost']);
    const env = { CAROOT: theirs.place.caroot };
    const ours = new Scene(theirs.machine, 'mintmark');
    const made = await ours.call(['-ecdsa', 'localhost'], { env });
    expect(made.stderr).not.toContain('not installed');
    expect(await ours.isTrusted()).toBe(true);
    await ours.call(['-uninstall'], { env });
    expect([await theirs.isTrusted(), await ours.isTrusted()]).toEqual([false, false]);
  });
});
