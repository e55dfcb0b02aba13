/** @module The servers that a pinned client meets: the right one, a stranger, an expired one, one of another name, and the attacker. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { isPinFormatName } from '../../packages/ca-core/src/pin-formats/index.ts';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { scratchFolder } from '../programs/scratch.ts';
import {
  appendCertificate,
  createPinAuthority,
  createServed,
  type PinAuthority,
  type ServedPair,
} from './certificates.ts';
import { createForgery } from './forgery.ts';
import type { Emitted, PinTarget } from './pinned-client.ts';
import { PinnedServer } from './pinned-server.ts';

/** A server, and the certificate whose pin is given to the client. */
export type Meeting = { readonly server: PinnedServer; readonly pinnedFile: string };

type Printed = {
  readonly fileName: string | null;
  readonly targets: readonly [{ readonly snippet: string | null; readonly formats: Readonly<Record<string, string>> }];
};

export type CaseName = 'right' | 'wrong' | 'issued' | 'expired' | 'wrongHost' | 'appended' | 'forged';

export class Scene {
  readonly #folder: string;
  readonly #servers: PinnedServer[] = [];
  readonly #compared = new Set<string>();
  #visits = 0;

  /** @param folder scratch */
  constructor(folder: string) {
    this.#folder = folder;
  }

  /** The cases of a pin of the server's own certificate, or of its CA. */
  async meetings(target: PinTarget): Promise<ReadonlyMap<CaseName, Meeting>> {
    return target === 'self-signed' ? this.#meetLeaves() : this.#meetAuthorities(target);
  }

  async #meetLeaves(): Promise<ReadonlyMap<CaseName, Meeting>> {
    const make = (name: string, options?: Parameters<typeof createServed>[2]) =>
      createServed(join(this.#folder, 'leaves'), name, options);
    const authority = createPinAuthority(join(this.#folder, 'leaves'), 'unknown');
    const genuine = make('genuine');
    const issued = make('issued', { by: authority });
    const expired = make('expired', { isExpired: true });
    const elsewhere = make('elsewhere', { names: ['other.test'] });
    const attacker = appendCertificate(make('attacker'), readFileSync(genuine.certFile, 'utf8'));
    const right = await this.#serve(genuine);
    return new Map<CaseName, Meeting>([
      ['right', { server: right, pinnedFile: genuine.certFile }],
      ['wrong', { server: right, pinnedFile: make('stranger').certFile }],
      ['issued', { server: await this.#serve(issued), pinnedFile: issued.certFile }],
      ['expired', { server: await this.#serve(expired), pinnedFile: expired.certFile }],
      ['wrongHost', { server: await this.#serve(elsewhere), pinnedFile: elsewhere.certFile }],
      ['appended', { server: await this.#serve(attacker), pinnedFile: genuine.certFile }],
      ['forged', await this.#meetForgery()],
    ]);
  }

  /** A leaf that names the pinned certificate as its issuer, with another key's signature: who walks the chain by names finds the pin. */
  async #meetForgery(): Promise<Meeting> {
    const { pair, pinnedFile } = await createForgery(join(this.#folder, 'leaves'));
    return { server: await this.#serve(pair), pinnedFile };
  }

  async #meetAuthorities(target: 'issuer' | 'root'): Promise<ReadonlyMap<CaseName, Meeting>> {
    const fileOf = (of: PinAuthority): string => (target === 'issuer' ? of.issuerFile : of.rootFile);
    const folder = join(this.#folder, target);
    const ours = createPinAuthority(folder, 'ours');
    const theirs = createPinAuthority(folder, 'theirs');
    const pinnedFile = fileOf(ours);
    const by = (authority: PinAuthority, name: string, shape = {}): ServedPair =>
      createServed(folder, name, { ...shape, by: authority });
    const right = await this.#serve(by(ours, 'leaf'));
    // The thief's own chain is whole, and the pinned CA's certificates lie behind it.
    const attacker = appendCertificate(by(theirs, 'attacker'), ours.issuerPem + readFileSync(ours.rootFile, 'utf8'));
    return new Map<CaseName, Meeting>([
      ['right', { server: right, pinnedFile }],
      ['wrong', { server: right, pinnedFile: fileOf(theirs) }],
      ['expired', { server: await this.#serve(by(ours, 'expired', { isExpired: true })), pinnedFile }],
      ['wrongHost', { server: await this.#serve(by(ours, 'elsewhere', { names: ['other.test'] })), pinnedFile }],
      ['appended', { server: await this.#serve(attacker), pinnedFile }],
      ['forged', { server: await this.#serve(by({ ...ours, key: theirs.key }, 'forged')), pinnedFile }],
    ]);
  }

  async #serve(pair: ServedPair): Promise<PinnedServer> {
    const server = await PinnedServer.start(pair);
    this.#servers.push(server);
    return server;
  }

  /** What the command line prints for this client and meeting, written down as a user would. */
  async emit(format: string, { server, pinnedFile }: Meeting): Promise<Emitted> {
    if (!isPinFormatName(format)) throw new TypeError(`no format ${format}`);
    const folder = join(this.#folder, `visit-${++this.#visits}`);
    mkdirSync(folder, { recursive: true });
    const words = ['pin', pinnedFile, '--format', format, '--host', `localhost:${server.port}`];
    const home = { home: join(this.#folder, 'home'), cwd: folder };
    const printed = JSON.parse((await mintmarkOrThrow([...words, '--json'], home)).stdout) as Printed;
    const { fileName, targets } = printed;
    const text = targets[0].snippet ?? `${targets[0].formats[format] ?? ''}\n`;
    // Without --json the same is printed as it is; asked once for each client, since every call costs a tenth of a second.
    if (!this.#compared.has(format)) expect((await mintmarkOrThrow(words, home)).stdout).toBe(text);
    this.#compared.add(format);
    const common = { format, folder, host: 'localhost', port: server.port, certFile: pinnedFile };
    if (fileName === null) return { ...common, text: text.replace(/\n$/, '') };
    const file = join(folder, fileName);
    writeFileSync(file, text);
    return { ...common, text, file };
  }

  async close(): Promise<void> {
    await Promise.all(this.#servers.map((server) => server.stop()));
  }
}

/** Call it at the top of a test file. */
export const createScene = (label: string): Scene => new Scene(scratchFolder(`pins-${label}`));
