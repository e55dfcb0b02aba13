/** @module Certificates in files of any kind, told by their SHA-256. A file that makes no sense holds none. */
import { CERTIFICATE_LABELS, formatHex, parsePemOrDer } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';

/** SHA-256 (hex) of every certificate in a PEM or DER file, in order. Never throws. */
export function certificateSha256Hexes(bytes: Uint8Array): string[] {
  try {
    const labels = [...CERTIFICATE_LABELS, 'DER'];
    return parsePemOrDer(bytes, 'the file')
      .filter(({ label }) => labels.includes(label))
      .map(({ der }) => formatHex(nodeSha256(der)));
  } catch {
    return [];
  }
}
