/** @module A store that was written, as --json prints it. Times are ISO 8601 UTC, paths absolute. */
import { createPins, formatHex, formatSpkiPin } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { StoreDraft } from './draft-store.ts';
import type { KeystoreContents } from './keystore-file.ts';
import { describeSubject } from './order-chain.ts';

/** What the records keep of a key store; nothing of a trust store, which no renewal changes. */
export function describeContents(
  { certificates: [leaf], aliases, key }: StoreDraft,
  { isLegacy, passwordFile }: { readonly isLegacy: boolean; readonly passwordFile: string | undefined },
): { readonly contents?: KeystoreContents } {
  if (key === undefined) return {};
  const certSha256Hex = formatHex(nodeSha256(leaf.certDer));
  const secret = passwordFile === undefined ? {} : { passwordFile };
  return { contents: { certSha256Hex, alias: aliases[0] ?? '', isLegacy, ...secret } };
}

/** `names` and `pins` are of the first certificate; so is `notAfter` for a key store, and for a trust store it is the earliest. */
export type PrintedKeystore = ReturnType<typeof describeStore>;

export function describeStore({ certificates, aliases, key }: StoreDraft, keystoreFile: string, isLegacy: boolean) {
  const [first] = certificates;
  const pins = createPins(first, nodeSha256);
  const ends = (key === undefined ? certificates : [first]).map(({ notAfter }) => notAfter.getTime());
  return {
    keystoreFile,
    alias: aliases[0] ?? '',
    names: first.names.map(({ text }) => text),
    notAfter: new Date(Math.min(...ends)).toISOString(),
    isTrustStore: key === undefined,
    isLegacy,
    encryption: isLegacy ? '3DES, HMAC-SHA-1' : 'AES-256, HMAC-SHA-256',
    certificates: certificates.map((facts, i) => ({
      alias: aliases[i] ?? null,
      subject: describeSubject(facts),
      notAfter: facts.notAfter.toISOString(),
      certSha256Hex: formatHex(nodeSha256(facts.certDer)),
    })),
    pins: { certSha256Hex: formatHex(pins.certSha256 ?? new Uint8Array()), spkiSha256Base64: formatSpkiPin(pins) },
  };
}
