/**
 * @module A gallery: certificates on show, each on its own port, under one root. Clients walk through it, and what each of them
 * and the servers saw is kept side by side.
 */
import { subfolder } from '../programs/scratch.ts';
import { ThrowawayServers, type ServedFiles } from './throwaway-server.ts';
import { type Client, type Visit } from './visit.ts';

/** One certificate and the name it is asked for by. */
export interface Exhibit {
  readonly id: string;
  readonly host: string;
  readonly files: ServedFiles;
}

/** What came of one visit: the client's own word, and whether its request reached the server. */
export interface Seen {
  readonly accepted: boolean;
  readonly requestArrived: boolean;
  readonly detail: string;
}

export type SeenById = ReadonlyMap<string, Seen>;

export class Gallery {
  readonly #servers: ThrowawayServers;
  readonly #doors: readonly (Exhibit & { readonly port: number })[];
  readonly #rootFile: string;

  private constructor(
    servers: ThrowawayServers,
    doors: readonly (Exhibit & { readonly port: number })[],
    rootFile: string,
  ) {
    this.#servers = servers;
    this.#doors = doors;
    this.#rootFile = rootFile;
  }

  /** Starts a server for each exhibit. Visitors trust `rootFile` and nothing else. */
  static async open(rootFile: string, exhibits: readonly Exhibit[]): Promise<Gallery> {
    const servers = new ThrowawayServers();
    const ports = new Map<string, Promise<number>>();
    const portOf = (files: ServedFiles): Promise<number> => {
      const port = ports.get(files.certFile) ?? servers.serve(files);
      ports.set(files.certFile, port);
      return port;
    };
    const doors = await Promise.all(
      exhibits.map(async (exhibit) => ({ ...exhibit, port: await portOf(exhibit.files) })),
    );
    return new Gallery(servers, doors, rootFile);
  }

  /** Lets a client make every visit. `folder` becomes its scratch. */
  async show(client: Client, folder: string): Promise<SeenById> {
    const visits = this.#doors.map((door): Visit => ({
      id: door.id,
      host: door.host,
      address: door.host.includes(':') ? '::1' : '127.0.0.1',
      port: door.port,
      path: `/${client.name}/${door.id}`.replace(/[^\w/-]+/g, '-'),
    }));
    const trust = { rootFile: this.#rootFile, folder: subfolder(folder, client.name.replace(/\W+/g, '-')) };
    const outcomes = await client.visitAll(visits, trust);
    return new Map(
      visits.map(({ id, path }) => {
        const { accepted, detail } = outcomes.get(id) ?? { accepted: false, detail: 'not visited' };
        return [id, { accepted, detail, requestArrived: this.#servers.saw(path) }];
      }),
    );
  }

  close(): Promise<void> {
    return this.#servers.close();
  }
}
