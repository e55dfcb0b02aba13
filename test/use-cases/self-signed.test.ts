/**
 * @module One self-signed certificate, as `openssl req -nodes -x509 -newkey rsa:4096 -keyout server.key -out server.cert -sha256 -days 3650`
 * makes it: the same two files, and a client that is given the certificate accepts it.
 */
import { createServer } from 'node:https';
import { afterAll, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';
import { daysOf, isPair, openssl, readCertificates, readLeaf } from '../cli/minted-facts.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';

const desk = deskMaker('self-signed')();
const server = createServer((_request, response) => response.end('hello\n'));
afterAll(() => new Promise((done) => server.close(done)));

it('is made by one command and accepted by curl --cacert', async (context) => {
  requirePrograms(context, ['openssl', 'curl']);
  const words = ['--key', 'rsa-4096', '--days', '3650', '--key-file', 'server.key', '--cert-file', 'server.cert'];
  await desk.runOrThrow(['self-signed', 'localhost', ...words]);
  expect(readCertificates(desk.path('server.cert'))).toHaveLength(1);
  const certificate = readLeaf(desk.path('server.cert'));
  expect(certificate.publicKey.asymmetricKeyDetails?.modulusLength).toBe(4096);
  expect(daysOf(certificate)).toBe(3650);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(desk.read('server.key')).toMatch(/^-----BEGIN PRIVATE KEY-----/);
  expect(isPair(desk.path('server.cert'), desk.path('server.key'))).toBe(true);
  const { stdout } = await openssl(['x509', '-in', 'server.cert', '-noout', '-text'], { cwd: desk.folder });
  expect(stdout).toContain('sha256WithRSAEncryption');
  server.setSecureContext({ cert: desk.read('server.cert'), key: desk.read('server.key') });
  const port = await listen(server, 0, '127.0.0.1');
  const visit = (root: string) =>
    run([
      programPath('curl'),
      '-q',
      '-sS',
      '--noproxy',
      '*',
      '--capath',
      '/nowhere',
      '--cacert',
      root,
      `https://localhost:${port}/`,
    ]);
  expect(await visit(desk.path('server.cert'))).toMatchObject({ exitCode: 0, stdout: 'hello\n' });
  await desk.json(['self-signed', 'localhost', '--cert-file', 'other.cert', '--key-file', 'other.key']);
  expect(await visit(desk.path('other.cert'))).toMatchObject({ exitCode: 60, stdout: '' });
});

it('needs no CA, and makes none', async () => {
  expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
});
