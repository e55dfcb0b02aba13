/**
 * @module Revocation lists before clients that we did not write: they accept what is not on them, refuse what is, and refuse everything
 * by a list that is not the CA's own, was altered or is out of its time. Refused means that the server got no request.
 */
import { writeFileSync } from 'node:fs';
import { connect } from 'node:tls';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readFileSync } from 'node:fs';
import { Desk } from '../cli/desk.ts';
import { startServer } from '../clients/real-servers.ts';
import { freePort, ThrowawayServers } from '../clients/throwaway-server.ts';
import { MARKER } from '../clients/visit.ts';
import { FIRST_BUILD_MS } from '../pins/compilers.ts';
import { findProgram, programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { askJava, buildGoChecker, CRL_CLIENTS, goChecker, type CrlClient } from './crl-clients.ts';
import { keyOf, setScene, writeBundle, type Scene } from './scene.ts';

const folder = scratchFolder('crl-clients');
const desk = new Desk(folder);
const servers = new ThrowawayServers();
let scene: Scene;
let bundle: string;
const ports = { good: 0, revoked: 0 };

beforeAll(async () => {
  scene = await setScene(desk);
  bundle = writeBundle(desk, scene);
  for (const kind of ['good', 'revoked'] as const)
    ports[kind] = await servers.serve({ certFile: scene[kind], keyFile: keyOf(scene[kind]) });
  if (findProgram('go') !== undefined) await buildGoChecker(folder);
}, FIRST_BUILD_MS);
afterAll(() => servers.close());

const FORGERIES = ['foreign', 'altered', 'expired'] as const;
const CLIENTS = [...CRL_CLIENTS, goChecker(folder)];
let visits = 0;

async function visit(client: CrlClient, kind: 'good' | 'revoked', list: keyof Scene['lists']) {
  const path = `/visit-${++visits}`;
  const result = await client.run({
    scene,
    bundle,
    crl: scene.lists[list],
    certFile: scene[kind],
    port: ports[kind],
    path,
  });
  const isAccepted = client.accepts(result);
  if (client.isOnline) expect(servers.saw(path), result.output).toBe(isAccepted);
  return { isAccepted, output: result.output };
}

describe.each(CLIENTS)('$name', (client) => {
  it('accepts what is not on the list, and refuses what is', async (context) => {
    requirePrograms(context, [client.program]);
    const good = await visit(client, 'good', 'current');
    expect(good.isAccepted, good.output).toBe(true);
    const revoked = await visit(client, 'revoked', 'current');
    expect(revoked.isAccepted, revoked.output).toBe(false);
    expect(revoked.output).toMatch(client.complaint);
    // By the list from before, it was not revoked: so it is the list alone that decides.
    expect(await visit(client, 'revoked', 'older')).toMatchObject({ isAccepted: true });
  });
});

describe.each(CLIENTS.filter(({ isListOptional }) => isListOptional !== true))('$name', (client) => {
  it.for(FORGERIES)('accepts nothing by a list that is %s', async (list, context) => {
    requirePrograms(context, [client.program]);
    const { isAccepted, output } = await visit(client, 'good', list);
    expect(isAccepted, output).toBe(false);
  });
});

describe('certtool --verify-crl', () => {
  const verify = (list: keyof Scene['lists']) =>
    run([
      programPath('certtool'),
      '--verify-crl',
      '--load-ca-certificate',
      scene.issuer,
      '--infile',
      scene.lists[list],
    ]);

  it('finds the list good', async (context) => {
    requirePrograms(context, ['certtool']);
    const { exitCode, output } = await verify('current');
    expect(exitCode, output).toBe(0);
  });

  it.for(FORGERIES)('refuses one that is %s', async (list, context) => {
    requirePrograms(context, ['certtool']);
    const { exitCode, output } = await verify(list);
    expect(exitCode, output).not.toBe(0);
  });
});

describe('an older list beside the current one hides nothing', () => {
  it.for(CRL_CLIENTS.filter(({ name }) => /^(?:openssl verify|gnutls|curl|Python)/.test(name)))(
    '$name',
    async (client, context) => {
      requirePrograms(context, [client.program]);
      const { isAccepted, output } = await visit(client, 'revoked', 'olderAndCurrent');
      expect(isAccepted, output).toBe(false);
      expect(output).toMatch(client.complaint);
    },
  );
});

it("Java's revocation checker takes the whole chain by both lists, PEM and DER", async (context) => {
  requirePrograms(context, ['java']);
  const { root, good, revoked, lists } = scene;
  const answers = await askJava([
    `crl ${root} ${good} ${lists.current}`,
    `crl ${root} ${revoked} ${lists.current}`,
    `crl ${root} ${revoked} ${lists.older}`,
    ...FORGERIES.map((list) => `crl ${root} ${good} ${lists[list]}`),
    `crl ${root} ${good} ${lists.currentDer}`, // without the root's list, the issuer can't be checked
  ]);
  expect(answers.slice(0, 3)).toEqual(['good', 'revoked KEY_COMPROMISE', 'good']);
  for (const answer of answers.slice(3)) expect(answer).toMatch(/^refused /);
});

describe('nginx, ssl_crl', () => {
  /** What a client with this certificate gets: the marker, or nothing of it. */
  function visitAs(certFile: string, port: number): Promise<string> {
    const [cert, key, ca] = [certFile, keyOf(certFile), scene.root].map((path) => readFileSync(path));
    return new Promise((resolve) => {
      const socket = connect({ host: '127.0.0.1', port, servername: 'localhost', cert, key, ca }, () =>
        socket.write('GET / HTTP/1.0\r\n\r\n'),
      );
      let answer = '';
      socket.on('data', (chunk) => (answer += chunk.toString()));
      socket.on('error', (cause) => resolve(`refused: ${cause.message}`));
      socket.on('close', () => resolve(answer));
    });
  }

  async function startNginx(crl: string, name: string) {
    const place = subfolder(folder, name);
    const port = await freePort();
    const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
    const config = `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port} ssl;
    ssl_certificate ${scene.good}; ssl_certificate_key ${keyOf(scene.good)};
    ssl_client_certificate ${bundle}; ssl_verify_client on; ssl_verify_depth 2; ssl_crl ${crl};
    location / { default_type text/html; return 200 "${MARKER}\\n"; } } }
`;
    writeFileSync(`${place}/nginx.conf`, config);
    return startServer([programPath('nginx'), '-p', place, '-e', 'stderr', '-c', `${place}/nginx.conf`], port, place);
  }

  it('lets the good client in and the revoked one not, by both lists', async (context) => {
    requirePrograms(context, ['nginx']);
    const nginx = await startNginx(scene.lists.current, 'nginx-current');
    try {
      expect(await visitAs(scene.goodClient, nginx.port)).toContain(MARKER);
      const refused = await visitAs(scene.revokedClient, nginx.port);
      expect(refused).not.toContain(MARKER);
      expect(refused).toContain('The SSL certificate error');
    } finally {
      await nginx.stop();
    }
  });

  it('lets nobody in by a list that has expired', async (context) => {
    requirePrograms(context, ['nginx']);
    const nginx = await startNginx(scene.lists.expired, 'nginx-expired');
    try {
      expect(await visitAs(scene.goodClient, nginx.port)).not.toContain(MARKER);
    } finally {
      await nginx.stop();
    }
  });
});
