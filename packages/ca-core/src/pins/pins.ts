/**
 * @module SHA-256 pins: of a certificate (its DER) and of a public key (its SubjectPublicKeyInfo), over DER that was parsed,
 * never over a file's bytes. RFC 7469 section 2.4 for the key pin.
 */
import { formatBase64, formatHex, type Bytes } from '../der/bytes.ts';
import type { Sha256 } from '../keys/subject-key.ts';

/** 32-byte digests. `certSha256` is absent for a key or request alone. */
export type Pins = { readonly certSha256?: Bytes; readonly spkiSha256: Bytes };

/** Pins of DER values. */
export function createPins(input: { certDer?: Uint8Array; spkiDer: Uint8Array }, sha256: Sha256): Pins {
  const spkiSha256 = sha256(input.spkiDer);
  return input.certDer === undefined ? { spkiSha256 } : { certSha256: sha256(input.certDer), spkiSha256 };
}

/** Upper-case hex with colons: `AB:CD:…`. */
export function formatColonHex(bytes: Uint8Array): string {
  return (formatHex(bytes).toUpperCase().match(/../g) ?? []).join(':');
}

export const formatSpkiPin = (pins: Pins): string => formatBase64(pins.spkiSha256);
