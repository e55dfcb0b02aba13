/** @module What people see after `keystore`: the names, then the file, what it holds and until when. */
import { escapeControls } from '@mintmark/ca-core';
import type { Context } from '../command.ts';
import type { PrintedKeystore } from '../keystore/describe-store.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';

const SHOWN = 20;

export function renderKeystore(printed: PrintedKeystore, { io, style }: Context): string {
  const { keystoreFile, alias, names, notAfter, isTrustStore, encryption, certificates, pins } = printed;
  const lines = isTrustStore ? certificates.map(({ alias: own, subject }) => `${own ?? ''}  ${subject}`) : names;
  const shown = lines.slice(0, SHOWN).map((line) => `  ${escapeControls(line)}\n`);
  const rest = lines.length > SHOWN ? `  … and ${lines.length - SHOWN} more\n` : '';
  const rows: [string, string][] = [
    [isTrustStore ? 'trust store' : 'key store', formatPath(keystoreFile, io.cwd)],
    ['holds', isTrustStore ? countOf(certificates.length, 'anchor') : describeChain(certificates.length)],
    ...(isTrustStore ? [] : [['alias', escapeControls(alias)] as [string, string]]),
    ['locked with', encryption],
    ['expires', formatExpiry(new Date(notAfter), io.now())],
  ];
  if (!isTrustStore || certificates.length === 1) rows.push(['pin', `sha256//${pins.spkiSha256Base64}`]);
  return `\n${shown.join('')}${rest}\n${formatColumns(rows, style.dim)}\n`;
}

const countOf = (count: number, what: string): string => `${count} ${what}${count === 1 ? '' : 's'}`;

const describeChain = (length: number): string =>
  length === 1 ? 'key and leaf, no issuer' : `key, leaf and ${countOf(length - 1, 'issuer')}`;
