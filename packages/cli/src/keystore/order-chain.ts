/** @module The certificates of a key store in their order: the key's own, who signed it, and so on; and the ones of a trust store. */
import { escapeControls, isEqualBytes, type Bytes } from '@mintmark/ca-core';
import { chainOf, type Pkcs12Contents } from '@mintmark/ca-core/pkcs12';
import { formatAttributes, parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import type { KeyWithFile, Source } from './read-sources.ts';
import { keystoreError } from './keystore-errors.ts';

/** @throws KEYSTORE_KEY_MISMATCH, KEYSTORE_STRAYS, CERTIFICATE_INVALID */
export function orderChain(
  sources: readonly Source[],
  { key, file: keyFile }: KeyWithFile,
): [NamedCertificate, ...NamedCertificate[]] {
  const all = readDistinct(sources);
  const pkcs8Der = key.keyObject.export({ type: 'pkcs8', format: 'der' });
  const privateKey = { pkcs8Der: Uint8Array.from(pkcs8Der) };
  const contents: Pkcs12Contents = {
    certificates: all.map(({ certDer }) => ({ certDer, isTrusted: false })),
    privateKeys: [privateKey],
    crls: [],
    otherCount: 0,
    mac: 'none',
    encryption: { certificates: [], privateKeys: [] },
  };
  // The key is named, or else a leaf that is not its own would do.
  const ordered = chainOf(contents, privateKey);
  privateKey.pkcs8Der.fill(0);
  pkcs8Der.fill(0);
  const find = (certDer: Bytes): NamedCertificate[] => all.filter((facts) => facts.certDer === certDer);
  const [leaf, ...issuers] = ordered.flatMap(({ certDer }) => find(certDer));
  if (leaf === undefined) throw keystoreError('KEYSTORE_KEY_MISMATCH', { file: sources[0]?.file ?? '', keyFile });
  const strays = all.filter((facts) => facts !== leaf && !issuers.includes(facts));
  if (strays.length > 0)
    throw keystoreError('KEYSTORE_STRAYS', { subject: describeSubject(leaf), strays: strays.map(describeSubject) });
  return [leaf, ...issuers];
}

/** A certificate and, where it comes out of a PKCS#12 file, what it was called there. */
export type NamedCertificate = CertificateFacts & { readonly friendlyName?: string };

/** Every certificate of the files once, in their order. @throws CERTIFICATE_INVALID */
export function readDistinct(sources: readonly Source[]): NamedCertificate[] {
  const all = sources.flatMap(({ certificates, file }) =>
    certificates.map(({ certDer, friendlyName }) => ({
      ...parseCertificate(certDer, file),
      ...(friendlyName === undefined ? {} : { friendlyName }),
    })),
  );
  return all.filter((facts, i) => all.findIndex(({ certDer }) => isEqualBytes(certDer, facts.certDer)) === i);
}

/** Safe to print: a stranger's text, escaped. */
export const describeSubject = ({ subject, names, serialHex }: CertificateFacts): string =>
  escapeControls(formatAttributes(subject) || (names[0]?.text ?? `serial ${serialHex}`));

const ALIAS_MAX_CHARACTERS = 100;

/**
 * What a certificate is called where nobody says: as in the file it comes from, else its first name, else its common name. No control
 * characters, cut to a sensible length.
 */
export function nameAfter({ friendlyName, names, subject }: NamedCertificate): string {
  return toAlias(friendlyName || (names[0]?.text ?? subject.findLast(({ type }) => type === 'CN')?.value ?? ''));
}

/** Any text as an alias that readers show as it is. */
export const toAlias = (text: string): string =>
  text.replaceAll(/[\p{Cc}\p{Cs}]/gu, '_').slice(0, ALIAS_MAX_CHARACTERS) || 'certificate';

/** True for what readers show as it is. */
export const isAlias = (text: string): boolean => text.length <= ALIAS_MAX_CHARACTERS && !/[\p{Cc}\p{Cs}]/u.test(text);

/** Java knows aliases without regard to case and keeps one entry of each: repeats become `name-2`, `name-3`. */
export function numberRepeats(aliases: readonly string[]): string[] {
  const taken = new Set<string>();
  return aliases.map((alias) => {
    let candidate = alias;
    for (let n = 2; taken.has(candidate.toLowerCase()); n++) candidate = `${alias}-${n}`;
    taken.add(candidate.toLowerCase());
    return candidate;
  });
}
