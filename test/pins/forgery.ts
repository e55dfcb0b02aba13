/**
 * @module The chain that fools who looks for a pin along what a server sends: a certificate of the thief's, which names the pinned one as its
 * issuer, and the pinned one behind it. Nothing but the signature, which another key made, tells. Both lack key usages and key
 * identifiers, as what `openssl req -x509` made for years, so that names are all that links them.
 */
import { webcrypto } from 'node:crypto';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { provideReflectMetadata } from '../../scripts/bench/reflect-metadata.ts';
import type { ServedPair } from './certificates.ts';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;
const DAY_MS = 86_400_000;

export async function createForgery(folder: string): Promise<{ pair: ServedPair; pinnedFile: string }> {
  provideReflectMetadata();
  const x509 = await import('@peculiar/x509');
  const [genuine, thief] = [await createKeys(), await createKeys()];
  const dates = { notBefore: new Date(Date.now() - DAY_MS), notAfter: new Date(Date.now() + 10 * DAY_MS) };
  const extensions = [
    new x509.SubjectAlternativeNameExtension([
      { type: 'dns', value: 'localhost' },
      { type: 'ip', value: '127.0.0.1' },
      { type: 'ip', value: '::1' },
    ]),
  ];
  const common = { ...dates, extensions, signingAlgorithm: ALGORITHM };
  const pinned = await x509.X509CertificateGenerator.createSelfSigned({ ...common, name: 'CN=genuine', keys: genuine });
  const forged = await x509.X509CertificateGenerator.create({
    ...common,
    subject: 'CN=thief',
    issuer: pinned.subject,
    publicKey: thief.publicKey,
    signingKey: thief.privateKey,
  });
  const pinnedFile = join(folder, 'forged-pinned.pem');
  writeFileSync(pinnedFile, `${pinned.toString('pem')}\n`);
  const pkcs8 = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', thief.privateKey)).toString('base64');
  const keyPem = `-----BEGIN PRIVATE KEY-----\n${pkcs8.replaceAll(/(.{64})/g, '$1\n')}\n-----END PRIVATE KEY-----\n`;
  const chainPem = `${forged.toString('pem')}\n${pinned.toString('pem')}\n`;
  return { pair: { certFile: pinnedFile, chainPem, keyPem }, pinnedFile };
}

const createKeys = (): Promise<webcrypto.CryptoKeyPair> =>
  webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);
