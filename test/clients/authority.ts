/**
 * @module A CA as the tests see it: a root that clients trust, a stolen issuer key, and a way to mint honestly. Here is also the careless
 * CA, one without constraints as most local CAs are: the control that shows each forgery would have worked.
 */
import { asRoot, signWithOpenssl, type Signed } from './openssl-sign.ts';

export interface Authority {
  readonly rootFile: string;
  /** The issuer with its private key, as a thief would hold it. */
  readonly issuer: Signed;
}

const TEN_YEARS_MS = 3650 * 24 * 3_600_000;

export const CA_EXTENSIONS: readonly string[] = ['keyUsage=critical,keyCertSign,cRLSign', 'subjectKeyIdentifier=hash'];

/** Root and issuer made by OpenSSL with the same extra extensions on both. */
async function createAuthority(
  folder: string,
  name: string,
  extensions: { readonly root: readonly string[]; readonly issuer: readonly string[] },
): Promise<Authority> {
  const notAfter = new Date(Date.now() + TEN_YEARS_MS);
  const root = asRoot(
    await signWithOpenssl(folder, {
      subject: `/O=${name}/CN=${name} root`,
      extensions: [...CA_EXTENSIONS, ...extensions.root],
      notAfter,
    }),
  );
  const issuer = await signWithOpenssl(folder, {
    by: root,
    subject: `/O=${name}/CN=${name} issuer`,
    extensions: [...CA_EXTENSIONS, 'authorityKeyIdentifier=keyid:always', ...extensions.issuer],
    notAfter,
  });
  return { rootFile: root.certFile, issuer };
}

/** A CA without name constraints and without path length: what a stolen key is worth elsewhere. */
export function createCarelessAuthority(folder: string): Promise<Authority> {
  const extensions = ['basicConstraints=critical,CA:true'];
  return createAuthority(folder, 'Careless', { root: extensions, issuer: extensions });
}
