/**
 * @module WebTransport servers on loopback, all in one Deno. A client that refuses a pin opens no session, so the list of
 * sessions is the same proof for every client.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';
import type { ServedPair } from './certificates.ts';

const PROGRAM = fileURLToPath(new URL('sources/webtransport-server.mjs', import.meta.url));
const START_LIMIT_MS = 30_000;
/** How long the word of a session may be on its way from Deno to here. */
const QUIET_MS = 250;

/** Deno's own folder, and nothing of the user's. */
export const denoEnvironment = (folder: string): Readonly<Record<string, string>> => ({
  HOME: folder,
  DENO_DIR: join(folder, 'deno'),
  DENO_NO_UPDATE_CHECK: '1',
  NO_COLOR: '1',
});

export class WebTransportServers {
  /** Paths of sessions that were asked for, by port, in order. */
  readonly #sessions = new Map<number, string[]>();
  readonly #child: ChildProcess;
  #stderr = '';

  private constructor(deno: string, folder: string, files: readonly string[]) {
    const flags = ['run', '--unstable-net', '--allow-net=127.0.0.1,[::1]', `--allow-read=${folder}`];
    const env = scrubbedEnvironment(denoEnvironment(folder));
    this.#child = spawn(deno, [...flags, PROGRAM, ...files], {
      env,
      detached: true,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
  }

  /** @param folder scratch. Resolves to the servers and their ports, by the names of the pairs. */
  static async start(
    deno: string,
    folder: string,
    pairs: ReadonlyMap<string, ServedPair>,
  ): Promise<{ servers: WebTransportServers; ports: ReadonlyMap<string, number> }> {
    const files = [...pairs].flatMap(([name, { chainPem, keyPem }]) => [
      write(join(folder, `${name}-chain.pem`), chainPem),
      write(join(folder, `${name}-chain-key.pem`), keyPem),
    ]);
    const servers = new WebTransportServers(deno, folder, files);
    const ports = await servers.#listen(pairs.size);
    return { servers, ports: new Map([...pairs.keys()].map((name, at) => [name, ports[at] ?? 0])) };
  }

  sessions(port: number): readonly string[] {
    return this.#sessions.get(port) ?? [];
  }

  /** Waits until so many have come to the path, or until all that is on its way must have come. @returns how many came */
  async settle(port: number, path: string, wanted: number): Promise<number> {
    const count = (): number => this.sessions(port).filter((one) => one === path).length;
    const deadline = Date.now() + (wanted === 0 ? QUIET_MS : START_LIMIT_MS);
    while (Date.now() < deadline && (wanted === 0 || count() < wanted)) await new Promise((go) => setTimeout(go, 20));
    return count();
  }

  forget(): void {
    this.#sessions.clear();
  }

  async stop(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    killProcessGroup(this.#child.pid);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }

  #listen(count: number): Promise<readonly number[]> {
    const { stdout } = this.#child;
    if (stdout === null) throw new TypeError('the output is a pipe');
    const ports: number[] = [];
    return new Promise((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`Deno serves no WebTransport: ${why}\n${this.#stderr}`));
      const late = setTimeout(() => fail('too slow'), START_LIMIT_MS);
      this.#child.once('error', () => fail('it does not start'));
      this.#child.once('exit', () => fail('it ended'));
      createInterface(stdout).on('line', (line) => {
        const [word, port, path = ''] = line.split(' ');
        if (word === 'session') this.#sessions.set(Number(port), [...this.sessions(Number(port)), path]);
        if (word !== 'port' || ports.push(Number(port)) < count) return;
        clearTimeout(late);
        resolve(ports);
      });
    });
  }
}

function write(file: string, text: string): string {
  writeFileSync(file, text, { mode: 0o600 });
  return file;
}
