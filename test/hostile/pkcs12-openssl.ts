/** @module The contents of a PKCS#12 file by `openssl pkcs12`, to compare with ours. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { programPath } from '../programs/program.ts';
import { run } from '../programs/run.ts';

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const PRIVATE_KEY = /-----BEGIN PRIVATE KEY-----[^-]+-----END PRIVATE KEY-----/g;

/** Hex of the DER of each certificate and of each key, sorted. */
export type Contents = { readonly certificates: readonly string[]; readonly privateKeys: readonly string[] };

/** Undefined where this OpenSSL can't read the file or does not take the password. */
export async function readByOpenssl(path: string, password: string): Promise<Contents | undefined> {
  const command = [programPath('openssl'), 'pkcs12', '-legacy', '-in', path, '-nodes', '-passin', 'env:P12_PASSWORD'];
  const { exitCode, stdout } = await run(command, { env: { P12_PASSWORD: password } });
  if (exitCode !== 0) return undefined;
  return {
    certificates: (stdout.match(CERTIFICATE) ?? []).map((pem) => hex(new X509Certificate(pem).raw)).sort(),
    privateKeys: (stdout.match(PRIVATE_KEY) ?? []).map(keyHex).sort(),
  };
}

/** A key in the encoding of this Node, so that writers who leave out its optional parts compare equal. */
export function keyHex(key: string | Uint8Array): string {
  const input =
    typeof key === 'string' ? key : { key: Buffer.from(key), format: 'der' as const, type: 'pkcs8' as const };
  return hex(createPrivateKey(input).export({ type: 'pkcs8', format: 'der' }));
}

export const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
