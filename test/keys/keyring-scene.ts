/**
 * @module A real Secret Service for one test file: gnome-keyring-daemon on a session bus of its own, with a home of its own, unlocked by a
 * password or left locked. Nothing of the user's own session is touched.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { programPath } from '../programs/program.ts';
import { run, scrubbedEnvironment } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { CLIENT_ENVIRONMENT } from './token-scene.ts';

type Environment = Readonly<Record<string, string | undefined>>;

const PASSWORD = 'the login password';

export class KeyringScene {
  readonly #folder: string;
  readonly #children: ChildProcess[] = [];

  constructor(folder: string) {
    this.#folder = folder;
  }

  /** Of a login without a session bus, as over ssh. */
  get withoutBus(): Environment {
    return {
      ...CLIENT_ENVIRONMENT,
      HOME: subfolder(this.#folder, 'home'),
      XDG_RUNTIME_DIR: subfolder(this.#folder, 'runtime'),
      XDG_DATA_HOME: undefined,
      DBUS_SESSION_BUS_ADDRESS: undefined,
      DISPLAY: undefined,
      WAYLAND_DISPLAY: undefined,
    };
  }

  /** A new session on the same home, whose keyring is open or locked. Returns the environment of programs in it. */
  async startSession(isUnlocked: boolean): Promise<Environment> {
    const env = { ...this.withoutBus, DBUS_SESSION_BUS_ADDRESS: await this.#startBus() };
    const control = subfolder(this.#folder, `control-${this.#children.length}`);
    const words = ['--foreground', '--components=secrets', `--control-directory=${control}`];
    const daemon = this.#spawn(
      'gnome-keyring-daemon',
      isUnlocked ? ['--unlock', ...words] : ['--start', ...words],
      env,
    );
    daemon.stdin?.end(isUnlocked ? PASSWORD : '');
    await this.#waitForService(env);
    return env;
  }

  /** What the store has of ours, as libsecret's own program sees it. */
  async search(env: Environment): Promise<string> {
    const words = ['search', '--all', '--unlock', 'service', 'mintmark'];
    return (await run([programPath('secret-tool'), ...words], { env })).output;
  }

  /** The secret of one entry, by the same program. */
  async lookUp(env: Environment, account: string): Promise<string> {
    const words = ['lookup', 'service', 'mintmark', 'username', account];
    return (await run([programPath('secret-tool'), ...words], { env })).stdout;
  }

  stop(): void {
    for (const child of this.#children) child.kill('SIGKILL');
  }

  async #startBus(): Promise<string> {
    const address = `unix:path=${join(this.#folder, `bus-${this.#children.length}`)}`;
    const words = ['--session', '--nofork', '--print-address=1', `--address=${address}`];
    const daemon = this.#spawn('dbus-daemon', words, this.withoutBus);
    if (daemon.stdout === null) throw new Error('the bus has no stdout');
    const [line] = (await once(createInterface(daemon.stdout), 'line')) as [string];
    return line;
  }

  async #waitForService(env: Environment): Promise<void> {
    const ask = [
      '--session',
      '--dest=org.freedesktop.DBus',
      '--type=method_call',
      '--print-reply',
      '/org/freedesktop/DBus',
    ];
    const question = ['org.freedesktop.DBus.NameHasOwner', 'string:org.freedesktop.secrets'];
    for (let i = 0; i < 100; i++) {
      const { output } = await run([programPath('dbus-send'), ...ask, ...question], { env });
      if (output.includes('boolean true')) return;
      await new Promise((done) => setTimeout(done, 50));
    }
    throw new Error('gnome-keyring-daemon did not come up');
  }

  #spawn(name: string, words: readonly string[], env: Environment): ChildProcess {
    const child = spawn(programPath(name), words, { env: scrubbedEnvironment(env), stdio: ['pipe', 'pipe', 'ignore'] });
    this.#children.push(child);
    return child;
  }
}
