/** @module `doctor HOST:PORT` against real servers that are wrong in one way each: the right cause, the right thing to type. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from '../cli/desk.ts';
import { LEAF_EXTENSIONS, signWithOpenssl } from '../clients/openssl-sign.ts';
import { requirePrograms } from '../programs/program.ts';
import { closeServersAfterwards, firstOf, serve, servePlain, unusedTarget } from './broken-servers.ts';

const newDesk = deskMaker('doctor-servers');
closeServersAfterwards();

const desk = newDesk();
const env = { HOME: desk.path('user'), XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined };

beforeAll(async () => {
  await desk.runOrThrow(['localhost', '127.0.0.1']);
  await desk.runOrThrow(['app.test']);
});

type Found = { readonly id: string; readonly why: string; readonly fix: string | null };
type Diagnosed = Printed & { readonly findings: readonly Found[]; readonly passes: readonly string[] };

/** Stores of the machine are left out: they are the same for every server. */
async function diagnose(target: string, words: readonly string[] = [], at: Desk = desk) {
  const { stdout, stderr, exitCode } = await at.run(
    ['doctor', target, '--json', '--stores', 'ios-simulator', ...words],
    {
      env,
    },
  );
  expect(stderr).toBe('');
  return { exitCode, ...(JSON.parse(stdout) as Diagnosed) };
}

const chain = (): string => desk.read('localhost+1.pem');
const key = (): string => desk.path('localhost+1-key.pem');
const issuer = (): string => readFileSync(join(desk.home, 'cas/default/issuer.pem'), 'utf8');
const root = (): string => readFileSync(join(desk.home, 'cas/default/root.pem'), 'utf8');

it('finds a whole server well, by name and by address', async () => {
  const target = await serve({ certPem: chain(), keyFile: key() });
  const well = await diagnose(target);
  expect(well).toMatchObject({ exitCode: 0, findings: [], target });
  expect(well.passes).toEqual([
    'the certificate names localhost and lasts 397 days',
    'the server sends the certificate of the issuer too',
    'it is signed by CA "default" of this home',
  ]);
  expect(await diagnose(target.replace('localhost', '127.0.0.1'))).toMatchObject({ exitCode: 0 });
  expect(await diagnose(`https://${target}/deep/path?x=1`)).toMatchObject({ exitCode: 0, target });
});

describe('the chain', () => {
  it('without the issuer, whatever the version of TLS', async () => {
    for (const minVersion of ['TLSv1.2', 'TLSv1.3'] as const) {
      const target = await serve({ certPem: firstOf(chain()), keyFile: key(), minVersion });
      expect(await diagnose(target)).toMatchObject({
        exitCode: 1,
        findings: [{ id: 'server-chain-missing', fix: 'give it the whole file ./localhost+1.pem' }],
      });
    }
  });

  it('with the root before the issuer is seen on the wire', async () => {
    const target = await serve({ certPem: firstOf(chain()) + root() + issuer(), keyFile: key() });
    expect(await diagnose(target)).toMatchObject({ exitCode: 0, findings: [{ id: 'server-chain-order' }] });
  });
});

describe('the certificate', () => {
  it('for another name', async () => {
    const target = await serve({ certPem: desk.read('app.test.pem'), keyFile: desk.path('app.test-key.pem') });
    expect(await diagnose(target)).toMatchObject({
      exitCode: 1,
      findings: [
        {
          id: 'server-name',
          why: 'the certificate names app.test, not localhost',
          fix: 'mintmark app.test localhost --cert-file ./app.test.pem --key-file ./app.test-key.pem',
        },
      ],
    });
  });

  it('that the server read before a newer one was made', async () => {
    const target = await serve({ certPem: desk.read('app.test.pem'), keyFile: desk.path('app.test-key.pem') });
    await desk.runOrThrow(['app.test', 'localhost', '--cert-file', 'app.test.pem', '--key-file', 'app.test-key.pem']);
    const { findings } = await diagnose(target);
    expect(findings[0]?.fix).toBe(
      'restart or reload the server: ./app.test.pem holds a certificate that names localhost',
    );
  });

  it.each([
    ['expired', -48, -24, 'server-expired'],
    ['not begun', 24, 48, 'server-not-yet-valid'],
  ])('that is %s', async (_what, from, to, id) => {
    const hour = 3_600_000;
    const by = {
      certFile: join(desk.home, 'cas/default/issuer.pem'),
      chainFile: join(desk.home, 'cas/default/issuer.pem'),
    };
    const signed = await signWithOpenssl(desk.folder, {
      by: { ...by, keyFile: join(desk.home, 'cas/default/issuer-key.pem') },
      subject: '/O=Odd',
      extensions: [...LEAF_EXTENSIONS, 'subjectAltName=DNS:localhost'],
      notBefore: new Date(Date.now() + from * hour),
      notAfter: new Date(Date.now() + to * hour),
    });
    const target = await serve({ certPem: readFileSync(signed.chainFile, 'utf8'), keyFile: signed.keyFile });
    expect(await diagnose(target)).toMatchObject({ exitCode: 1, findings: [{ id }] });
  });

  it('that signs itself', async () => {
    await desk.runOrThrow(['self-signed', 'localhost', '--out', 'own']);
    const target = await serve({
      certPem: desk.read('own/localhost.pem'),
      keyFile: desk.path('own/localhost-key.pem'),
    });
    expect(await diagnose(target)).toMatchObject({
      exitCode: 1,
      findings: [{ id: 'server-self-signed', fix: 'mintmark localhost' }],
    });
  });

  it('for clients', async () => {
    await desk.runOrThrow(['localhost', '--client', '--out', 'client']);
    const [cert, keyFile] = ['client/localhost-client.pem', 'client/localhost-client-key.pem'];
    const target = await serve({ certPem: desk.read(cert), keyFile: desk.path(keyFile) });
    expect(await diagnose(target)).toMatchObject({ exitCode: 1, findings: [{ id: 'server-usage' }] });
  });

  it('of another home, and of no home at all', async () => {
    const target = await serve({ certPem: chain(), keyFile: key() });
    const other = newDesk();
    expect(await diagnose(target, [], other)).toMatchObject({ exitCode: 1, findings: [{ id: 'server-unknown-ca' }] });
    await other.runOrThrow(['localhost']);
    expect(await diagnose(target, [], other)).toMatchObject({ exitCode: 1, findings: [{ id: 'server-unknown-ca' }] });
  });

  it('of another CA with the same name', async () => {
    const twin = newDesk();
    for (const at of [desk, twin]) await at.runOrThrow(['ca', 'create', 'twin', '--subject', 'O=Twins, CN=Twin']);
    await twin.runOrThrow(['localhost', '--ca', 'twin']);
    const target = await serve({ certPem: twin.read('localhost.pem'), keyFile: twin.path('localhost-key.pem') });
    expect(await diagnose(target)).toMatchObject({ exitCode: 1, findings: [{ id: 'server-namesake-ca' }] });
    expect(await diagnose(target, [], twin)).toMatchObject({ exitCode: 0, findings: [] });
  });
});

describe('no handshake at all', () => {
  it('plain HTTP on that port', async () => {
    expect(await diagnose(await servePlain())).toMatchObject({ exitCode: 1, findings: [{ id: 'server-plain-http' }] });
  });

  it('nothing that listens', async () => {
    expect(await diagnose(await unusedTarget())).toMatchObject({ exitCode: 1, findings: [{ id: 'server-down' }] });
  });

  it('a name that leads nowhere', async () => {
    expect(await diagnose('nowhere.invalid:443')).toMatchObject({
      exitCode: 1,
      findings: [{ id: 'server-unresolved' }],
    });
  });
});

describe('as people see it', () => {
  it('says what is wrong, why and what to type, before what is well', async () => {
    const target = await serve({ certPem: firstOf(chain()), keyFile: key() });
    const { stdout, exitCode } = await desk.run(['doctor', target, '--stores', 'ios-simulator'], { env });
    expect(exitCode).toBe(1);
    expect(stdout).toBe(
      `  ✗ clients refuse ${target}\n` +
        "    why  the server sends its own certificate but not the issuer's\n" +
        '    fix  give it the whole file ./localhost+1.pem\n' +
        '  ✓ the certificate names localhost and lasts 397 days\n' +
        '  ✓ it is signed by CA "default" of this home\n',
    );
  });

  it('names who refuses under --live', async (context) => {
    requirePrograms(context, ['curl', 'chromium']);
    const target = await serve({
      certPem: desk.read('own/localhost.pem'),
      keyFile: desk.path('own/localhost-key.pem'),
    });
    const { stdout } = await desk.run(['doctor', target, '--live', '--stores', 'ios-simulator'], { env });
    expect(stdout).toMatch(/^ {2}✗ curl, .*Chromium refuse localhost:\d+\n {4}why {2}its certificate is self-signed\n/);
  });
});
