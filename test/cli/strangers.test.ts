/**
 * @module What strangers hand in: requests and certificates whose text wants to steer a terminal, or a CA's scope.
 */
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker, type Desk } from './desk.ts';
import { openssl } from './minted-facts.ts';

const newDesk = deskMaker('strangers');
const ESCAPE = '\u001b';
const EC = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', 'stranger-key.pem'];

const request = (desk: Desk, subject: string, san: string) =>
  openssl(['req', '-new', ...EC, '-subj', subject, '-addext', `subjectAltName=${san}`, '-out', 'stranger.csr'], {
    cwd: desk.folder,
  });

describe('text that steers a terminal', () => {
  it('is escaped by inspect, pin, pin --check and sign', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const subject = `/O=a${ESCAPE}[2Jb/CN=evil.test`;
    await request(desk, subject, 'DNS:evil.test');
    const made = ['-new', '-x509', ...EC, '-subj', subject, '-days', '5', '-out', 'evil.pem'];
    await openssl(['req', ...made], { cwd: desk.folder });
    const [pinned] = (await desk.json(['pin', 'evil.pem']))['targets'] as { spkiSha256Base64: string }[];
    const pin = `sha256//${pinned?.spkiSha256Base64 ?? ''}`;
    for (const words of [
      ['inspect', 'evil.pem'],
      ['inspect', 'stranger.csr'],
      ['pin', 'evil.pem'],
      ['pin', 'evil.pem', '--check', pin],
      ['sign', 'stranger.csr', '--dry-run'],
    ]) {
      const { output } = await desk.run(words);
      expect(output, words.join(' ')).not.toContain(ESCAPE);
    }
    expect((await desk.run(['inspect', 'evil.pem'])).output).toContain('\\u{1b}[2J');
  });
});

describe('a request for names of others', () => {
  it('widens no scope, and leaves no CA behind', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await request(desk, '/CN=bank.com', 'DNS:bank.com');
    expect(await desk.refusal(['sign', 'stranger.csr'])).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });

  it('may be met by a name that the signer types', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await request(desk, '/CN=www.bank.com', 'DNS:www.bank.com');
    const signed = await desk.json(['sign', 'stranger.csr', '--add-name', 'bank.com']);
    expect(signed).toMatchObject({ names: ['www.bank.com', 'bank.com'] });
  });

  it('loses an e-mail address of its subject that verifiers would hold against the scope', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    await request(desk, '/O=Acme/CN=app.test/emailAddress=a@gmail.com', 'DNS:app.test');
    const { certFile } = (await desk.json(['sign', 'stranger.csr'])) as { certFile: string };
    const { rootFile } = (await desk.json(['ca', 'show'])) as { rootFile: string };
    const { exitCode, output } = await openssl([
      'verify',
      '-x509_strict',
      '-CAfile',
      rootFile,
      '-untrusted',
      certFile,
      certFile,
    ]);
    expect(exitCode, output).toBe(0);
  });
});

describe('a subject of one’s own', () => {
  it.each([
    ['b.test', 'CN=b.test, emailAddress=me@gmail.com'],
    ['127.0.0.1', 'CN=bank.com'],
  ])('for %s is held against the scope: %s', async (name, subject) => {
    const refusal = await newDesk().refusal(['mint', name, '--subject', subject]);
    expect(refusal).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
  });
});
