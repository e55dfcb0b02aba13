/** @module What people see after mint, sign and self-signed: the names, then the files, then the one thing to know. */
import { quoteWord } from '@mintmark/ca-core';
import type { Context } from '../command.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';

const NAMES_SHOWN = 20;

/** The block for one certificate. `isChain`: the file holds the issuer too. */
export function renderIssued(issued: IssuedCertificate, context: Context, isChain: boolean): string {
  const { io, style } = context;
  const certificate = formatPath(issued.certFile, io.cwd);
  const key = issued.keyFile === null ? undefined : formatPath(issued.keyFile, io.cwd);
  const store = issued.p12File === undefined ? undefined : formatPath(issued.p12File, io.cwd);
  const width = Math.max(...[certificate, key, store].map((path) => path?.length ?? 0)) + 4;
  const note = (path: string, words: string) => (words === '' ? path : `${path.padEnd(width)}${style.dim(words)}`);
  const shown = issued.names.slice(0, NAMES_SHOWN).map((name) => `  ${name}\n`);
  const rest = issued.names.length > NAMES_SHOWN ? `  … and ${issued.names.length - NAMES_SHOWN} more\n` : '';
  const rows: [string, string][] = [
    ['certificate', note(certificate, isChain ? 'leaf and issuer, in this order' : '')],
  ];
  if (key !== undefined && key !== certificate)
    rows.push(['key', note(key, issued.isKeyKept ? 'kept, so pins of it still hold' : '')]);
  if (store !== undefined) rows.push(['key store', note(store, 'both, under a password')]);
  rows.push(['expires', formatExpiry(new Date(issued.notAfter), io.now())]);
  rows.push(['pin', `sha256//${issued.pins.spkiSha256Base64}`]);
  return `\n${shown.join('')}${rest}\n${formatColumns(rows, style.dim)}\n${renderWildcards(issued.names)}${renderUrls(issued.names)}${style.dim(`  more pins: mintmark pin ${quoteWord(certificate.replace(/^\.[/\\]/, ''))}`)}\n`;
}

/** A pasted address becomes a URI name, which no browser looks at. */
function renderUrls(names: readonly string[]): string {
  const url = names.find((name) => /^https?:\/\//i.test(name));
  return url === undefined
    ? ''
    : `  ${url} is a URI identity; browsers look for its host: mintmark ${new URL(url).hostname}\n`;
}

/** A wildcard goes one label deep, and under a bare top-level name browsers ignore it. */
function renderWildcards(names: readonly string[]): string {
  const first = names.find((name) => name.startsWith('*.'));
  if (first === undefined) return '';
  const base = first.slice(2);
  const line = `  ${first} matches a.${base}, not a.b.${base}\n`;
  const bare = names.find((name) => /^\*\.[^.]+$/.test(name));
  return bare === undefined
    ? line
    : `${line}  ${bare}: browsers want two labels after the star, such as *.app${bare.slice(1)}\n`;
}
