/**
 * @module Clients that know one root, sent to servers with certificates of the tests: who took which, by the client's word and by the
 * server's log. OpenSSL, curl, Go and Java: four ways to check a chain.
 */
import { expect } from 'vitest';
import { curlClient } from '../clients/drivers/curl.ts';
import { goClient } from '../clients/drivers/go.ts';
import { javaClient } from '../clients/drivers/java.ts';
import { opensslClient } from '../clients/drivers/openssl.ts';
import { ThrowawayServers, type ServedFiles } from '../clients/throwaway-server.ts';
import type { Client, Visit } from '../clients/visit.ts';
import { subfolder } from '../programs/scratch.ts';

export const QUICK_JUDGES: readonly Client[] = [opensslClient, curlClient];
/** Java starts slowly, and visits all in one process. */
export const JUDGES: readonly Client[] = [...QUICK_JUDGES, goClient, javaClient];

export const programsOf = (judges: readonly Client[]): readonly string[] =>
  judges.flatMap(({ programs }) => [...programs]);

/** A server's files, and the name that it is visited by. */
export type Door = { readonly host: string; readonly files: ServedFiles };

/** Names of the doors that the client went through. One that it refuses got no request. */
async function walk(client: Client, doors: Readonly<Record<string, Door>>, { rootFile, folder }: Trusting) {
  const servers = new ThrowawayServers();
  try {
    const visits: Visit[] = [];
    for (const [id, { host, files }] of Object.entries(doors))
      visits.push({ id, host, address: '127.0.0.1', port: await servers.serve(files), path: `/${id}` });
    const outcomes = await client.visitAll(visits, { rootFile, folder });
    return visits.filter(({ id, path }) => {
      const { accepted = false, detail = '' } = outcomes.get(id) ?? {};
      expect(servers.saw(path), `${client.name} at ${id}: ${detail}`).toBe(accepted);
      return accepted;
    });
  } finally {
    await servers.close();
  }
}

export type Trusting = { readonly rootFile: string; readonly folder: string };

/** Every judge goes through the open doors and through no other. */
export async function expectOpen(
  judges: readonly Client[],
  doors: Readonly<Record<string, Door>>,
  { open, rootFile, folder }: Trusting & { readonly open: readonly string[] },
): Promise<void> {
  for (const client of judges) {
    const own = subfolder(folder, client.name.replace(/\W+/g, '-'));
    const taken = await walk(client, doors, { rootFile, folder: own });
    expect(
      taken.map(({ id }) => id),
      client.name,
    ).toEqual(open);
  }
}

/** The pair that a command printed. */
export const pairOf = ({ certFile, keyFile }: Readonly<Record<string, unknown>>): ServedFiles => ({
  certFile: String(certFile),
  keyFile: String(keyFile),
});
