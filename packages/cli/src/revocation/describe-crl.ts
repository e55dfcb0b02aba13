/** @module A revocation list in words. */
import { escapeControls, isEqualBytes } from '@mintmark/ca-core';
import { verifyWithNode } from '@mintmark/ca-core/node';
import { describeSignature, formatAttributes, signatureHash } from '@mintmark/ca-core/read';
import { readName, type Crl, type CrlEntry } from '@mintmark/ca-core/revocation';
import type { Context } from '../command.ts';
import type { Described } from '../commands/inspect.ts';
import type { InspectedObject } from '../targets.ts';
import { formatDate, formatExpiry } from '../terminal/text.ts';

const ENTRIES_SHOWN = 20;

export function describeCrl(crl: Crl, all: readonly InspectedObject[], { io, style }: Context): Described {
  const issuer = formatAttributes(readName(crl.issuerDer, 'the revocation list'));
  const signatureLabel = describeSignature(crl.signatureAlgorithmOid);
  const signer = findSigner(crl, all);
  const next = crl.nextUpdate;
  const number = crl.numberHex === undefined ? undefined : formatNumber(crl.numberHex);
  const shown = crl.entries.slice(0, ENTRIES_SHOWN).map((entry): [string, string] => ['', formatEntry(entry)]);
  const rest = crl.entries.length - shown.length;
  const rows: [label: string, value: string][] = [
    ['issuer', escapeControls(issuer)],
    ['signed by', signer === undefined ? 'nobody in this file' : `certificate ${signer + 1} of this file`],
    ['number', number ?? ''],
    ['made', formatDate(crl.thisUpdate)],
    ['next one due', next === undefined ? 'it does not say' : formatDue(next, io.now(), style.red)],
    ['signature', signatureLabel],
    ['speaks for', crl.isPartial ? 'a part of the certificates of its issuer' : ''],
    ['revoked', formatCount(crl.entries.length)],
  ];
  return {
    json: crlJson(crl, { issuer, number, signatureLabel, signer }),
    title: `revocation list: ${escapeControls(issuer) || 'no name'}`,
    rows: [...rows.filter(([, value]) => value !== ''), ...shown, ...(rest > 0 ? [['', `and ${rest} more`]] : [])] as [
      string,
      string,
    ][],
  };
}

const formatDue = (next: Date, now: Date, red: (text: string) => string): string =>
  next <= now ? red(formatExpiry(next, now)) : formatExpiry(next, now);

const formatCount = (count: number): string =>
  count === 0 ? 'nothing' : count === 1 ? '1 certificate' : `${count} certificates`;

const formatEntry = ({ serialHex, revokedAt, reason }: CrlEntry): string =>
  `${serialHex}  ${formatDate(revokedAt)}${reason === undefined ? '' : `  ${reason}`}`;

/** Decimal, as OpenSSL and Java print small ones; hex where it is longer than a person reads. Others write negative ones too. */
function formatNumber(hex: string): string {
  if (hex.startsWith('-')) return `-${formatNumber(hex.slice(1))}`;
  return hex.length > 16 ? `0x${hex}` : BigInt(`0x${hex}`).toString();
}

type Told = {
  readonly issuer: string;
  readonly number: string | undefined;
  readonly signatureLabel: string;
  readonly signer: number | undefined;
};

function crlJson(crl: Crl, { issuer, number, signatureLabel, signer }: Told): object {
  return {
    kind: 'crl',
    version: crl.version,
    issuer,
    number: number ?? null,
    thisUpdate: crl.thisUpdate.toISOString(),
    nextUpdate: crl.nextUpdate?.toISOString() ?? null,
    signatureAlgorithm: signatureLabel,
    signedByIndex: signer ?? null,
    authorityKeyIdHex: crl.authorityKeyIdHex ?? null,
    isPartial: crl.isPartial,
    extensions: crl.extensions.map(({ oid, isCritical }) => ({ oid, isCritical })),
    entries: crl.entries.map(({ serialHex, revokedAt, reason }) => ({
      serialHex,
      revokedAt: revokedAt.toISOString(),
      reason: reason ?? null,
    })),
  };
}

// Each try costs a signature check.
const MAX_SIGNER_TRIES = 8;

/** The place in the file of the certificate whose key signed the list. */
function findSigner(
  { issuerDer, signatureAlgorithmOid, tbsDer, signature }: Crl,
  all: readonly InspectedObject[],
): number | undefined {
  const hash = signatureHash(signatureAlgorithmOid);
  if (hash === null) return undefined;
  return all
    .flatMap((object, index) =>
      object.kind === 'certificate' && isEqualBytes(object.facts.subjectDer, issuerDer)
        ? [{ index, spkiDer: object.facts.spkiDer }]
        : [],
    )
    .slice(0, MAX_SIGNER_TRIES)
    .find(({ spkiDer }) => verifyWithNode({ spkiDer, hash, tbsDer, signature }))?.index;
}
