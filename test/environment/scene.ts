/**
 * @module The place where plain clients are tried: a CA of ours in a home whose path would trip careless quoting, a company's CA beside it,
 * and servers with a certificate of each. Every visit is judged by the client's word and by the server's log.
 */
import { join } from 'node:path';
import { createCarelessAuthority } from '../clients/authority.ts';
import { startConnectProxy } from '../clients/connect-proxy.ts';
import { forge, signDated } from '../clients/forge.ts';
import { createMintedAuthority } from '../clients/minted-authority.ts';
import { ThrowawayServers } from '../clients/throwaway-server.ts';
import type { Visit } from '../clients/visit.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { run } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { isPageShown, type PlainClient } from './plain-clients.ts';

const BANK = 'bank.example.com';
const FORGERY = { id: 'bank', title: 'a foreign name', host: BANK, altName: `DNS:${BANK}` };

/** Spaces, both quotes, what shells expand, and a letter beyond ASCII. */
const HOSTILE_NAME = `dé pôt 'a' "b" $(id) \`c\` %d`;

/** Who has a server here: an honest certificate of ours, one forged with our stolen key, and a company's. */
export type Site = 'ours' | 'forged' | 'company';

export interface Attempt {
  readonly site: Site;
  /** Through `mintmark exec`, or as the client is. */
  readonly isThroughExec: boolean;
  /** What the user has set. */
  readonly env?: Readonly<Record<string, string>>;
}

export interface Seen {
  readonly accepted: boolean;
  readonly requestArrived: boolean;
  readonly detail: string;
}

export class Scene {
  readonly folder: string;
  readonly home: string;
  readonly userFolder: string;
  /** A root that the machine does not know, as a company's proxy has it. */
  readonly companyRootFile: string;
  readonly #servers: ThrowawayServers;
  readonly #ports: Readonly<Record<Site, number>>;
  readonly #proxy: Awaited<ReturnType<typeof startConnectProxy>>;
  #count = 0;

  private constructor(folder: string, parts: Pick<Scene, 'home' | 'companyRootFile'> & Parts) {
    this.folder = folder;
    this.home = parts.home;
    this.userFolder = subfolder(folder, 'user');
    this.companyRootFile = parts.companyRootFile;
    this.#servers = parts.servers;
    this.#ports = parts.ports;
    this.#proxy = parts.proxy;
  }

  static async open(folder: string): Promise<Scene> {
    const ours = await createMintedAuthority(subfolder(folder, HOSTILE_NAME));
    const company = await createCarelessAuthority(folder);
    const servers = new ThrowawayServers();
    const dated = { altName: `DNS:${BANK}`, dating: 'valid', issuerNotAfter: new Date() } as const;
    const ports = {
      ours: await servers.serve(await ours.mint(['localhost'], 'ecdsa-p256')),
      forged: await servers.serve(await forge(folder, ours, FORGERY)),
      company: await servers.serve(await signDated(folder, company, dated)),
    };
    const home = join(folder, HOSTILE_NAME, 'home');
    return new Scene(folder, {
      home,
      companyRootFile: company.rootFile,
      servers,
      ports,
      proxy: await startConnectProxy(),
    });
  }

  /** One visit, judged from both ends. */
  async visit(client: PlainClient, attempt: Attempt): Promise<Seen> {
    const { site, isThroughExec } = attempt;
    const path = `/${client.name.replaceAll(' ', '-')}/${++this.#count}`;
    const host = site === 'ours' ? 'localhost' : BANK;
    const visit: Visit = { id: path, host, address: '127.0.0.1', port: this.#ports[site], path };
    const command = await client.command(visit, { folder: this.folder, proxy: this.#proxy.url });
    const result = await run(isThroughExec ? [...this.exec(), ...command] : command, {
      env: this.environment(attempt.env),
      input: client.input?.(visit) ?? '',
      timeoutMs: 30_000,
      cwd: this.folder,
    });
    const accepted = (client.isAccepted ?? isPageShown)(result);
    return { accepted, requestArrived: this.#servers.saw(path), detail: result.output };
  }

  /** The words before a program that runs it with our environment. */
  exec(): string[] {
    return [process.execPath, MINTMARK_BIN, 'exec', '--home', this.home, '--'];
  }

  /** A user without settings, plus `extra`. */
  environment(extra: Attempt['env'] = {}): Record<string, string> {
    return {
      HOME: this.userFolder,
      XDG_CONFIG_HOME: join(this.userFolder, '.config'),
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_TERMINAL_PROMPT: '0',
      ...extra,
    };
  }

  async close(): Promise<void> {
    await this.#proxy.close();
    await this.#servers.close();
  }
}

interface Parts {
  readonly servers: ThrowawayServers;
  readonly ports: Readonly<Record<Site, number>>;
  readonly proxy: Awaited<ReturnType<typeof startConnectProxy>>;
}
