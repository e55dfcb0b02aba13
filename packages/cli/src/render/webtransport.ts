/** @module What people see of the two certificates of a WebTransport server: files, times, and the hashes that clients take. */
import { formatBase64, parseHex } from '@mintmark/ca-core';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { dueMs, type RollingCertificates } from '../certificates/webtransport.ts';
import type { Context } from '../command.ts';
import { formatColumns, formatDate, formatExpiry, formatPath } from '../terminal/text.ts';

/** The hash as `serverCertificateHashes` takes it, in base64. */
const hashOf = ({ pins }: IssuedCertificate): string => formatBase64(parseHex(pins.certSha256Hex) ?? new Uint8Array());

export function renderRolling({ current, next }: RollingCertificates, { io, style }: Context): string {
  const rowsOf = (issued: IssuedCertificate, times: string) => [
    ['certificate', formatPath(issued.certFile, io.cwd)] as const,
    ['key', formatPath(issued.keyFile ?? '', io.cwd)] as const,
    ['valid', times] as const,
    ['hash', hashOf(issued)] as const,
  ];
  const until = (issued: IssuedCertificate): string => `until ${formatExpiry(new Date(issued.notAfter), io.now())}`;
  const begins = `from ${formatDate(new Date(next.notBefore))}, ${until(next)}`;
  const names = current.names.map((name) => `  ${name}\n`).join('');
  const blocks = [rowsOf(current, until(current)), rowsOf(next, begins)].map((rows) => formatColumns(rows, style.dim));
  return `\n${names}\n${blocks.join('\n')}\n`;
}

/** What is to be done, and when this is to be run again. */
export function suggestRolling({ current, next }: RollingCertificates, { talkStyle }: Context): string {
  const from = formatDate(new Date(dueMs(next)));
  const by = formatDate(new Date(current.notAfter));
  return `${talkStyle.yellow(talkStyle.signs.next)} Give clients both hashes. Between ${from} and ${by}\n  run the same command again and restart the server\n`;
}
