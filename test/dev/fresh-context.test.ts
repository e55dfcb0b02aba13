/**
 * @module The options of a server's TLS context are given to it again with each certificate. One that were left out would be forgotten,
 * and a client whose certificate is revoked come in after a renewal.
 */
import { constants } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer, request, type ServerOptions } from 'node:https';
import { describe, expect, it, vi } from 'vitest';
import { createServer, keepCertificateFresh } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createCertificate, createCrl, type Identity } from './certificates.ts';
import { authority, closeLater, nextIdentity, place, placeFirst, until } from './served-files.ts';

const scratch = scratchFolder('fresh-context');
type Files = { readonly certFile: string; readonly keyFile: string; readonly onRenewed: () => void };

const MAKERS = {
  createServer: (files: Files, https: ServerOptions) => createServer({ ...https, ...files }),
  keepCertificateFresh: (files: Files, https: ServerOptions) => {
    const identity = { cert: readFileSync(files.certFile), key: readFileSync(files.keyFile) };
    const server = createHttpsServer({ ...identity, ...https });
    keepCertificateFresh(server, files);
    return server;
  },
};

const clients = createCertificate('clients', { ca: true });
const [member, former] = [1, 2].map((n) => createCertificate(`member ${n}`, { issuer: clients })) as [
  Identity,
  Identity,
];
const crl = createCrl(clients, [former]);

describe.concurrent.each(Object.entries(MAKERS))('%s', (_name, make) => {
  const open = (https: ServerOptions) => {
    const { certFile, keyFile, folder } = placeFirst(scratch, nextIdentity());
    let isRenewed = false;
    const server = make({ certFile, keyFile, onRenewed: () => void (isRenewed = true) }, https);
    const renew = async (): Promise<void> => {
      place({ certFile, keyFile, folder }, nextIdentity());
      await until(() => isRenewed);
    };
    return { server, renew };
  };

  it('a client whose certificate is revoked stays out', async () => {
    const { server, renew } = open({ requestCert: true, ca: clients.pem, crl });
    const requests: string[] = [];
    server.on('request', ({ url }, response) => {
      requests.push(url ?? '');
      response.end('answer');
    });
    closeLater(server);
    const port = await listen(server, 0, '127.0.0.1');
    const visit = (path: string, { pem, keyPem }: Identity): Promise<string> =>
      new Promise((resolve) => {
        const tls = { ca: authority.pem, cert: pem, key: keyPem, agent: false };
        const outgoing = request({ port, host: 'localhost', path, ...tls }, (response) => {
          response.resume();
          resolve('answered');
        });
        outgoing.on('error', () => resolve('refused'));
        outgoing.end();
      });
    const visitAll = () => Promise.all([visit('/member', member), visit('/former', former)]);
    expect(await visitAll()).toEqual(['answered', 'refused']);
    await renew();
    expect(await visitAll()).toEqual(['answered', 'refused']);
    expect(requests).toEqual(['/member', '/member']);
  });

  it('all of them are said again', async () => {
    const options: ServerOptions = {
      ca: clients.pem,
      ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384',
      crl,
      dhparam: 'auto',
      ecdhCurve: 'P-384',
      honorCipherOrder: false,
      maxVersion: 'TLSv1.2',
      minVersion: 'TLSv1.2',
      secureOptions: constants.SSL_OP_NO_TICKET,
      sessionTimeout: 77,
      sigalgs: 'ecdsa_secp256r1_sha256',
      ticketKeys: Buffer.alloc(48, 7),
    };
    const { server, renew } = open(options);
    closeLater(server);
    const set = vi.spyOn(server, 'setSecureContext');
    await renew();
    expect(set.mock.lastCall?.[0]).toMatchObject(options);
  });
});
