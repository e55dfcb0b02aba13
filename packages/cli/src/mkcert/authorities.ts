/**
 * @module The CAs of a CAROOT. It is a Mintmark home, so it has CAs of its own below `cas/`; and `rootCA.pem` may hold one that somebody
 * else made, such as mkcert's, which is used where it lies: with `rootCA-key.pem` it signs, without it can only be trusted.
 */
import { join } from 'node:path';
import {
  findBlocks,
  formatPem,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  type Bytes,
  type CertificateView,
} from '@mintmark/ca-core';
import { parsePrivateKey, type NodePrivateKey } from '@mintmark/ca-core/node';
import {
  isHomePresent,
  listCaNames,
  previewCa,
  readCa,
  readIfPresent,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { KEY_FILE, MKCERT_GUEST, ROOT_FILE } from './caroot.ts';
import { mkcertError } from './mkcert-errors.ts';
import { readRootRecords } from './root-records.ts';

/** A CA that lies in `rootCA.pem` alone. `certificates`: all of the file that are none of our own. */
type GuestCa = {
  readonly ca: StoredCa;
  readonly certificates: readonly Bytes[];
  /** Absent: it can be trusted and can't sign. */
  readonly key?: NodePrivateKey;
};

/** `own`: `default` first. */
export type Authorities = { readonly home: Home; readonly own: readonly StoredCa[]; readonly guest?: GuestCa };

/** What a folder holds; nothing is made. @throws MKCERT_CA_*, KEY_*, CA_DAMAGED, disk codes */
export function readAuthorities(home: Home): Authorities {
  if (!isHomePresent(home.fs, home.path)) return { home, own: [] };
  const own = listCaNames(home).map((name) => readCa(home, name));
  const guest = readGuest(home, own);
  return { home, own, ...(guest === undefined ? {} : { guest }) };
}

function readGuest(home: Home, own: readonly StoredCa[]): GuestCa | undefined {
  const path = join(home.path, ROOT_FILE);
  const keyPath = join(home.path, KEY_FILE);
  const bytes = readIfPresent(home.fs, path);
  if (bytes === undefined) {
    const isKeyAlone = own.length === 0 && readIfPresent(home.fs, keyPath) !== undefined;
    if (isKeyAlone) throw mkcertError('MKCERT_CA_CERTIFICATE_MISSING', { path: keyPath });
    return undefined;
  }
  const certificates = readStrangers(home, bytes, own);
  if (certificates.length === 0) return undefined;
  const keyBytes = readIfPresent(home.fs, keyPath);
  const key = keyBytes === undefined ? undefined : parsePrivateKey(keyBytes, { what: keyPath });
  return { ...arrange(home, certificates, key), certificates: certificates.map(({ certDer }) => certDer) };
}

/** A damaged file is written anew where the CAs are our own. @throws MKCERT_CA_UNREADABLE, disk codes */
function readStrangers(home: Home, bytes: Uint8Array, own: readonly StoredCa[]): CertificateView[] {
  const path = join(home.path, ROOT_FILE);
  const known = own.flatMap(({ rootDer, issuer }) => [rootDer, issuer.certDer]);
  const isLeftover = readRootRecords(home);
  try {
    const blocks = findBlocks(bytes, path, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    return blocks
      .filter(({ der }) => !known.some((certDer) => isEqualBytes(certDer, der)) && !isLeftover(der))
      .map(({ der }) => parseCertificateView(der, path));
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    if (own.length > 0) return [];
    throw mkcertError('MKCERT_CA_UNREADABLE', { path, reason: 'unexpected content' }, { cause });
  }
}

/** Who is root, and who signs: the certificate that the key belongs to. @throws MKCERT_CA_UNREADABLE, MKCERT_CA_KEY_MISMATCH */
function arrange(
  home: Home,
  certificates: readonly CertificateView[],
  key: NodePrivateKey | undefined,
): Pick<GuestCa, 'ca' | 'key'> {
  const path = join(home.path, ROOT_FILE);
  const signing = key && certificates.find(({ spkiDer }) => isEqualBytes(spkiDer, key.subjectKey.spkiDer));
  if (key !== undefined && signing === undefined)
    throw mkcertError('MKCERT_CA_KEY_MISMATCH', { path: join(home.path, KEY_FILE) });
  const root = certificates.find(
    (one) => isRoot(one) && (signing === undefined || isEqualBytes(one.subjectDer, signing.issuerDer)),
  );
  if (root === undefined) throw mkcertError('MKCERT_CA_UNREADABLE', { path, reason: 'it holds no root' });
  const ca = previewCa(home, MKCERT_GUEST, {
    rootPem: formatPem('CERTIFICATE', root.certDer),
    ...(signing === undefined || signing === root ? {} : { issuerPem: formatPem('CERTIFICATE', signing.certDer) }),
  });
  if (!ca.issuer.isCa) throw mkcertError('MKCERT_CA_UNREADABLE', { path, reason: 'it holds no CA certificate' });
  return { ca, ...(key === undefined ? {} : { key }) };
}

const isRoot = ({ subjectDer, issuerDer }: CertificateView): boolean => isEqualBytes(subjectDer, issuerDer);
