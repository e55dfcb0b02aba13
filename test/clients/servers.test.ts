/**
 * @module Real servers load what users mint, whatever the key type, and send the whole chain: clients that know only the root accept them.
 */
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { curlClient } from './drivers/curl.ts';
import { gnutlsClient } from './drivers/gnutls.ts';
import { goClient } from './drivers/go.ts';
import { nodeClient, pythonClient } from './drivers/interpreted.ts';
import { opensslClient } from './drivers/openssl.ts';
import { KEY_TYPES } from './honest-cases.ts';
import { createMintedAuthority, type MintingAuthority } from './minted-authority.ts';
import { nginx, uwsgi } from './real-servers.ts';
import type { Client, Visit } from './visit.ts';

const VISITORS: readonly Client[] = [opensslClient, curlClient, gnutlsClient, nodeClient, pythonClient, goClient];
const folder = scratchFolder('servers');

let authority: Promise<MintingAuthority> | undefined;
function sharedAuthority(): Promise<MintingAuthority> {
  authority ??= createMintedAuthority(folder);
  return authority;
}

/** Which of two names each client accepts on this port: the minted one, and one that was never minted. */
async function acceptedNames(client: Client, port: number, rootFile: string): Promise<readonly string[]> {
  const visits = ['app.test', 'other.test'].map((host): Visit => ({
    id: host,
    host,
    address: '127.0.0.1',
    port,
    path: '/',
  }));
  const outcomes = await client.visitAll(visits, {
    rootFile,
    folder: subfolder(folder, client.name.replace(/\W+/g, '-')),
  });
  return visits.filter(({ id }) => outcomes.get(id)?.accepted === true).map(({ host }) => host);
}

describe.each([nginx, uwsgi])('$name', (server) => {
  it.for(KEY_TYPES)('serves a minted %s certificate to clients that know only the root', async (keyType, context) => {
    requirePrograms(context, [server.program, ...VISITORS.flatMap((client) => client.programs)]);
    const { rootFile, mint } = await sharedAuthority();
    const files = await mint(['app.test'], keyType);
    const running = await server.start(files, subfolder(folder, `${server.name}-${keyType}`));
    try {
      for (const client of VISITORS) {
        expect(await acceptedNames(client, running.port, rootFile), client.name).toEqual(['app.test']);
      }
    } finally {
      await running.stop();
    }
  });
});
