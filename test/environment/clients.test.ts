/**
 * @module `mintmark exec -- CLIENT` with real programs: each trusts our certificates then, and only then; refuses what a thief signed
 * outside the scope; and goes on trusting what its user had told it to trust.
 */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { jdkCommand } from '../programs/java.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { PLAIN_CLIENTS, type PlainClient } from './plain-clients.ts';
import { Scene, type Seen } from './scene.ts';

const folder = scratchFolder('environment');
let scene: Scene;
beforeAll(async () => {
  scene = await Scene.open(folder);
});
afterAll(() => scene.close());

const ACCEPTED = { accepted: true, requestArrived: true };
const REFUSED = { accepted: false, requestArrived: false };

function expectSeen({ detail, ...seen }: Seen, expected: typeof ACCEPTED): void {
  expect(seen, detail).toEqual(expected);
}

const clientOf = (name: string): PlainClient => {
  const found = PLAIN_CLIENTS.find((client) => client.name === name);
  if (found === undefined) throw new Error(`no client ${name}`);
  return found;
};

describe.each(PLAIN_CLIENTS)('$name', (client) => {
  it('trusts our certificate through exec, and not without', async (context) => {
    requirePrograms(context, client.programs);
    expectSeen(await scene.visit(client, { site: 'ours', isThroughExec: false }), REFUSED);
    expectSeen(await scene.visit(client, { site: 'ours', isThroughExec: true }), ACCEPTED);
  });

  it('refuses a certificate outside the scope, though our own key signed it', async (context) => {
    requirePrograms(context, client.programs);
    expectSeen(await scene.visit(client, { site: 'forged', isThroughExec: true }), REFUSED);
  });

  it('refuses a CA that nobody told it of', async (context) => {
    requirePrograms(context, client.programs);
    expectSeen(await scene.visit(client, { site: 'company', isThroughExec: true }), REFUSED);
  });

  const variable = client.ownVariable;
  if (variable === null) return;
  it(`trusts what the user named in ${variable}, beside ours`, async (context) => {
    requirePrograms(context, client.programs);
    const env = { [variable]: scene.companyRootFile };
    expectSeen(await scene.visit(client, { site: 'company', isThroughExec: true, env }), ACCEPTED);
    expectSeen(await scene.visit(client, { site: 'ours', isThroughExec: true, env }), ACCEPTED);
  });
});

it('wget keeps what its user has in a wgetrc', async (context) => {
  requirePrograms(context, ['wget']);
  const wgetrc = join(folder, 'own-wgetrc');
  writeFileSync(wgetrc, `header = X-Kept: yes\nca_certificate = ${scene.companyRootFile}`);
  const env = { WGETRC: wgetrc };
  expectSeen(await scene.visit(clientOf('wget'), { site: 'company', isThroughExec: true, env }), ACCEPTED);
  expectSeen(await scene.visit(clientOf('wget'), { site: 'ours', isThroughExec: true, env }), ACCEPTED);
});

it('git keeps what its user has configured', async (context) => {
  requirePrograms(context, ['git']);
  writeFileSync(join(folder, 'own-gitconfig'), `[http]\n\tsslCAInfo = "${scene.companyRootFile}"\n`);
  const env = { GIT_CONFIG_GLOBAL: join(folder, 'own-gitconfig') };
  expectSeen(await scene.visit(clientOf('git'), { site: 'company', isThroughExec: true, env }), ACCEPTED);
  expectSeen(await scene.visit(clientOf('git'), { site: 'ours', isThroughExec: true, env }), ACCEPTED);
});

it('npm keeps the roots of its own configuration, which would hide ours', async (context) => {
  requirePrograms(context, ['npm']);
  const userConfig = join(folder, 'own-npmrc');
  writeFileSync(userConfig, `cafile=${scene.companyRootFile}\nfetch-retries=0\nupdate-notifier=false\n`);
  const env = { NPM_CONFIG_USERCONFIG: userConfig };
  expectSeen(await scene.visit(npm, { site: 'ours', isThroughExec: false, env }), REFUSED);
  expectSeen(await scene.visit(npm, { site: 'ours', isThroughExec: true, env }), ACCEPTED);
});

/** The server is no registry: npm accepted it when what it complains about is the answer. */
const npm: PlainClient = {
  name: 'npm',
  programs: ['npm'],
  ownVariable: null,
  command: ({ host, port, path }) => {
    const registry = `https://${host}:${port}${path}/`;
    return [programPath('npm'), 'view', '--registry', registry, 'some-package'];
  },
  isAccepted: ({ output }) => !/CERT|UNABLE_TO/.test(output),
};

it('requests follows a folder of certificates that its user named', async (context) => {
  requirePrograms(context, ['python3']);
  const certificates = subfolder(folder, 'certificates');
  writeFileSync(join(certificates, 'company.pem'), await readPem(scene.companyRootFile));
  const env = { REQUESTS_CA_BUNDLE: certificates };
  expectSeen(await scene.visit(clientOf('python requests'), { site: 'company', isThroughExec: true, env }), ACCEPTED);
  expectSeen(await scene.visit(clientOf('python requests'), { site: 'ours', isThroughExec: true, env }), ACCEPTED);
});

it('java keeps the roots of its own list, and what its user told every Java', async (context) => {
  requirePrograms(context, ['java', 'javac', 'keytool']);
  const jdk = join(folder, 'jdk');
  mkdirSync(join(jdk, 'lib/security'), { recursive: true });
  const store = ['-keystore', join(jdk, 'lib/security/cacerts'), '-storepass', 'secret', '-storetype', 'JKS'];
  const entry = ['-noprompt', '-alias', 'company', '-file', scene.companyRootFile];
  await runOrThrow(jdkCommand('keytool', '-importcert', ...entry, ...store));
  const env = { JAVA_HOME: jdk, JAVA_TOOL_OPTIONS: '-Dnote="two words" -Djavax.net.ssl.trustStorePassword=other' };
  expectSeen(await scene.visit(clientOf('java'), { site: 'company', isThroughExec: true, env }), ACCEPTED);
  expectSeen(await scene.visit(clientOf('java'), { site: 'ours', isThroughExec: true, env }), ACCEPTED);
});

it('still trusts every root of the system', async (context) => {
  requirePrograms(context, ['node']);
  const program = `
    const { readFileSync } = require('node:fs');
    const { X509Certificate } = require('node:crypto');
    const blocks = (file) => readFileSync(file, 'utf8').match(/-----BEGIN CERT[^]+?-----END CERTIFICATE-----/g) ?? [];
    const digests = (file) => blocks(file).map((pem) => new X509Certificate(pem).fingerprint256);
    const mine = new Set(digests(process.env.SSL_CERT_FILE));
    const system = digests(process.argv[1]);
    console.log(JSON.stringify({ lost: system.filter((one) => !mine.has(one)).length, extra: mine.size - new Set(system).size }));
  `;
  const system = '/etc/ssl/certs/ca-certificates.crt';
  const words = [...scene.exec(), process.execPath, '-e', program, system];
  const { stdout } = await runOrThrow(words, { env: scene.environment() });
  expect(JSON.parse(stdout)).toEqual({ lost: 0, extra: 1 });
});

it('works a second time from within itself', async (context) => {
  requirePrograms(context, ['curl']);
  const nested = { ...clientOf('curl'), command: nest(clientOf('curl')) };
  const env = { CURL_CA_BUNDLE: scene.companyRootFile };
  expectSeen(await scene.visit(nested, { site: 'ours', isThroughExec: true, env }), ACCEPTED);
  expectSeen(await scene.visit(nested, { site: 'company', isThroughExec: true, env }), ACCEPTED);
});

const nest =
  (client: PlainClient): PlainClient['command'] =>
  async (visit, place) => [...scene.exec(), ...(await client.command(visit, place))];

async function readPem(file: string): Promise<string> {
  return (await runOrThrow([programPath('openssl'), 'x509', '-in', file])).stdout;
}
