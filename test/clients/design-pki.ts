/**
 * @module Stands in for the built program: the same root, issuer and leaves, made with OpenSSL from the design alone.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { createAuthority, type Authority } from './authority.ts';
import type { MintingAuthority } from './minted-authority.ts';
import { LEAF_EXTENSIONS, signWithOpenssl } from './openssl-sign.ts';

const DEV_SCOPE = ['localhost', 'test', 'example', 'invalid', 'local', 'internal', 'home.arpa', 'localdomain', 'lan'];

function nameConstraints(): string {
  const permitted = DEV_SCOPE.flatMap((name) => [`DNS:${name}`, `email:${name}`, `email:.${name}`]);
  return `nameConstraints=critical,${permitted.map((name) => `permitted;${name}`).join(',')}`;
}

function subjectAltName(name: string): string {
  return /^[\d.]+$|:/.test(name) ? `IP:${name}` : `DNS:${name}`;
}

const KEY_ARGUMENTS: Readonly<Record<string, readonly string[]>> = {
  'rsa-2048': ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'],
  'ecdsa-p256': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'],
  'ecdsa-p384': ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-384'],
  ed25519: ['-algorithm', 'ED25519'],
};

export async function createDesignAuthority(folder: string): Promise<MintingAuthority> {
  const authority: Authority = await createAuthority(folder, 'Design', {
    root: ['basicConstraints=critical,CA:true,pathlen:1', nameConstraints()],
    issuer: [
      'basicConstraints=critical,CA:true,pathlen:0',
      'extendedKeyUsage=serverAuth,clientAuth',
      nameConstraints(),
    ],
  });
  const issuerNotAfter = new Date(Date.now() + 3650 * 24 * 3_600_000);
  return {
    ...authority,
    issuerNotAfter,
    async mint(names, keyType) {
      const keyFile = join(folder, `${names.join('+').replace(/[^\w.+-]/g, '_')}-${keyType}-key.pem`);
      await runOrThrow([programPath('openssl'), 'genpkey', ...(KEY_ARGUMENTS[keyType] ?? []), '-out', keyFile]);
      const ascii = names.map((name) =>
        new URL(`http://${name.includes(':') ? `[${name}]` : name}`).hostname.replace(/[[\]]/g, ''),
      );
      const san = `subjectAltName=critical,${ascii.map(subjectAltName).join(',')}`;
      const signed = await signWithOpenssl(folder, {
        by: authority.issuer,
        keyFile,
        subject: '/O=Design',
        extensions: [...LEAF_EXTENSIONS, san],
      });
      const certFile = keyFile.replace('-key.pem', '.pem');
      writeFileSync(certFile, readFileSync(signed.chainFile));
      return { certFile, keyFile };
    },
  };
}
