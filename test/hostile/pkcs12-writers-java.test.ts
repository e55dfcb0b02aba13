/**
 * @module PKCS#12 files as Java, Bouncy Castle, mkcert and pyca/cryptography of this machine write them now. Each must be read byte
 * for byte, and by its password alone.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { chainOf } from '../../packages/ca-core/src/pkcs12/index.ts';
import { javaCommand, jdkCommand } from '../programs/java.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { ASCII_PASSWORD, createDesk, PASSWORD } from './pkcs12-desk.ts';
import { hex } from './pkcs12-openssl.ts';

const { folder, at, openssl, certificateHex, read, expectContents, expectOnlyPassword } = createDesk();

describe('Java', () => {
  const env = { P12_PASSWORD: ASCII_PASSWORD };
  const keytool = (args: readonly string[]) =>
    runOrThrow(jdkCommand('keytool', ...args, '-storetype', 'PKCS12', '-storepass:env', 'P12_PASSWORD'), {
      cwd: folder,
      env,
    });

  it('keytool -genkeypair, twice: each key has its own certificate', async (context) => {
    requirePrograms(context, ['keytool']);
    for (const alias of ['first', 'second'])
      await keytool([
        '-genkeypair',
        '-alias',
        alias,
        '-keyalg',
        'EC',
        '-groupname',
        'secp256r1',
        '-dname',
        `CN=${alias}`,
        '-keystore',
        'pairs.p12',
      ]);
    const contents = read('pairs.p12', ASCII_PASSWORD);
    expect(contents.privateKeys).toHaveLength(2);
    for (const key of contents.privateKeys) {
      const [certificate] = chainOf(contents, key);
      expect(certificate?.friendlyName).toBe(key.friendlyName);
      const x509 = new X509Certificate(certificate?.certDer ?? new Uint8Array());
      expect(x509.subject).toBe(`CN=${key.friendlyName ?? ''}`);
      expect(
        x509.checkPrivateKey(createPrivateKey({ key: Buffer.from(key.pkcs8Der), format: 'der', type: 'pkcs8' })),
      ).toBe(true);
    }
    expect(contents.certificates.map(({ isTrusted }) => isTrusted)).toEqual([false, false]);
    expectOnlyPassword('pairs.p12', ASCII_PASSWORD, contents);
  });

  it('keytool -importcert: anchors', async (context) => {
    requirePrograms(context, ['openssl', 'keytool']);
    await keytool(['-importcert', '-noprompt', '-alias', 'anchor', '-file', 'root.pem', '-keystore', 'trust.p12']);
    const contents = read('trust.p12', ASCII_PASSWORD);
    expect(contents.certificates).toMatchObject([{ isTrusted: true, friendlyName: 'anchor' }]);
    expect(contents.certificates.map(({ certDer }) => hex(certDer))).toEqual([certificateHex('root')]);
    expectOnlyPassword('trust.p12', ASCII_PASSWORD, contents);
  });

  it('keytool -genseckey: a secret is counted and nothing more', async (context) => {
    requirePrograms(context, ['keytool']);
    await keytool(['-genseckey', '-alias', 'secret', '-keyalg', 'AES', '-keysize', '256', '-keystore', 'secret.p12']);
    expect(read('secret.p12', ASCII_PASSWORD)).toMatchObject({ certificates: [], privateKeys: [], otherCount: 1 });
  });

  it('keytool -J-Dkeystore.pkcs12.legacy', async (context) => {
    requirePrograms(context, ['openssl', 'keytool']);
    const source = ['-inkey', 'rsa.key', '-in', 'rsa.pem', '-name', 'my-leaf', '-passout', 'env:P12_PASSWORD'];
    await openssl(['pkcs12', '-export', ...source, '-out', 'to-java.p12'], ASCII_PASSWORD);
    const from = ['-srckeystore', 'to-java.p12', '-srcstoretype', 'PKCS12', '-srcstorepass:env', 'P12_PASSWORD'];
    const to = ['-destkeystore', 'java-legacy.p12', '-deststoretype', 'PKCS12', '-deststorepass:env', 'P12_PASSWORD'];
    await runOrThrow(jdkCommand('keytool', '-J-Dkeystore.pkcs12.legacy', '-importkeystore', ...from, ...to), {
      cwd: folder,
      env,
    });
    const contents = expectContents('java-legacy.p12', { password: ASCII_PASSWORD, chain: ['rsa'] });
    expect(contents.encryption.certificates).toEqual(['RC2-40-CBC, key by PKCS#12 and SHA-1']);
  });

  it('Bouncy Castle, in BER', async (context) => {
    requirePrograms(context, ['openssl', 'java']);
    const jar = '/usr/share/java/bcprov.jar';
    if (!isReadable(jar)) return context.skip('libbcprov-java is not installed');
    await openssl(['pkcs8', '-topk8', '-nocrypt', '-in', 'rsa.key', '-outform', 'DER', '-out', 'rsa.der']);
    writeFileSync(at('Write.java'), BOUNCY_CASTLE_WRITER);
    await runOrThrow(javaCommand('-cp', jar, 'Write.java', 'bouncy.p12'), {
      cwd: folder,
      env: { P12_PASSWORD: PASSWORD },
    });
    expect(readFileSync(at('bouncy.p12'))[1]).toBe(0x80);
    expectContents('bouncy.p12', { password: PASSWORD, chain: ['rsa', 'ca', 'root'] });
  });
});

const BOUNCY_CASTLE_WRITER = `
import java.io.*; import java.nio.file.*; import java.security.*; import java.security.cert.*; import java.security.cert.Certificate; import java.security.spec.*;
public class Write { public static void main(String[] args) throws Exception {
  Security.addProvider(new org.bouncycastle.jce.provider.BouncyCastleProvider());
  PrivateKey key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(Files.readAllBytes(Path.of("rsa.der"))));
  CertificateFactory factory = CertificateFactory.getInstance("X.509");
  Certificate[] chain = new Certificate[3]; String[] names = { "rsa.pem", "ca.pem", "root.pem" };
  for (int i = 0; i < 3; i++) chain[i] = factory.generateCertificate(new FileInputStream(names[i]));
  KeyStore store = KeyStore.getInstance("PKCS12", "BC"); store.load(null, null);
  store.setKeyEntry("my-leaf", key, null, chain);
  try (OutputStream out = new FileOutputStream(args[0])) { store.store(out, System.getenv("P12_PASSWORD").toCharArray()); }
} }`;

function isReadable(path: string): boolean {
  try {
    return readFileSync(path).length > 0;
  } catch {
    return false;
  }
}

describe('others', () => {
  it('mkcert -pkcs12', async (context) => {
    requirePrograms(context, ['mkcert']);
    const env = { CAROOT: subfolder(folder, 'caroot'), TRUST_STORES: 'none', HOME: subfolder(folder, 'home') };
    await runOrThrow([programPath('mkcert'), '-pkcs12', '-p12-file', 'mkcert.p12', 'localhost'], { cwd: folder, env });
    const contents = read('mkcert.p12', ASCII_PASSWORD);
    const names = chainOf(contents).map(({ certDer }) => new X509Certificate(certDer).subjectAltName ?? '');
    expect(names).toEqual(['DNS:localhost', '']);
    expectOnlyPassword('mkcert.p12', ASCII_PASSWORD, contents);
  });

  it('pyca/cryptography', async (context) => {
    requirePrograms(context, ['openssl', 'python3']);
    const env = { P12_PASSWORD: PASSWORD };
    await runOrThrow([programPath('python3'), '-c', PYCA_WRITER, 'pyca.p12'], { cwd: folder, env });
    expectContents('pyca.p12', { password: PASSWORD, chain: ['leaf', 'ca', 'root'] });
  });
});

const PYCA_WRITER = `
import os, sys
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, load_pem_private_key
from cryptography.hazmat.primitives.serialization.pkcs12 import serialize_key_and_certificates
from cryptography.x509 import load_pem_x509_certificate
leaf, ca, root = [load_pem_x509_certificate(open(name + '.pem', 'rb').read()) for name in ('leaf', 'ca', 'root')]
key = load_pem_private_key(open('leaf.key', 'rb').read(), None)
encryption = BestAvailableEncryption(os.environ['P12_PASSWORD'].encode())
open(sys.argv[1], 'wb').write(serialize_key_and_certificates(b'my-leaf', key, leaf, [root, ca], encryption))
`;
