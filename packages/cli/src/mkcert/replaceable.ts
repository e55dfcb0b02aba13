/**
 * @module What `mkcert` may write over: nothing, an empty file, a certificate that this folder issued or that some mkcert or Mintmark made,
 * and the key of such a certificate. mkcert's users and tools make those anew all the time; anything else might exist only once.
 */
import {
  CERTIFICATE_LABELS,
  findBlocks,
  formatHex,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  parseIssuer,
  parsePem,
  PRIVATE_KEY_LABELS,
  type CertificateView,
} from '@mintmark/ca-core';
import { nodeSha256, parsePrivateKey } from '@mintmark/ca-core/node';
import { isInLedger, readIfPresent, type Home } from '@mintmark/ca-store';
import { assertKeystoreReplaceable } from '../keystore/keystore-file.ts';
import { mkcertError } from './mkcert-errors.ts';

/** Undefined stands for what is no file. @throws MKCERT_FILE_FOREIGN, disk codes */
export function assertPairReplaceable(home: Home, certFile: string | undefined, keyFile: string | undefined): void {
  const leaf = certFile === undefined ? undefined : assertCertificateReplaceable(home, certFile);
  if (keyFile === undefined || certFile === keyFile) return;
  const key = readFile(home, keyFile);
  if (key !== undefined && !isKnownKey(key, home, leaf)) throw mkcertError('MKCERT_FILE_FOREIGN', { path: keyFile });
}

/** Returns what stands there now. @throws MKCERT_FILE_FOREIGN, disk codes */
export function assertCertificateReplaceable(home: Home, certFile: string): CertificateView | undefined {
  const bytes = readFile(home, certFile);
  if (bytes === undefined) return undefined;
  const leaf = readLeaf(bytes, certFile);
  const isOurs = leaf !== undefined && isDevelopmentCertificate(home, leaf);
  if (!isOurs || !holdsNothingElse(bytes, home, leaf)) throw mkcertError('MKCERT_FILE_FOREIGN', { path: certFile });
  return leaf;
}

/** @throws MKCERT_FILE_FOREIGN, disk codes */
export async function assertStoreReplaceable(home: Home, path: string): Promise<void> {
  try {
    assertKeystoreReplaceable(home, path, false);
  } catch (cause) {
    if (!isCaError(cause, 'FILE_EXISTS')) throw cause;
    const bytes = readFile(home, path);
    if (bytes !== undefined && !(await isDevelopmentStore(bytes, home)))
      throw mkcertError('MKCERT_FILE_FOREIGN', { path }, { cause });
  }
}

/** Undefined where there is nothing to lose. */
function readFile(home: Home, path: string): Uint8Array | undefined {
  const bytes = readIfPresent(home.fs, path);
  return bytes === undefined || bytes.length === 0 ? undefined : bytes;
}

function readLeaf(bytes: Uint8Array, what: string): CertificateView | undefined {
  return attempt(() => {
    const [block] = findBlocks(bytes, what, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
    return block === undefined ? undefined : parseCertificateView(block.der, what);
  });
}

function attempt<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** The organisations that mkcert and Mintmark write into what they make; in the DER of a name they stand as they are. */
const MAKERS = ['mkcert development CA', 'mkcert development certificate', 'Mintmark development CA'].map((text) =>
  Buffer.from(text),
);

function isDevelopmentCertificate(home: Home, { certDer, issuerDer, subjectDer }: CertificateView): boolean {
  // A CA's certificate is made once: this may be rootCA.pem itself.
  if (!isLeaf(certDer)) return false;
  const names = Buffer.concat([issuerDer, subjectDer]);
  return MAKERS.some((maker) => names.includes(maker)) || isInLedger(home, formatHex(nodeSha256(certDer)));
}

const isLeaf = (certDer: Uint8Array): boolean => attempt(() => parseIssuer(certDer, nodeSha256).isCa) === false;

/** A key in a certificate's file is the certificate's own; no request and nothing of another kind stands there. */
function holdsNothingElse(bytes: Uint8Array, home: Home, leaf: CertificateView): boolean {
  const labels = attempt(() => parsePem(Buffer.from(bytes).toString('latin1'), 'the file').map(({ label }) => label));
  const isKey = (label: string): boolean => PRIVATE_KEY_LABELS.some((known) => known === label);
  const known: readonly string[] = [...CERTIFICATE_LABELS, ...PRIVATE_KEY_LABELS];
  if (labels === undefined || !labels.every((label) => known.includes(label))) return false;
  return !labels.some(isKey) || isKnownKey(bytes, home, leaf);
}

function isKnownKey(bytes: Uint8Array, home: Home, leaf: CertificateView | undefined): boolean {
  const key = attempt(() => parsePrivateKey(bytes, { what: 'the key' }));
  if (key === undefined) return false;
  const { spkiDer } = key.subjectKey;
  return (
    (leaf !== undefined && isEqualBytes(leaf.spkiDer, spkiDer)) || isInLedger(home, formatHex(nodeSha256(spkiDer)))
  );
}

/** mkcert's own: it opens with the password that everybody knows. */
async function isDevelopmentStore(bytes: Uint8Array, home: Home): Promise<boolean> {
  const { readPkcs12 } = await import('@mintmark/ca-core/pkcs12');
  const contents = attempt(() => readPkcs12(bytes, { what: 'the file', password: STORE_PASSWORD }));
  const leaves = (contents?.certificates ?? []).filter(({ certDer }) => isLeaf(certDer));
  return leaves.length > 0 && leaves.every(({ certDer }) => isDevelopmentStoreLeaf(certDer, home));
}

function isDevelopmentStoreLeaf(certDer: Uint8Array, home: Home): boolean {
  const view = attempt(() => parseCertificateView(certDer, 'the file'));
  return view !== undefined && isDevelopmentCertificate(home, view);
}

/** Of every PKCS#12 file that mkcert makes, and of ours in its place. */
export const STORE_PASSWORD = 'changeit';
