/**
 * @module Whether a certificate file holds what this home writes and nothing else: the leaf, its issuer, and in a one-file pair the key.
 * Such a file is written whole, so whatever else somebody put into it would be gone: a key, certificates of others, notes.
 */
import {
  CERTIFICATE_LABELS,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  parsePem,
  PRIVATE_KEY_LABELS,
  type PemBlock,
} from '@mintmark/ca-core';

/** A chain is leaf and issuer; a root is never in it. */
const MAX_CERTIFICATES = 2;

/** `isPair`: the file is for the key too. */
export function isChainAlone(bytes: Uint8Array, isPair: boolean): boolean {
  const text = Buffer.from(bytes).toString('latin1');
  try {
    const blocks = parsePem(text, 'the file');
    const listOf = (labels: readonly string[]) => blocks.filter(({ label }) => labels.includes(label));
    const [certificates, keys] = [listOf(CERTIFICATE_LABELS), listOf(PRIVATE_KEY_LABELS)];
    return (
      certificates.length + keys.length === blocks.length &&
      keys.length <= (isPair ? 1 : 0) &&
      certificates.length <= MAX_CERTIFICATES &&
      isLinked(certificates) &&
      isBlank(text, blocks)
    );
  } catch (cause) {
    if (isCaError(cause)) return false;
    throw cause;
  }
}

/** Every certificate behind the first is the issuer of the one before, and no root. */
function isLinked(certificates: readonly PemBlock[]): boolean {
  const views = certificates.map(({ der }) => parseCertificateView(der, 'the file'));
  return views.every(({ subjectDer, issuerDer }, i) => {
    const below = views[i - 1];
    return below === undefined || (isEqualBytes(below.issuerDer, subjectDer) && !isEqualBytes(issuerDer, subjectDer));
  });
}

/** Nothing stands between or around the blocks. */
function isBlank(text: string, blocks: readonly PemBlock[]): boolean {
  const rest = blocks.reduce((left, { pem }) => left.replace(pem.trimEnd(), ''), text);
  return rest.trim() === '';
}
