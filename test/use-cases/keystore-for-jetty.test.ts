/**
 * @module A key store for Jetty: certbot's files become one PKCS#12 file in a machine-wide folder, under the alias `jetty`, with a password
 * file that only its owner reads. Jetty and Tomcat of the distribution serve with it, from checkouts of their own; then it is renewed.
 */
import { existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { startServer } from '../clients/real-servers.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';
import { requireFiles } from '../keystores/scene.ts';
import { countingJava } from '../programs/java.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const NAME = 'singularity-registry.test';
const newDesk = deskMaker('keystore-for-jetty');
const desk = newDesk();
const LIVE = `config/live/${NAME}`;
const KEYSTORE = 'machine/keystore.p12';

/** What people type, in place of `openssl pkcs12 -export … -name jetty -caname root -password file:…`. */
const COMMAND = [
  'keystore',
  '--cert',
  `${LIVE}/fullchain.pem`,
  '--out',
  KEYSTORE,
  '--alias',
  'jetty',
  '--password-file',
  'machine/password',
];

const jar = (name: string): string => `/usr/share/java/${name}.jar`;
const SERVERS = [
  {
    name: 'Jetty',
    source: 'JettyServer.java',
    jars: ['jetty9-server', 'jetty9-http', 'jetty9-io', 'jetty9-util', 'servlet-api'].map(jar),
  },
  { name: 'Tomcat', source: 'TomcatServer.java', jars: ['tomcat10-embed-core'].map(jar) },
];
type JavaServer = (typeof SERVERS)[number];

let issued = 0;

/** As certbot lays it out: numbered files in `archive`, links to the newest in `live`. */
async function obtain(...options: readonly string[]): Promise<void> {
  await desk.json([NAME, 'localhost', '--out', 'ca', ...options]);
  const text = (file: string): string => desk.read(`ca/${NAME}+1${file}`);
  const [leaf = '', issuer = ''] = text('.pem').split(/(?<=-----END CERTIFICATE-----\n)/);
  const files = { cert: leaf, chain: issuer, fullchain: leaf + issuer, privkey: text('-key.pem') };
  issued++;
  for (const folder of [LIVE, `config/archive/${NAME}`]) mkdirSync(desk.path(folder), { recursive: true, mode: 0o700 });
  for (const [name, content] of Object.entries(files)) {
    desk.write(`config/archive/${NAME}/${name}${issued}.pem`, content);
    const link = desk.path(`${LIVE}/${name}.pem`);
    await runOrThrow(['rm', '-f', link]);
    symlinkSync(`../../archive/${NAME}/${name}${issued}.pem`, link);
  }
}

beforeAll(async () => {
  await obtain();
  subfolder(desk.folder, 'machine');
  desk.write('machine/password', 'S0me long passw0rd, with blanks\n');
});

it('one command makes it, for its owner alone', async () => {
  const { stdout } = await desk.runOrThrow(COMMAND);
  expect(stdout).toContain('key, leaf and 1 issuer');
  expect(stdout).toMatch(/alias +jetty\n/);
  expect(desk.mode(KEYSTORE)).toBe(0o600);
  const all = ['--key', `${LIVE}/privkey.pem`, '--chain', `${LIVE}/chain.pem`];
  const printed = await desk.json([...COMMAND, ...all]);
  expect(printed).toMatchObject({ alias: 'jetty', names: [NAME, 'localhost'], certificates: { length: 2 } });
});

function requireServer(context: TestContext, { jars }: JavaServer): void {
  requirePrograms(context, ['java', 'curl']);
  requireFiles(context, jars);
}

/** What starts a server by the properties of the machine, which are written, and where it writes down what it was asked for. */
async function prepare({ source, jars }: JavaServer, passwordFile = desk.path('machine/password')) {
  const port = await freePort();
  const properties = { httpsport: port, keystorepath: desk.path(KEYSTORE), keystorepasswordpath: passwordFile };
  const lines = Object.entries(properties).map(([key, value]) => `${key}=${value}\n`);
  writeFileSync(desk.path('machine/https.properties'), lines.join(''), { mode: 0o600 });
  const log = desk.path(`requests-${port}`);
  const path = fileURLToPath(new URL(`sources/${source}`, import.meta.url));
  const words = ['-cp', jars.join(':'), path, desk.path('machine/https.properties'), log];
  return { port, log, command: countingJava(...words) };
}

/** Starts it in a checkout of its own. */
async function start(javaServer: JavaServer) {
  const { port, log, command } = await prepare(javaServer);
  const server = await startServer(command, port, subfolder(desk.folder, `checkout-of-${javaServer.name}`));
  return { ...server, requests: () => (existsSync(log) ? readFileSync(log, 'utf8') : '') };
}

/** curl, with nothing to trust but this root, and a pin if there is one. */
function visit(url: string, port: number, rootFile: unknown, ...pin: readonly string[]) {
  const { hostname } = new URL(url);
  const place = [
    '--resolve',
    `${hostname}:${port}:127.0.0.1`,
    '--noproxy',
    '*',
    '--capath',
    '/nowhere',
    '--max-time',
    '15',
  ];
  return run([programPath('curl'), '-q', '-sS', ...place, '--cacert', String(rootFile), ...pin, url]);
}

const rootOf = async (at = desk): Promise<unknown> => (await at.json(['ca', 'show']))['rootFile'];

describe.each(SERVERS)('$name', (javaServer) => {
  it('serves with it: curl accepts every name by our root, and refuses by another', async (context) => {
    requireServer(context, javaServer);
    const stranger = newDesk();
    await stranger.json(['localhost']);
    const server = await start(javaServer);
    try {
      const root = await rootOf();
      for (const host of [NAME, 'localhost']) {
        const { stdout, stderr } = await visit(`https://${host}:${server.port}/from-${host}`, server.port, root);
        expect(stdout, stderr).toMatch(new RegExp(`^served by .*${javaServer.name}`));
      }
      expect(
        (await visit(`https://${NAME}:${server.port}/stranger`, server.port, await rootOf(stranger))).exitCode,
      ).toBe(60);
      expect((await visit(`https://other.test:${server.port}/other`, server.port, root)).exitCode).toBe(60);
      expect(server.requests()).toBe(`/from-${NAME}\n/from-localhost\n`);
    } finally {
      await server.stop();
    }
  });

  it('does not start with another password', async (context) => {
    requireServer(context, javaServer);
    const { command } = await prepare(javaServer, desk.write('machine/wrong', 'another password\n'));
    const { exitCode, output } = await run(command, { cwd: subfolder(desk.folder, 'shut') });
    expect({ exitCode, output }).toEqual({
      exitCode: 1,
      output: expect.stringContaining('keystore password was incorrect') as unknown,
    });
  });
});

it('a renewal goes by the same command, without --force, and Jetty serves the new certificate', async (context) => {
  const [jetty] = SERVERS;
  if (jetty === undefined) return expect.fail();
  requireServer(context, jetty);
  const before = await desk.json(COMMAND);
  await obtain('--new-key');
  const after = await desk.json(COMMAND);
  expect(desk.mode(KEYSTORE)).toBe(0o600);
  const server = await start(jetty);
  try {
    const root = await rootOf();
    const pinOf = ({ pins }: Readonly<Record<string, unknown>>): string =>
      `sha256//${(pins as { spkiSha256Base64: string }).spkiSha256Base64}`;
    const url = `https://${NAME}:${server.port}/renewed`;
    expect((await visit(url, server.port, root, '--pinnedpubkey', pinOf(before))).exitCode).toBe(90);
    expect((await visit(url, server.port, root, '--pinnedpubkey', pinOf(after))).stdout).toContain('Jetty');
    expect(server.requests()).toBe('/renewed\n');
  } finally {
    await server.stop();
  }
});

it('a file that somebody else put there stays', async () => {
  await runOrThrow(['cp', desk.path(`${LIVE}/fullchain.pem`), desk.path('machine/theirs.p12')]);
  const refusal = await desk.refusal(COMMAND.map((word) => (word === KEYSTORE ? 'machine/theirs.p12' : word)));
  expect(refusal).toMatchObject({ exitCode: 1, code: 'FILE_EXISTS' });
});
