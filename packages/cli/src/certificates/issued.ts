/** @module A certificate that was just issued: what the ledger keeps, what --json prints, what people see. */
import { createPins, formatHex, formatSpkiPin, type Bytes, type CertificateDraft } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { IssuedEntry } from '@mintmark/ca-store';

/** The result of mint, sign and self-signed, as --json prints it. Times are ISO 8601 UTC, paths absolute. */
export type IssuedCertificate = {
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly names: readonly string[];
  readonly notBefore: string;
  readonly notAfter: string;
  readonly serialHex: string;
  readonly ca: string | null;
  readonly profile: string;
  /** The key that was on disk was kept. */
  readonly isKeyKept: boolean;
  readonly pins: { readonly certSha256Hex: string; readonly spkiSha256Base64: string };
  /** The PKCS#12 file that was written with it. */
  readonly p12File?: string;
  /** The file of the spare key that this certificate's key was until now; the file is gone. */
  readonly promotedSpare?: string;
};

export type IssuedInput = {
  readonly draft: CertificateDraft;
  readonly certDer: Bytes;
  readonly spkiDer: Bytes;
  readonly caName: string | null;
  readonly certFile: string;
  readonly keyFile: string | null;
  readonly isKeyKept: boolean;
  readonly now: Date;
};

/** The same certificate for the ledger and for printing. */
export function describeIssued(input: IssuedInput): { entry: IssuedEntry; result: IssuedCertificate } {
  const { draft, certFile, keyFile, caName, isKeyKept } = input;
  const pins = createPins(input, nodeSha256);
  const certSha256Hex = formatHex(pins.certSha256 ?? new Uint8Array());
  const names = draft.names.map(({ text }) => text as string);
  const times = { notBefore: draft.notBefore.toISOString(), notAfter: draft.notAfter.toISOString() };
  const entry: IssuedEntry = {
    event: 'issued',
    at: input.now.toISOString(),
    ca: caName ?? '',
    profile: draft.profile.name as IssuedEntry['profile'],
    serialHex: draft.serialHex,
    names,
    ...times,
    certSha256Hex,
    spkiSha256Hex: formatHex(pins.spkiSha256),
    certFile,
    ...(keyFile === null ? {} : { keyFile }),
  };
  const result: IssuedCertificate = {
    certFile,
    keyFile,
    names,
    ...times,
    serialHex: draft.serialHex,
    ca: caName,
    profile: draft.profile.name,
    isKeyKept,
    pins: { certSha256Hex, spkiSha256Base64: formatSpkiPin(pins) },
  };
  return { entry, result };
}
