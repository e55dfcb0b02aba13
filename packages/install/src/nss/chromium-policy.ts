/**
 * @module Our policy file of a Chromium browser: one JSON object with `CACertificates`, base64 of DER each.
 * @see https://chromeenterprise.google/policies/#CACertificates
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';

/** The values of `CACertificates`; undefined when the text is no JSON object. */
export function parseCaCertificates(text: string): string[] | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    if (typeof parsed !== 'object' || parsed === null) return undefined;
    const values: unknown = Reflect.get(parsed, 'CACertificates');
    return Array.isArray(values) ? values.filter((value): value is string => typeof value === 'string') : [];
  } catch {
    return undefined;
  }
}

/** SHA-256 (hex) of a certificate in base64. */
export const digestOfBase64 = (base64: string): string =>
  formatHex(nodeSha256(new Uint8Array(Buffer.from(base64, 'base64'))));

/** The whole file. */
export const formatCaCertificates = (base64s: readonly string[]): string =>
  `${JSON.stringify({ CACertificates: base64s }, null, 2)}\n`;
