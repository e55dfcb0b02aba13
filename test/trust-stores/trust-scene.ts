/**
 * @module A scene in a private machine: a person's folder whose path has spaces, a Mintmark home in it, three loopback servers
 * (a minted certificate, a name in scope signed with the stolen issuer key, a name out of scope signed with it), and a
 * snapshot of the machine before anything happened.
 */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { forge } from '../clients/forge.ts';
import { createMintedAuthority, type MintingAuthority } from '../clients/minted-authority.ts';
import { ThrowawayServers, type ServedFiles } from '../clients/throwaway-server.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import type { RunResult } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import type { InsideOptions, PrivateMachine } from './private-machine.ts';
import { compareSnapshots, listDanglingLinks, takeSnapshot, type Snapshot } from './snapshot.ts';
import { tookPage, type SystemClient, type Tools } from './system-clients.ts';

/** One place of a store, as `--json` prints it. */
type PlacePrinted = {
  readonly id: string;
  readonly label: string;
  readonly state: string;
  readonly detail?: string;
  readonly commands?: readonly string[];
};

export type StorePrinted = {
  readonly id: string;
  readonly name: string;
  readonly ca: string;
  readonly state: 'trusted' | 'absent' | 'unavailable' | 'failed';
  readonly proven: boolean;
  readonly detail: string | null;
  readonly hint: string | null;
  readonly places: readonly PlacePrinted[];
};

/** `honest`: minted. `stolen`: in scope, signed with the stolen issuer key. `forged`: the same key, out of scope. */
const DOORS = ['honest', 'stolen', 'forged'] as const;
export type Door = (typeof DOORS)[number];

const HOSTS: Readonly<Record<Door, string>> = {
  honest: 'localhost',
  stolen: 'stolen.test',
  forged: 'bank.example.com',
};

/** What became of one visit: the client's own word, and whether its request reached the server. */
export type Seen = { readonly accepted: boolean; readonly arrived: boolean; readonly detail: string };

export class TrustScene {
  readonly machine: PrivateMachine;
  /** HOME of the person. */
  readonly userFolder: string;
  readonly authority: MintingAuthority;
  /** MINTMARK_HOME. */
  readonly home: string;
  readonly #servers: ThrowawayServers;
  readonly #files: Readonly<Record<Door, ServedFiles>>;
  #ports: Readonly<Record<Door, number>>;
  #before: Snapshot;
  #visits = 0;

  private constructor(made: {
    machine: PrivateMachine;
    folder: string;
    authority: MintingAuthority;
    servers: ThrowawayServers;
    files: Readonly<Record<Door, ServedFiles>>;
    ports: Readonly<Record<Door, number>>;
    before: Snapshot;
  }) {
    this.machine = made.machine;
    this.authority = made.authority;
    this.userFolder = join(made.folder, USER_FOLDER);
    this.home = join(made.folder, USER_FOLDER, 'home');
    this.#servers = made.servers;
    this.#files = made.files;
    this.#ports = made.ports;
    this.#before = made.before;
  }

  /** @param options.roots how many of the distribution's roots stay: its tools take long for all */
  static async open(machine: PrivateMachine, folder: string, options: { roots?: number } = {}): Promise<TrustScene> {
    if (options.roots !== undefined) await keepFewRoots(machine, options.roots);
    mkdirSync(join(folder, USER_FOLDER), { recursive: true });
    machine.append('/etc/hosts', `\n127.0.0.1 ${HOSTS.stolen} ${HOSTS.forged}\n`);
    const authority = await createMintedAuthority(join(folder, USER_FOLDER));
    const signed = subfolder(folder, 'signed');
    const sign = (id: Door) =>
      forge(signed, authority, { id, title: id, host: HOSTS[id], altName: `DNS:${HOSTS[id]}` });
    const servers = new ThrowawayServers();
    const files = {
      honest: await authority.mint([HOSTS.honest, '127.0.0.1'], 'ecdsa-p256'),
      stolen: await sign('stolen'),
      forged: await sign('forged'),
    };
    const ports = await serveAll(servers, files);
    await machine.runOrThrow(['update-ca-certificates'], INSIDE); // it may have old edits to catch up with
    const before = await takeSnapshot(machine);
    return new TrustScene({ machine, folder, authority, servers, files, ports, before });
  }

  /** Runs `mintmark WORDS` inside. Every exit code is a result. */
  mintmark(words: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    const { env, ...rest } = options;
    const own = { ...ENV, HOME: this.userFolder, MINTMARK_HOME: this.home, ...env };
    return this.machine.run([process.execPath, MINTMARK_BIN, ...words], { cwd: this.userFolder, ...rest, env: own });
  }

  /** The stores that `mintmark WORDS --json` prints, whatever its exit code. @throws Error when it prints none */
  async stores(words: readonly string[], options: InsideOptions = {}): Promise<readonly StorePrinted[]> {
    const { stdout, output } = await this.mintmark([...words, '--json'], options);
    const printed = parseObject(stdout) as { stores?: readonly StorePrinted[] };
    if (printed.stores === undefined) throw new Error(`no stores: ${output}`);
    return printed.stores;
  }

  /** Runs a program inside as a person would, in an environment without surprises. */
  run(command: readonly string[], options: InsideOptions = {}): Promise<RunResult> {
    const { env, ...rest } = options;
    return this.machine.run(command, {
      cwd: this.userFolder,
      ...rest,
      env: { ...ENV, HOME: this.userFolder, ...env },
    });
  }

  /** Lets a client knock at a door. */
  async visit(client: SystemClient, tools: Tools, door: Door): Promise<Seen> {
    const url = this.url(door);
    const result = await this.run(client.command(url, tools), {
      timeoutMs: 30_000,
      ...(client.env === undefined ? {} : { env: client.env }),
      ...(client.input === undefined ? {} : { input: client.input(url), holdInput: true }),
    });
    const accepted = (client.isAccepted ?? tookPage)(result);
    return { accepted, arrived: this.arrived(url), detail: `${client.name} at ${url.href}\n${result.output}` };
  }

  /** A URL that nobody has asked for yet. */
  url(door: Door): URL {
    return new URL(`https://${HOSTS[door]}:${this.#ports[door]}/visit-${++this.#visits}`);
  }

  /** Opens the same doors elsewhere, for browsers that resume a TLS session without a look at the certificate. */
  async moveDoors(): Promise<void> {
    this.#ports = await serveAll(this.#servers, this.#files);
  }

  /** Whether the server behind the URL was asked for it. */
  arrived(url: URL): boolean {
    return this.#servers.saw(url.pathname);
  }

  /** What the machine looks like now is what it must look like again. */
  async rebase(): Promise<void> {
    this.#before = await takeSnapshot(this.machine);
  }

  /** Paths that differ from what they were before the scene began, and links that lead nowhere. */
  async leftovers(): Promise<string[]> {
    const changed = compareSnapshots(this.#before, await takeSnapshot(this.machine));
    return [...changed, ...listDanglingLinks(this.machine).map((path) => `dangling: ${path}`)];
  }

  /** Whether OpenSSL's bundle and its folder of links lead from the issuer to a trusted root. */
  async isTrustedByOpenssl(): Promise<{ readonly byBundle: boolean; readonly byFolder: boolean }> {
    const verify = async (...roots: readonly string[]): Promise<boolean> => {
      const command = ['openssl', 'verify', '-no-CAstore', ...roots, this.authority.issuer.certFile];
      return (await this.run(command)).exitCode === 0;
    };
    return {
      byBundle: await verify('-no-CApath', '-CAfile', BUNDLE),
      byFolder: await verify('-no-CAfile', '-CApath', '/etc/ssl/certs'),
    };
  }

  close(): Promise<void> {
    return this.#servers.close();
  }
}

const serveAll = async (
  servers: ThrowawayServers,
  files: Readonly<Record<Door, ServedFiles>>,
): Promise<Readonly<Record<Door, number>>> => ({
  honest: await servers.serve(files.honest),
  stolen: await servers.serve(files.stolen),
  forged: await servers.serve(files.forged),
});

export const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';

const USER_FOLDER = "a person's folder";

/** The distribution's programs alone: shims in a longer PATH bring their own lists of roots. */
const ENV = { PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin', LC_ALL: 'C.UTF-8' };
const INSIDE: InsideOptions = { env: ENV };

async function keepFewRoots(machine: PrivateMachine, count: number): Promise<void> {
  const names = machine.read(ROOT_LIST).split('\n');
  const roots = names.filter((name) => name !== '' && !/^[#!]/.test(name)).slice(0, count);
  machine.write(ROOT_LIST, `${roots.join('\n')}\n`);
  await machine.runOrThrow(['update-ca-certificates', '--fresh'], INSIDE);
}

const ROOT_LIST = '/etc/ca-certificates.conf';

function parseObject(text: string): object {
  const value: unknown = text.trim() === '' ? {} : JSON.parse(text);
  return typeof value === 'object' && value !== null ? value : {};
}

/** The state of one store among those printed. */
export const stateOf = (stores: readonly StorePrinted[], id: string): string | undefined =>
  stores.find((store) => store.id === id)?.state;

export function expectAccepted({ accepted, arrived, detail }: Seen): void {
  expect({ accepted, arrived }, detail).toEqual({ accepted: true, arrived: true });
}

export function expectRefused({ accepted, arrived, detail }: Seen): void {
  expect({ accepted, arrived }, detail).toEqual({ accepted: false, arrived: false });
}

/** Works through the items, so many at a time. */
export async function inParallel<T, R>(
  items: readonly T[],
  atOnce: number,
  work: (item: T) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  const left = [...items.entries()];
  const takeTurns = async (): Promise<void> => {
    for (let next = left.shift(); next !== undefined; next = left.shift()) results[next[0]] = await work(next[1]);
  };
  await Promise.all(Array.from({ length: atOnce }, takeTurns));
  return results;
}
