/**
 * @module What `keytool -list -rfc` prints, in English: each entry by its alias and, for trusted ones, its certificate.
 * Only for keystores that no parser of ours reads.
 */
import { CERTIFICATE_LABELS, isCaError, parsePem } from '@mintmark/ca-core';
import type { JksEntry } from './jks.ts';

const ALIAS_LINE = /^Alias name: (.*)$/m;
const KIND = 'trustedCertEntry';

/** Trusted certificates of a listing, in its order. What makes no sense is passed over. */
export function parseKeytoolList(listing: string): JksEntry[] {
  const blocks = listing.replaceAll('\r\n', '\n').split(/^(?=Alias name: )/m);
  return blocks.flatMap((block) => {
    const alias = ALIAS_LINE.exec(block)?.[1];
    const [head = '', ...rest] = block.split('-----BEGIN ');
    if (alias === undefined || !head.includes(KIND)) return [];
    const certDer = parseCertificate(`-----BEGIN ${rest[0] ?? ''}`);
    return certDer === undefined ? [] : [{ alias, certDer }];
  });
}

/** Only up to the end line: stars and warnings follow it. */
function parseCertificate(text: string): Uint8Array | undefined {
  try {
    const [block] = parsePem(text, 'the listing');
    return block !== undefined && CERTIFICATE_LABELS.some((label) => label === block.label) ? block.der : undefined;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}
