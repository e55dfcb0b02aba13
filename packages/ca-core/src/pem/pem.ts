/**
 * @module PEM text encoding (RFC 7468): blocks in, DER out, and back. Reads what OpenSSL writes, with explanatory text
 * around blocks and with RFC 1421 headers (kept, for encrypted keys); refuses broken base64 and mismatched labels.
 */
import { coreError } from '../core-errors.ts';
import { decodeLatin1, formatBase64, parseBase64, type Bytes } from '../der/bytes.ts';

/** One block; `headers` is empty but for old encrypted keys. `pem` is the block's own text. */
export type PemBlock = { readonly label: string; readonly der: Bytes; readonly headers: string; readonly pem: string };

/** More than any file a person keeps certificates in; a larger input is another kind of file. */
export const MAX_INPUT_BYTES = 1024 * 1024;

/** Three times what an operating system's bundle of roots holds. */
const MAX_BLOCKS = 500;

/** PEM text with one block, 64 columns, one trailing line break. */
export function formatPem(label: string, der: Uint8Array): string {
  const lines = formatBase64(der).match(/.{1,64}/g) ?? [];
  return `-----BEGIN ${label}-----\n${lines.join('\n')}\n-----END ${label}-----\n`;
}

const BEGIN = /-----BEGIN ([A-Z0-9 #.]{1,64})-----/g;

/**
 * All blocks of a text, in order; an empty list when it has none.
 * @throws PEM_INVALID for a block without its end, with another label at its end, or with broken base64, and for over 500
 */
export function parsePem(text: string, what: string): PemBlock[] {
  const blocks: PemBlock[] = [];
  BEGIN.lastIndex = 0;
  for (let begin = BEGIN.exec(text); begin !== null; begin = BEGIN.exec(text)) {
    const label = begin[1] ?? '';
    if (blocks.length >= MAX_BLOCKS) throw coreError('PEM_INVALID', { what, reason: `more than ${MAX_BLOCKS} blocks` });
    const end = `-----END ${label}-----`;
    const bodyStart = begin.index + begin[0].length;
    const bodyEnd = text.indexOf(end, bodyStart);
    if (bodyEnd < 0) throw coreError('PEM_INVALID', { what, reason: `no "${end}"` });
    const { headers, base64 } = splitHeaders(text.slice(bodyStart, bodyEnd));
    const der = parseBase64(base64.replaceAll(/\s/g, ''));
    if (der === undefined) throw coreError('PEM_INVALID', { what, reason: `the ${label} block is not base64` });
    blocks.push({ label, der, headers, pem: `${text.slice(begin.index, bodyEnd + end.length)}\n` });
    BEGIN.lastIndex = bodyEnd + end.length;
  }
  return blocks;
}

/** RFC 1421 headers (`DEK-Info: …`) stand before a blank line. */
function splitHeaders(body: string): { headers: string; base64: string } {
  const match = /^\s*((?:[\w-]+:[^\n]*\n(?:[ \t][^\n]*\n)*)+)\s*\n/.exec(body);
  return match === null
    ? { headers: '', base64: body }
    : { headers: match[1] ?? '', base64: body.slice(match[0].length) };
}

const looksLikeDer = (bytes: Uint8Array): boolean => bytes[0] === 0x30;

/**
 * The blocks of a file that may be PEM or DER. DER becomes one block with the label `DER`.
 * @throws INPUT_EMPTY, INPUT_TOO_LARGE, PEM_INVALID
 */
export function parsePemOrDer(bytes: Uint8Array, what: string): PemBlock[] {
  if (bytes.length === 0) throw coreError('INPUT_EMPTY', { what });
  if (bytes.length > MAX_INPUT_BYTES) {
    throw coreError('INPUT_TOO_LARGE', { what, bytes: bytes.length, maxBytes: MAX_INPUT_BYTES });
  }
  if (looksLikeDer(bytes)) return [{ label: 'DER', der: bytes as Bytes, headers: '', pem: '' }];
  return parsePem(decodeLatin1(bytes), what);
}

/**
 * The DER blocks of a file with one of these labels (DER without PEM counts as any label).
 * @param wanted how messages name them, for example `a certificate`
 * @throws PEM_NOT_FOUND when there is none
 */
export function findBlocks(
  bytes: Uint8Array,
  what: string,
  options: { labels: readonly string[]; wanted: string },
): PemBlock[] {
  const blocks = parsePemOrDer(bytes, what);
  const found = blocks.filter((block) => block.label === 'DER' || options.labels.includes(block.label));
  if (found.length === 0) {
    throw coreError('PEM_NOT_FOUND', { what, wanted: options.wanted, found: blocks.map((block) => block.label) });
  }
  return found;
}

export const CERTIFICATE_LABELS = ['CERTIFICATE', 'X509 CERTIFICATE'] as const;
export const CSR_LABELS = ['CERTIFICATE REQUEST', 'NEW CERTIFICATE REQUEST'] as const;
export const PRIVATE_KEY_LABELS = [
  'PRIVATE KEY',
  'ENCRYPTED PRIVATE KEY',
  'RSA PRIVATE KEY',
  'EC PRIVATE KEY',
  'DSA PRIVATE KEY', // to name it; nothing is signed with one
] as const;
