/**
 * @module The OCSP responder before clients that we did not write, before hostile ones, and while things change around it.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Desk, deskMaker } from '../cli/desk.ts';
import { startServer } from '../clients/real-servers.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { FIRST_BUILD_MS } from '../pins/compilers.ts';
import { findProgram, programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { askGo, askJava, buildGoChecker } from './crl-clients.ts';
import {
  certId,
  encodeCertId,
  encodeExtension,
  encodeNonce,
  encodeRequest,
  post,
  readAnswer,
  statusOf,
} from './ocsp-request.ts';
import { startResponder, type Responder } from './responder.ts';
import { keyOf, setScene, type Scene } from './scene.ts';

const folder = scratchFolder('ocsp');
const desk = new Desk(folder);
let scene: Scene;
let responder: Responder;

beforeAll(async () => {
  scene = await setScene(desk);
  responder = await startResponder(desk);
  if (findProgram('go') !== undefined) await buildGoChecker(folder);
}, FIRST_BUILD_MS);
afterAll(() => responder.stop());

const GOOD = /: good$/m;
const REVOKED = /: revoked$[^]*Reason: keyCompromise$/m;
const [MALFORMED, UNAUTHORIZED] = [1, 6];

const askOpenssl = (url: string, ...words: readonly string[]) =>
  run([programPath('openssl'), 'ocsp', '-CAfile', scene.root, '-issuer', scene.issuer, ...words, '-url', url]);

describe('what is good, revoked or unknown', () => {
  it.for(['sha1', 'sha256', 'sha384', 'sha512'])(
    'is told to OpenSSL that asks by %s, with its nonce',
    async (hash, context) => {
      requirePrograms(context, ['openssl']);
      const asked = [`-${hash}`, '-cert', scene.good, `-${hash}`, '-cert', scene.revoked, '-serial', '0x1234'];
      const { output, exitCode } = await askOpenssl(responder.url, ...asked);
      expect(exitCode, output).toBe(0);
      expect(output).toContain('Response verify OK');
      expect(output).not.toMatch(/nonce/i);
      expect(output).toMatch(GOOD);
      expect(output).toMatch(REVOKED);
      expect(output).toMatch(/^0x1234: unknown$/m);
    },
  );

  it('is told to GnuTLS', async (context) => {
    requirePrograms(context, ['ocsptool']);
    const ask = (file: string) =>
      run([programPath('ocsptool'), `--ask=${responder.url}`, '--load-issuer', scene.issuer, '--load-cert', file]);
    const [good, revoked] = [await ask(scene.good), await ask(scene.revoked)];
    for (const { output } of [good, revoked]) expect(output).toContain('Verifying OCSP Response: Success');
    expect(good.output).toContain('Certificate Status: good');
    expect(revoked.output).toContain('Certificate Status: revoked');
  });

  it('is told to Java, which takes the issuer by the list of its root', async (context) => {
    requirePrograms(context, ['java']);
    const { root, good, revoked, lists } = scene;
    const { url } = responder;
    expect(
      await askJava([
        `ocsp ${root} ${good} ${url}`,
        `ocsp ${root} ${revoked} ${url}`,
        `both ${root} ${good} ${url} ${lists.older}`,
        `both ${root} ${revoked} ${url} ${lists.older}`,
      ]),
    ).toEqual(['good', 'revoked KEY_COMPROMISE', 'good', 'revoked KEY_COMPROMISE']);
  });

  it('is told to Go', async (context) => {
    requirePrograms(context, ['go']);
    const ask = (file: string) => askGo(folder, ['ocsp', scene.issuer, file, responder.url]);
    expect(await ask(scene.good)).toBe('good');
    expect(await ask(scene.revoked)).toBe('revoked 1');
  });

  it('is told by GET too, escaped or not', async () => {
    const request = encodeRequest([certId(scene.revoked, scene.issuer)]);
    const base64 = Buffer.from(request).toString('base64');
    for (const path of [base64, encodeURIComponent(base64)]) {
      const response = await fetch(responder.url + path);
      expect(response.headers.get('content-type')).toBe('application/ocsp-response');
      expect(response.headers.get('cache-control')).toBe('no-store');
      expect(await readAnswer(new Uint8Array(await response.arrayBuffer()), folder)).toContain('Cert Status: revoked');
    }
  });

  it('is signed: OpenSSL does not believe it by another issuer, nor one altered', async (context) => {
    requirePrograms(context, ['openssl']);
    const der = await post(responder.url, encodeRequest([certId(scene.good, scene.issuer)]));
    const file = join(folder, 'answer.der');
    const verify = async (bytes: Uint8Array) => {
      writeFileSync(file, bytes);
      const words = ['-issuer', scene.issuer, '-cert', scene.good, '-respin', file];
      return run([programPath('openssl'), 'ocsp', '-CAfile', scene.root, ...words]);
    };
    expect((await verify(der)).output).toContain('Response verify OK');
    const altered = Uint8Array.from(der);
    const at = Buffer.from(der).indexOf(Buffer.from('8000', 'hex')); // good
    altered[at] = 0x82; // unknown
    expect((await verify(altered)).output).toContain('Response Verify Failure');
  });

  it('is told of a self-signed certificate and of another CA to nobody', async (context) => {
    requirePrograms(context, ['openssl']);
    const { output } = await run([
      programPath('openssl'),
      'ocsp',
      '-noverify',
      '-issuer',
      scene.root,
      '-cert',
      scene.issuer,
      '-url',
      responder.url,
    ]);
    expect(output).toContain('unauthorized (6)');
  });
});

it('sees a revocation at once, and a certificate that is new', async (context) => {
  requirePrograms(context, ['openssl']);
  await desk.json(['mint', 'late.app.test']);
  const late = desk.path('late.app.test.pem');
  expect((await askOpenssl(responder.url, '-cert', late)).output).toMatch(GOOD);
  await desk.json(['revoke', 'late.app.test.pem']);
  const { output } = await askOpenssl(responder.url, '-cert', late);
  expect(output).toMatch(/: revoked$/m);
  expect(output).not.toContain('Reason');
});

describe('a nonce', () => {
  const ask = async (length: number): Promise<Uint8Array> =>
    post(responder.url, encodeRequest([certId(scene.good, scene.issuer)], [encodeNonce(length)]));

  it.each([1, 16, 32, 128])('of %i bytes comes back', async (length) => {
    const answer = Buffer.from(await ask(length));
    expect(answer.includes(Buffer.concat([Buffer.from(encodeNonce(length))]))).toBe(true);
  });

  it.each([0, 129])('of %i bytes is refused (RFC 9654)', async (length) => {
    expect(statusOf(await ask(length))).toBe(MALFORMED);
  });

  it('that nobody sent is not there', async () => {
    const answer = Buffer.from(await post(responder.url, encodeRequest([certId(scene.good, scene.issuer)])));
    expect(answer.includes(Buffer.from('2b0601050507300102', 'hex'))).toBe(false);
  });
});

describe('a hostile client', () => {
  const honest = (): Uint8Array => encodeRequest([certId(scene.good, scene.issuer)]);

  it('gets a refusal for what is no request', async () => {
    const zeros = new Uint8Array(20);
    const foreign = encodeCertId(zeros, zeros, Uint8Array.of(5));
    const critical = encodeExtension('1.2.3.4', Uint8Array.of(5, 0), true);
    const many = Array.from({ length: 33 }, () => certId(scene.good, scene.issuer));
    const cases: readonly (readonly [Uint8Array, number])[] = [
      [Uint8Array.of(0), MALFORMED],
      [new TextEncoder().encode('GET me'), MALFORMED],
      [honest().subarray(0, -1), MALFORMED],
      [Buffer.concat([honest(), Uint8Array.of(0)]), MALFORMED],
      [encodeRequest([]), MALFORMED],
      [encodeRequest([certId(scene.good, scene.issuer)], [critical]), MALFORMED],
      [encodeRequest([certId(scene.good, scene.issuer)], [encodeNonce(8), encodeNonce(8)]), MALFORMED],
      [encodeRequest(many), MALFORMED],
      [encodeRequest([foreign]), UNAUTHORIZED],
    ];
    for (const [body, status] of cases) expect(statusOf(await post(responder.url, body)), String(body)).toBe(status);
    const vectors = fileURLToPath(new URL('../vectors/revocation/ocsp-request/', import.meta.url));
    for (const name of readdirSync(vectors))
      expect([MALFORMED, UNAUTHORIZED], name).toContain(
        statusOf(await post(responder.url, readFileSync(vectors + name))),
      );
    expect(statusOf(await post(responder.url, honest()))).toBe(0);
  });

  it('gets "unknown" for a stranger among ours', async () => {
    const zeros = new Uint8Array(20);
    const both = encodeRequest([certId(scene.good, scene.issuer), encodeCertId(zeros, zeros, Uint8Array.of(5))]);
    const answer = await readAnswer(await post(responder.url, both), folder);
    expect(answer.match(/Cert Status: \w+/g)).toEqual(['Cert Status: good', 'Cert Status: unknown']);
  });

  it('gets no further than HTTP with too much, with other methods, and with no request', async () => {
    const status = async (path: string, init: RequestInit = {}) => (await fetch(responder.url + path, init)).status;
    expect(await status('', { method: 'POST', body: new Uint8Array(8193) })).toBe(413);
    expect(await status('', { method: 'POST' })).toBe(400);
    expect(await status('', { method: 'PUT', body: 'x' })).toBe(405);
    expect(await status('', { method: 'DELETE' })).toBe(405);
    expect(await status('')).toBe(400);
    expect(await status('%zz')).toBe(400);
    expect(await status('../../etc/passwd')).toBe(400);
    expect(await status('A'.repeat(20_000)).catch(() => 431)).toBe(431);
    expect(statusOf(await post(responder.url, honest()))).toBe(0);
  });

  it('that sends no end of a body is cut off, and others are answered meanwhile', async () => {
    const socket = connect(responder.port, '127.0.0.1');
    socket.on('error', () => {});
    const closed = new Promise<string>((resolve) => {
      let said = '';
      socket.on('data', (chunk) => (said += chunk.toString()));
      socket.on('close', () => resolve(said));
    });
    socket.write('POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n');
    const chunk = `1000\r\n${'A'.repeat(4096)}\r\n`;
    socket.write(chunk + chunk);
    expect(statusOf(await post(responder.url, honest()))).toBe(0);
    socket.write(chunk.repeat(3));
    expect(await closed).toMatch(/^HTTP\/1\.1 413 /);
  });

  it('is not told who else asked, and nothing of it is printed', () => {
    expect(responder.said()).not.toMatch(/passwd|no answer/);
  });
});

describe('where it listens', () => {
  const newDesk = deskMaker('ocsp-listen');

  it('is this machine alone, and the port that is printed', async () => {
    expect(responder.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/);
    const reached = await new Promise<boolean>((resolve) => {
      const socket = connect(responder.port, '127.0.0.2', () => resolve(true));
      socket.on('error', () => resolve(false));
    });
    expect(reached).toBe(false);
  });

  it('may be IPv6', async () => {
    const other = await startResponder(desk, ['--listen', '[::1]:0']);
    expect(statusOf(await post(other.url, encodeRequest([certId(scene.good, scene.issuer)])))).toBe(0);
    expect(await other.stop()).toBe(0);
  });

  it.each(['127.0.0.1:99999', 'example.com:80', '127.0.0.1', '1.2.3:80', '::1:80', '', '127.0.0.1:-1'])(
    'is refused as %j',
    async (address) => {
      const { code, exitCode } = await desk.refusal(['ocsp', 'serve', '--listen', address]);
      expect([address === '' ? 'OPTION_VALUE' : 'LISTEN_ADDRESS_INVALID', 2]).toEqual([code, exitCode]);
    },
  );

  it('is refused where another listens, and where the machine has no such address', async () => {
    const taken = await desk.refusal(['ocsp', 'serve', '--listen', `127.0.0.1:${responder.port}`]);
    expect(taken).toMatchObject({
      code: 'LISTEN_FAILED',
      exitCode: 1,
      message: expect.stringContaining('in use') as string,
    });
    expect(await desk.refusal(['ocsp', 'serve', '--listen', '203.0.113.1:0'])).toMatchObject({ code: 'LISTEN_FAILED' });
  });

  it('is nowhere without a CA, with another word, or without one', async () => {
    const empty = newDesk();
    expect(await empty.refusal(['ocsp', 'serve'])).toMatchObject({ code: 'CA_NOT_FOUND' });
    expect(await desk.refusal(['ocsp', 'start'])).toMatchObject({ code: 'OCSP_VERB_UNKNOWN', exitCode: 2 });
    expect(await desk.refusal(['ocsp'])).toMatchObject({ code: 'ARGUMENT_MISSING' });
  });
});

it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)(
  'stops cleanly on %s, with a client still connected',
  async (signal) => {
    const other = await startResponder(desk);
    const socket = connect(other.port, '127.0.0.1');
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.on('error', () => {});
    const begun = Date.now();
    expect(await other.stop(signal)).toBe(0);
    expect(Date.now() - begun).toBeLessThan(4000);
  },
);

it('signs with a key that a passphrase opens, and with every type of key', async (context) => {
  requirePrograms(context, ['openssl']);
  const own = new Desk(subfolder(folder, 'keys'));
  own.write('pass.txt', 'correct horse\n');
  const signAndAsk = async (keyType: string): Promise<void> => {
    const name = keyType.replaceAll('-', '');
    await own.json(['ca', 'create', name, '--scope', 'localhost', '--key', keyType, '--passphrase-file', 'pass.txt']);
    const file = own.path(`${name}.pem`);
    const mint = ['mint', 'localhost', '--ca', name, '--cert-file', file, '--key-file', keyOf(file)];
    await own.json([...mint, '--passphrase-file', 'pass.txt']);
    const other = await startResponder(own, ['--ca', name, '--passphrase-file', 'pass.txt']);
    const ca = join(own.home, 'cas', name);
    const words = ['-CAfile', join(ca, 'root.pem'), '-issuer', join(ca, 'issuer.pem'), '-cert', file];
    const { output } = await run([programPath('openssl'), 'ocsp', ...words, '-url', other.url]);
    expect(await other.stop()).toBe(0);
    expect(output).toContain('Response verify OK');
    expect(output).toMatch(GOOD);
  };
  await Promise.all(['rsa-2048', 'ecdsa-p384', 'ed25519'].map(signAndAsk));
  const locked = await own.refusal(['ocsp', 'serve', '--ca', 'ed25519', '--listen', '127.0.0.1:0']);
  expect(locked).toMatchObject({ code: 'PASSPHRASE_NEEDED' });
});

it('nginx staples its answers, and a client that must have one accepts it', async (context) => {
  requirePrograms(context, ['nginx', 'openssl']);
  const place = subfolder(folder, 'nginx');
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  writeFileSync(
    `${place}/nginx.conf`,
    `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary.join(' ')}
  server { listen 127.0.0.1:${port} ssl;
    ssl_certificate ${scene.good}; ssl_certificate_key ${keyOf(scene.good)};
    ssl_stapling on; ssl_stapling_verify on; ssl_stapling_responder ${responder.url}; ssl_trusted_certificate ${scene.root}; } }
`,
  );
  const nginx = await startServer(
    [programPath('nginx'), '-p', place, '-e', 'stderr', '-c', `${place}/nginx.conf`],
    port,
    place,
  );
  const ask = () =>
    run([programPath('openssl'), 's_client', '-connect', `127.0.0.1:${port}`, '-CAfile', scene.root, '-status']);
  try {
    // The first handshake makes nginx ask.
    let output = '';
    for (let tries = 0; tries < 20 && !output.includes('Cert Status: good'); tries++) ({ output } = await ask());
    expect(output).toContain('Cert Status: good');
    expect(output).toContain('Verify return code: 0 (ok)');
  } finally {
    await nginx.stop();
  }
});
