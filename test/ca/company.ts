/** @module The CA of a company, made with OpenSSL alone: roots and issuers with whatever keys, hashes and extensions a test wants. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openssl } from '../cli/minted-facts.ts';

export type CompanyCa = { readonly certFile: string; readonly keyFile: string };

export type CompanyOrder = {
  /** Default: P-256. */
  readonly key?: readonly string[];
  /** Default: a root. */
  readonly by?: CompanyCa;
  readonly extensions?: readonly string[];
  /** Default: 1000. Negative ones make a certificate that has ended. */
  readonly days?: number;
  readonly hash?: string;
};

const EC_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
export const RSA_KEY = ['-newkey', 'rsa:2048'];

const CA_EXTENSIONS = ['basicConstraints=critical,CA:true', 'keyUsage=critical,keyCertSign,cRLSign'];

/** Makes `NAME.pem` and `NAME.key` (PKCS#8) in the folder. */
export async function makeCompanyCa(folder: string, name: string, order: CompanyOrder = {}): Promise<CompanyCa> {
  const { key = EC_KEY, by, extensions = [], days = 1000, hash = 'sha256' } = order;
  const files = { certFile: join(folder, `${name}.pem`), keyFile: join(folder, `${name}.key`) };
  const config = join(folder, `${name}.cnf`);
  const own = extensions.some((line) => line.startsWith('basicConstraints')) ? [] : CA_EXTENSIONS;
  const lines = [...own, 'subjectKeyIdentifier=hash', ...(by ? ['authorityKeyIdentifier=keyid'] : []), ...extensions];
  writeFileSync(config, `[req]\ndistinguished_name=dn\n[dn]\n[ext]\n${lines.join('\n')}\n`);
  const subject = ['-subj', `/O=Acme/CN=Acme ${name}`, '-config', config];
  const making = ['req', '-new', ...key, '-nodes', '-keyout', files.keyFile, ...subject];
  const signing = ['-days', String(days), `-${hash}`];
  if (by === undefined) {
    await openssl([...making, '-x509', '-extensions', 'ext', '-out', files.certFile, ...signing]);
    return files;
  }
  const request = join(folder, `${name}.csr`);
  await openssl([...making, '-out', request]);
  const signer = ['-CA', by.certFile, '-CAkey', by.keyFile, '-CAcreateserial'];
  const extending = ['-extfile', config, '-extensions', 'ext'];
  await openssl(['x509', '-req', '-in', request, '-out', files.certFile, ...signer, ...extending, ...signing]);
  return files;
}
