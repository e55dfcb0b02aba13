/** @module Pins in Go, Rust and Java, and the traps of each: a control shows that the recipe which people paste falls into it. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PIN_FORMATS, type PinFormatName } from '../../packages/ca-core/src/pin-formats/index.ts';
import { createSubject } from '../../packages/ca-core/src/pin-formats/sample-subject.ts';
import { mintmark } from '../programs/mintmark.ts';
import { jdkCommand } from '../programs/java.ts';
import { requirePrograms } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import { createPinAuthority, createServed } from './certificates.ts';
import {
  BUILDS,
  changeEmitted,
  COMPILED_CLIENTS,
  visitGoAgain,
  visitOkHttp,
  visitOkHttpAgain,
} from './clients-compiled.ts';
import { buildFoundations, FIRST_BUILD_MS } from './compilers.ts';
import { describeClients } from './describe-clients.ts';
import { printProgram, startRedirecting } from './describe-programs.ts';
import { startImpostor } from './impostor.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';
import { PinnedServer, WELCOME } from './pinned-server.ts';
import { requireClient } from './require-client.ts';

beforeAll(() => buildFoundations(BUILDS), FIRST_BUILD_MS);

describeClients('compiled', COMPILED_CLIENTS);

const genuine = createServed(BUILDS, 'genuine');
const stranger = createServed(BUILDS, 'stranger');
const authority = createPinAuthority(BUILDS, 'authority');
let server: PinnedServer;
let other: PinnedServer;
beforeAll(async () => {
  server = await PinnedServer.start(genuine);
  other = await PinnedServer.start(stranger);
});
afterAll(() => Promise.all([server.stop(), other.stop()]));

const clientOf = (format: PinFormatName): PinnedClient =>
  COMPILED_CLIENTS.find((client) => client.format === format) ?? expect.fail(format);

type Printing = { readonly certFile?: string; readonly host?: string; readonly port: number };
let prints = 0;

/** The program as the command line prints it for a certificate or key and a server. */
async function emit(format: PinFormatName, { certFile = genuine.certFile, host = 'localhost', port }: Printing) {
  const folder = join(BUILDS, `print-${++prints}`);
  const place = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const file = await printProgram(format, certFile, place, folder);
  server.forget();
  other.forget();
  return { format, text: readFileSync(file, 'utf8'), file, folder, host, port, certFile } satisfies Emitted;
}

const expectRefused = ({ exitCode, stdout, output }: RunResult): void => {
  expect(exitCode, output).toBe(1);
  expect(stdout).toBe('');
};

describe.each(COMPILED_CLIENTS)('the program for $format', (client) => {
  const { format } = client;

  it('refuses who replays the certificate without its key', async (context) => {
    requireClient(context, client);
    requirePrograms(context, ['go']);
    // Both versions where the program itself has a method for each; elsewhere the library does it before the program is asked.
    for (const newest of format === 'rust' ? (['TLS 1.2', 'TLS 1.3'] as const) : (['TLS 1.3'] as const)) {
      const impostor = await startImpostor(BUILDS, genuine.certFile, newest);
      const result = await client.visit(await emit(format, { port: impostor.port }));
      impostor.stop();
      expectRefused(result);
      expect(impostor.requests).toEqual([]);
    }
  });

  it('follows nobody elsewhere', async (context) => {
    requireClient(context, client);
    const redirecting = await startRedirecting(genuine, `https://localhost:${other.port}/`);
    const { output } = await client.visit(await emit(format, { port: redirecting.port }));
    await redirecting.stop();
    expect(redirecting.requests, output).toEqual(['/']);
    expect(other.handshakes).toEqual([]);
  });

  it('takes an IPv6 address', async (context) => {
    requireClient(context, client);
    const result = await client.visit(await emit(format, { host: '::1', port: server.port }));
    // OkHttp 3 compares the text of addresses, and Java spells this one 0:0:0:0:0:0:0:1. The pin is set all the same.
    if (format === 'okhttp') expect(result.stderr).toContain('Hostname ::1 not verified');
    else expect(result).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n`, stderr: '' });
  });

  it('says why it refuses, in one line', async (context) => {
    requireClient(context, client);
    const result = await client.visit(await emit(format, { port: other.port }));
    expectRefused(result);
    expect(result.stderr).toMatch(/^[^\n]*(?:key is not the pinned one|PKIX path)[^\n]*\n$/);
  });

  it('knows the key that will follow', async (context) => {
    requireClient(context, client);
    const text = PIN_FORMATS[format].snippet?.text({
      ...createSubject({ pins: { certSha256: new Uint8Array(32), spkiSha256: new Uint8Array(32).fill(1) } }),
      backupSpkiSha256: spkiSha256(genuine.certFile),
      certificate: {
        ...certificate,
        certDer: Uint8Array.from(new X509Certificate(readFileSync(genuine.certFile)).raw),
      },
      server: { host: 'localhost', port: server.port },
    });
    const emitted = changeEmitted(await emit(format, { port: server.port }), () => text ?? '');
    expect(await client.visit(emitted)).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n` });
  });

  it.skipIf(format === 'okhttp')('is not made for a CA, which it would not find', async () => {
    const result = await mintmark(['pin', authority.rootFile, '--format', format], { home: join(BUILDS, 'home') });
    expect(result).toMatchObject({ exitCode: 1, stdout: '' });
    expect(result.stderr).toContain(`has no ${format} pin`);
  });
});

const { certificate = expect.fail() } = createSubject({ pins: { spkiSha256: new Uint8Array(32) } });

const spkiSha256 = (certFile: string): Uint8Array<ArrayBuffer> => {
  const { publicKey } = new X509Certificate(readFileSync(certFile));
  return new Uint8Array(
    createHash('sha256')
      .update(publicKey.export({ type: 'spki', format: 'der' }))
      .digest(),
  );
};

const spkiBase64 = (certFile: string): string => Buffer.from(spkiSha256(certFile)).toString('base64');

function writeKey(keyPem: string): string {
  const file = join(BUILDS, `key-${++prints}.pem`);
  writeFileSync(file, keyPem, { mode: 0o600 });
  return file;
}

describe('Go', () => {
  it('VerifyPeerCertificate, the usual recipe, lets a resumed session pass with the wrong pin', async (context) => {
    requireClient(context, clientOf('go'));
    const emitted = await emit('go', { certFile: stranger.certFile, port: server.port });
    const usual = await visitGoAgain(emitted, 'VerifyPeerCertificate');
    expect(usual).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n${WELCOME}\n` });
    expect(server.requests).toEqual(['/unpinned', '/', '/']);
    expect(server.handshakes).toEqual([false, true, true]);
    server.forget();
    expectRefused(await visitGoAgain(emitted));
    expect(server.requests).toEqual(['/unpinned']);
  });
});

it.for(['java', 'rust', 'rust-0.21'] as const)(
  '%s does resume sessions in the test of them',
  async (format, context) => {
    const client = clientOf(format);
    requireClient(context, client);
    if (client.visitAgain === 'one connection') return expect.fail();
    const emitted = await emit(format, { port: server.port });
    expect(await client.visitAgain(emitted)).toMatchObject({ exitCode: 0 });
    expect(server.handshakes).toEqual([false, false, true]);
  },
);

/** What the recipes with an asserted signature look like. */
const ASSERTING: Readonly<Record<'rust' | 'rust-0.21', (text: string) => string>> = {
  rust: (text) =>
    text.replace(
      /verify_tls1[23]_signature\(message, cert, dss, [^)]*\)/g,
      '{ let _ = (message, cert, dss); Ok(HandshakeSignatureValid::assertion()) }',
    ),
  'rust-0.21': (text) =>
    text.replace(
      'impl ServerCertVerifier for PinnedKey {',
      `$&
    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &Certificate,
        _: &rustls::internal::msgs::handshake::DigitallySignedStruct,
    ) -> Result<rustls::client::HandshakeSignatureValid, Error> {
        Ok(rustls::client::HandshakeSignatureValid::assertion())
    }
`,
    ),
};

describe.each(['rust', 'rust-0.21'] as const)('%s', (format) => {
  const versions = format === 'rust' ? (['TLS 1.2', 'TLS 1.3'] as const) : (['TLS 1.3'] as const);

  it.for(versions)(
    'a verifier that asserts the signature lets in who replays the certificate: %s',
    async (newest, context) => {
      requireClient(context, clientOf(format));
      requirePrograms(context, ['go']);
      const impostor = await startImpostor(BUILDS, genuine.certFile, newest);
      const emitted = changeEmitted(await emit(format, { port: impostor.port }), ASSERTING[format]);
      const result = await clientOf(format).visit(emitted);
      impostor.stop();
      expect(result).toMatchObject({ exitCode: 0, stdout: 'stolen' });
      expect(impostor.requests).toEqual(['request: GET / HTTP/1.0']);
    },
  );
});

describe('OkHttp', () => {
  const okhttp = clientOf('okhttp');
  const withWrongPin = (emitted: Emitted, rightFile: string): Emitted =>
    changeEmitted(emitted, (text) => text.replace(spkiBase64(rightFile), spkiBase64(stranger.certFile)));

  it('refuses the wrong pin although the certificate is trusted, also when the session is resumed', async (context) => {
    requireClient(context, okhttp);
    const emitted = withWrongPin(await emit('okhttp', { port: server.port }), genuine.certFile);
    expectRefused(await okhttp.visit(emitted));
    expect(server.requests).toEqual([]);
    server.forget();
    expectRefused(await visitOkHttpAgain(emitted, 'context'));
    expect(server.requests).toEqual(['/unpinned', '/unpinned']);
    expect(server.handshakes).toEqual([false, true, true]);
  });

  describe.each(['root', 'issuer'] as const)('with a pin of the %s', (level) => {
    const ours = createPinAuthority(BUILDS, `okhttp-${level}-ours`);
    const theirs = createPinAuthority(BUILDS, `okhttp-${level}-theirs`);
    const certFile = level === 'root' ? ours.rootFile : ours.issuerFile;

    it('accepts its servers alone', async (context) => {
      requireClient(context, okhttp);
      const pair = createServed(BUILDS, `okhttp-${level}`, { by: ours });
      // The other chain is whole, and the pinned CA's certificates lie behind it.
      const behind = ours.issuerPem + readFileSync(ours.rootFile, 'utf8');
      const thief = createServed(BUILDS, `okhttp-${level}-thief`, { by: theirs });
      const right = await PinnedServer.start(pair);
      const wrong = await PinnedServer.start({ ...thief, chainPem: thief.chainPem + behind });
      const accepted = await okhttp.visit(await emit('okhttp', { certFile, port: right.port }));
      expect(accepted).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n` });
      right.forget();
      expectRefused(await okhttp.visit(await emit('okhttp', { certFile, port: wrong.port })));
      expectRefused(await okhttp.visit(withWrongPin(await emit('okhttp', { certFile, port: right.port }), certFile)));
      expect([...right.requests, ...wrong.requests]).toEqual([]);
      await Promise.all([right.stop(), wrong.stop()]);
    });
  });

  it('made of a key alone takes the trust that is there, and checks the pin on top of it', async (context) => {
    requireClient(context, okhttp);
    requirePrograms(context, ['keytool']);
    const list = join(BUILDS, 'trusted.p12');
    const words = ['-importcert', '-noprompt', '-storetype', 'PKCS12', '-storepass', 'changeit', '-keystore', list];
    await runOrThrow(jdkCommand('keytool', ...words, '-alias', 'genuine', '-file', genuine.certFile));
    const trusting = [`-Djavax.net.ssl.trustStore=${list}`, '-Djavax.net.ssl.trustStorePassword=changeit'];
    const emitKey = (pair: typeof genuine): Promise<Emitted> =>
      emit('okhttp', { certFile: writeKey(pair.keyPem), port: server.port });
    const right = await emitKey(genuine);
    expect(right.text).not.toContain('BEGIN CERTIFICATE');
    expect(await visitOkHttp(right, trusting)).toMatchObject({ exitCode: 0, stdout: `${WELCOME}\n` });
    server.forget();
    expectRefused(await visitOkHttp(right));
    expectRefused(await visitOkHttp(await emitKey(stranger), trusting));
    expect(server.requests).toEqual([]);
  });
});
