/**
 * @module What stays as it was when the certificate changes: whom the server takes clients of, versions, protocols, contexts of other
 * names. What doesn't: sessions. And which options there are.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer as createHttpServer } from 'node:http';
import { connect as connectHttp2, createSecureServer } from 'node:http2';
import { createServer as createHttpsServer, request, type ServerOptions } from 'node:https';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect, createServer as createTlsServer } from 'node:tls';
import { describe, expect, it, vi } from 'vitest';
import { createServer, keepCertificateFresh } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { openssl } from '../cli/minted-facts.ts';
import { requirePrograms } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createCertificate } from './certificates.ts';
import * as served from './served-files.ts';

const { authority, closeLater, keep, nextIdentity, place, placeFirst, replaceFile, shownBy, until, waitFor } = served;
const scratch = scratchFolder('fresh-options');

/** A pair of files, what is in them, and what will be. */
function begin() {
  const [first, next] = [nextIdentity(), nextIdentity()];
  const placed = placeFirst(scratch, first);
  const { certFile, keyFile } = placed;
  return { first, next, placed, files: { certFile, keyFile } };
}

type Files = { readonly certFile: string; readonly keyFile: string; readonly onRenewed?: () => void };

const MAKERS = {
  createServer: (files: Files, https: ServerOptions) => createServer({ ...https, ...files }),
  keepCertificateFresh: (files: Files, https: ServerOptions) => {
    const identity = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    const server = createHttpsServer({ ...identity, ...https });
    keepCertificateFresh(server, files);
    return server;
  },
};

describe.concurrent.each(Object.entries(MAKERS))('%s', (_name, make) => {
  const open = async (https: ServerOptions) => {
    const begun = begin();
    const requests: string[] = [];
    let isRenewed = false;
    const server = make({ ...begun.files, onRenewed: () => void (isRenewed = true) }, https);
    server.on('request', ({ url }, response) => {
      requests.push(url ?? '');
      response.end('answer');
    });
    server.on('tlsClientError', () => {});
    closeLater(server);
    const renew = async (): Promise<void> => {
      place(begun.placed, begun.next);
      await until(() => isRenewed);
    };
    return { ...begun, server, requests, renew, port: await listen(server, 0, '127.0.0.1') };
  };

  it('takes the same clients as before', async () => {
    const clients = createCertificate('clients', { ca: true });
    const others = createCertificate('clients', { ca: true });
    const { port, requests, renew } = await open({ requestCert: true, ca: clients.pem });
    const visit = (path: string, own?: ReturnType<typeof nextIdentity>): Promise<string> =>
      new Promise((resolve) => {
        const identity = own === undefined ? {} : { cert: own.pem, key: own.keyPem };
        const outgoing = request(
          { port, host: 'localhost', path, ca: authority.pem, agent: false, ...identity },
          (response) => {
            response.resume();
            resolve('answered');
          },
        );
        outgoing.on('error', () => resolve('refused'));
        outgoing.end();
      });
    const member = createCertificate('member', { issuer: clients });
    const stranger = createCertificate('member', { issuer: others });
    // Of the CA that the server's own certificate comes from, too.
    const neighbour = createCertificate('member', { issuer: authority });
    const visitAll = () =>
      Promise.all([
        visit('/member', member),
        visit('/none'),
        visit('/stranger', stranger),
        visit('/neighbour', neighbour),
      ]);
    expect(await visitAll()).toEqual(['answered', 'refused', 'refused', 'refused']);
    await renew();
    expect(await visitAll()).toEqual(['answered', 'refused', 'refused', 'refused']);
    expect(requests).toEqual(['/member', '/member']);
  });

  it('keeps to its versions, ciphers and protocols', async () => {
    const { port, renew, next } = await open({
      minVersion: 'TLSv1.2',
      maxVersion: 'TLSv1.2',
      ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      ALPNProtocols: ['one', 'two'],
    });
    const look = (): Promise<unknown> =>
      new Promise((resolve, reject) => {
        const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, ALPNProtocols: ['two'] }, () => {
          resolve([socket.getProtocol(), socket.getCipher().name, socket.alpnProtocol]);
          socket.destroy();
        });
        socket.on('error', reject);
      });
    const usual = ['TLSv1.2', 'ECDHE-ECDSA-AES256-GCM-SHA384', 'two'];
    expect(await look()).toEqual(usual);
    await renew();
    expect([await look(), await shownBy(port)]).toEqual([usual, next.certPin]);
    expect(await shownBy(port, { minVersion: 'TLSv1.3' })).toMatch(/alert/);
    expect(await shownBy(port, { maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' })).toMatch(/alert/);
  });

  it('answers other names with their own contexts', async () => {
    const { port, renew, server, next } = await open({});
    const other = nextIdentity({ names: ['other.test'] });
    server.addContext('other.test', { cert: other.pem, key: other.keyPem });
    expect(await shownBy(port, { servername: 'other.test' })).toBe(other.certPin);
    await renew();
    expect(await shownBy(port, { servername: 'other.test' })).toBe(other.certPin);
    expect(await shownBy(port, { servername: 'localhost' })).toBe(next.certPin);
  });

  it.each(['TLSv1.2', 'TLSv1.3'] as const)(
    'resumes no %s session of before, with ticket keys of its own either',
    async (maxVersion) => {
      const { port, renew, first, next } = await open({ maxVersion, ticketKeys: Buffer.alloc(48, 7) });
      const visit = (
        session?: Buffer,
      ): Promise<{ isReused: boolean; shown: string | undefined; session: Buffer | undefined }> =>
        new Promise((resolve, reject) => {
          let [latest, isReused, shown]: [Buffer | undefined, boolean, string | undefined] = [
            undefined,
            false,
            undefined,
          ];
          const socket = connect({
            port,
            host: '127.0.0.1',
            rejectUnauthorized: false,
            ...(session === undefined ? {} : { session }),
          });
          socket.on('session', (fresh: Buffer) => (latest = fresh));
          socket.on('secureConnect', () => {
            [isReused, shown] = [socket.isSessionReused(), socket.getPeerCertificate().fingerprint256];
            socket.write('GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n');
          });
          socket.resume();
          socket.on('error', reject);
          socket.on('close', () => resolve({ isReused, shown, session: latest }));
        });
      const one = await visit();
      const two = await visit(one.session);
      expect([one.isReused, one.shown, two.isReused]).toEqual([false, first.certPin, true]);
      await renew();
      expect(await visit(two.session ?? one.session)).toMatchObject({ isReused: false, shown: next.certPin });
    },
  );
});

describe.concurrent('takes servers', () => {
  it('of node:tls, made without a certificate', async () => {
    const { files, placed, first, next } = begin();
    const server = createTlsServer({}, (socket) => socket.end('hello'));
    const kept = keepCertificateFresh(server, files);
    closeLater(server);
    const port = await listen(server, 0, '127.0.0.1');
    expect([await shownBy(port), kept.certificate.fingerprint256]).toEqual([first.certPin, first.certPin]);
    place(placed, next);
    await waitFor(port, next);
    expect(kept.certificate.fingerprint256).toBe(next.certPin);
  });

  it('of node:http2', async () => {
    const { files, placed, next } = begin();
    const server = createSecureServer({ allowHTTP1: true }, (_request, response) => response.end('answer'));
    keepCertificateFresh(server, files);
    closeLater(server);
    const port = await listen(server, 0, '127.0.0.1');
    const session = connectHttp2(`https://localhost:${port}`, { ca: authority.pem });
    const visit = async (): Promise<unknown> => {
      const [headers] = (await once(session.request({ ':path': '/' }).resume(), 'response')) as [
        Record<string, unknown>,
      ];
      return headers[':status'];
    };
    expect(await visit()).toBe(200);
    place(placed, next);
    await waitFor(port, next);
    expect(await visit()).toBe(200);
    session.close();
  });

  it('that listen again, and not those that are closed', async () => {
    const { files, placed, first, next } = begin();
    const { server, renewed, port } = await keep(files);
    server.close();
    await once(server, 'close');
    place(placed, next);
    await sleep(400);
    expect(renewed).toEqual([]);
    await listen(server, port, '127.0.0.1');
    await waitFor(port, next);
    expect([renewed, first.certPin === next.certPin]).toEqual([[next.certPin], false]);
  });

  it('until told otherwise', async () => {
    const { files, placed, first, next } = begin();
    const { port, close, server } = await keep(files);
    close();
    place(placed, next);
    await sleep(1300);
    expect(await shownBy(port)).toBe(first.certPin);
    const untouched = createHttpsServer();
    for (const event of ['close', 'listening'])
      expect(server.listenerCount(event)).toBeLessThanOrEqual(untouched.listenerCount(event));
  });
});

describe.concurrent('takes keys', () => {
  it('behind a passphrase in a file, of which the first line counts', async (context) => {
    requirePrograms(context, ['openssl']);
    const { files, placed, next } = begin();
    const passphraseFile = join(placed.folder, 'passphrase');
    const write = async (passphrase: string, own: typeof next): Promise<void> => {
      writeFileSync(join(placed.folder, 'plain'), own.keyPem);
      const words = [
        'pkcs8',
        '-topk8',
        '-in',
        join(placed.folder, 'plain'),
        '-out',
        `${placed.keyFile}.2`,
        '-passout',
        'stdin',
      ];
      await openssl(words, { input: passphrase });
      replaceFile(passphraseFile, `${passphrase}\r\nsecond line\n`);
      replaceFile(placed.keyFile, readFileSync(`${placed.keyFile}.2`));
      replaceFile(placed.certFile, served.chainPem(own));
    };
    const first = nextIdentity();
    await write(' a phrase ', first);
    const { port, faults } = await keep({ ...files, passphraseFile });
    expect(await shownBy(port)).toBe(first.certPin);
    await write('another', next);
    await waitFor(port, next);
    replaceFile(passphraseFile, 'wrong');
    await until(() => faults.length > 0);
    expect(faults).toMatchObject([
      { code: 'SERVED_FILES_UNUSABLE', message: expect.stringMatching(/passphrase does not open/) as string },
    ]);
    expect([await shownBy(port), JSON.stringify(faults)]).toEqual([
      next.certPin,
      expect.not.stringMatching(/another|wrong/),
    ]);
  });

  it('in a PKCS#12 file', async (context) => {
    requirePrograms(context, ['openssl']);
    const { placed, first, next } = begin();
    const p12File = join(placed.folder, 'server.p12');
    const write = async (own: typeof next): Promise<void> => {
      place(placed, own);
      const words = [
        'pkcs12',
        '-export',
        '-in',
        placed.certFile,
        '-inkey',
        placed.keyFile,
        '-out',
        `${p12File}.2`,
        '-passout',
        'stdin',
      ];
      await openssl(words, { input: 'secret' });
      replaceFile(p12File, readFileSync(`${p12File}.2`));
    };
    await write(first);
    const { port, faults } = await keep({ p12File, passphrase: 'secret' });
    expect([await shownBy(port), await served.chainLengthOf(port)]).toEqual([first.certPin, 2]);
    await write(next);
    await waitFor(port, next);
    writeFileSync(p12File, readFileSync(p12File).subarray(0, 500));
    await until(() => faults.length > 0);
    expect([faults.map(({ code }) => code), await shownBy(port)]).toEqual([['SERVED_FILES_UNUSABLE'], next.certPin]);
  });
});

describe('at the start', () => {
  it.each<[string, string, (placed: served.PairFiles) => void]>([
    ['files that are not there', 'SERVED_FILE_UNREADABLE', ({ certFile }) => rmSync(certFile)],
    ['the key of another', 'SERVED_PAIR_MISMATCH', ({ keyFile }) => writeFileSync(keyFile, nextIdentity().keyPem)],
    ['what is no certificate', 'SERVED_FILES_UNUSABLE', ({ certFile }) => writeFileSync(certFile, 'hello')],
  ])('refuses %s', (_what, code, harm) => {
    const { files, placed } = begin();
    harm(placed);
    for (const make of Object.values(MAKERS).slice(0, 1))
      expect(() => make(files, {})).toThrow(expect.objectContaining({ code, name: 'CaError' }));
    expect(() => keepCertificateFresh(createTlsServer(), files)).toThrow(expect.objectContaining({ code }));
  });

  it('waits for a renewal that is under way', async () => {
    const { files, placed, next } = begin();
    rmSync(placed.certFile);
    writeFileSync(`${placed.certFile}.2`, served.chainPem(next));
    writeFileSync(`${placed.keyFile}.2`, next.keyPem);
    const [from, to] = [placed.certFile, placed.keyFile].map((path) => [`${path}.2`, path]) as [string[], string[]];
    const mover = spawn('sh', ['-c', 'echo begun; sleep 0.05; mv "$1" "$2"; mv "$3" "$4"', 'sh', ...to, ...from]);
    await once(mover.stdout, 'data');
    const server = createServer(files);
    closeLater(server);
    expect(await shownBy(await listen(server, 0, '127.0.0.1'))).toBe(next.certPin);
    expect(existsSync(`${placed.certFile}.2`)).toBe(false);
  });

  it.each<[string, object, RegExp]>([
    ['no files', {}, /either certFile and keyFile are needed, or p12File/],
    ['one of two', { certFile: 'a.pem' }, /either certFile and keyFile/],
    ['both kinds', { certFile: 'a.pem', keyFile: 'b.pem', p12File: 'c.p12' }, /either certFile and keyFile/],
    ['a path that is none', { certFile: '', keyFile: 'b.pem' }, /certFile must be the path of a file/],
    ['content in place of a path', { certFile: Buffer.from('x'), keyFile: 'b.pem' }, /certFile must be the path/],
    ['two passphrases', { p12File: 'c.p12', passphrase: 'a', passphraseFile: 'b' }, /not both/],
    ['a passphrase that is no text', { p12File: 'c.p12', passphrase: 1 }, /passphrase must be text/],
  ])('%s is a TypeError', (_what, options, message) => {
    for (const make of [
      () => createServer(options as never),
      () => keepCertificateFresh(createTlsServer(), options as never),
    ])
      expect(make).toThrow(
        expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(message) as string }),
      );
  });

  it('a certificate beside files, an option that nobody knows, and a server without TLS are TypeErrors', () => {
    const { files } = begin();
    for (const stray of ['cert', 'key', 'pfx'])
      expect(() => createServer({ ...files, [stray]: 'x' })).toThrow(`${stray} has no place beside files`);
    expect(() => keepCertificateFresh(createTlsServer(), { ...files, ca: 'x' } as never)).toThrow(
      /there is no option "ca"/,
    );
    for (const server of [createHttpServer(), null as never])
      expect(() => keepCertificateFresh(server, files)).toThrow(/can not be changed: it is no TLS server/);
  });

  it('a PKCS#12 file where clients show certificates is a TypeError: its CAs would be good enough for them', () => {
    const p12File = join(scratch, 'server.p12');
    const server = createHttpsServer({ requestCert: true, ca: authority.pem });
    for (const make of [
      () => createServer({ p12File, requestCert: true, ca: authority.pem }),
      () => keepCertificateFresh(server, { p12File }),
    ])
      expect(make).toThrow(/takes certFile and keyFile, not p12File/);
  });

  it('takes file URLs, and paths of the folder that it was started in', async () => {
    const { placed, first, next } = begin();
    const cwd = process.cwd();
    const folder = vi.spyOn(process, 'cwd').mockReturnValue(placed.folder);
    const { port } = await keep({ certFile: 'server.pem', keyFile: new URL(`file://${placed.keyFile}`) });
    folder.mockReturnValue('/nowhere');
    expect(await shownBy(port)).toBe(first.certPin);
    place(placed, next);
    await waitFor(port, next);
    folder.mockRestore();
    expect(process.cwd()).toBe(cwd);
  });
});
