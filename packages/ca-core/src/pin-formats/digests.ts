/** @module The bare digests, for clients that are not in the table. */
import { certBase64, certColonHex, certHex, spkiBase64, spkiHex, type PinFormat } from './pin-format.ts';

export const DIGEST_FORMATS = {
  'cert-hex': { title: 'certificate SHA-256, hex', object: 'certificate', value: certHex },
  'cert-colons': { title: 'certificate SHA-256, hex with colons', object: 'certificate', value: certColonHex },
  'cert-base64': { title: 'certificate SHA-256, base64', object: 'certificate', value: certBase64 },
  'spki-hex': { title: 'public key SHA-256, hex', object: 'public-key', value: spkiHex },
  'spki-base64': { title: 'public key SHA-256, base64', object: 'public-key', value: spkiBase64 },
} as const satisfies Record<string, PinFormat>;
