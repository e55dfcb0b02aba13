/** @module A manifest as results and people see it. */
import { escapeControls } from '@mintmark/ca-core';
import type { Context } from '../command.ts';
import { formatColumns, formatDate, formatExpiry, formatList } from '../terminal/text.ts';
import type { PinManifest } from './manifest-shape.ts';

const NAMES_SHOWN = 8;

/** Without the signature and the certificates of who signed. */
export function describeManifest({ names, issuedAt, notAfter, current, backup }: PinManifest): object {
  return { names, issuedAt, notAfter, current, backup };
}

export function renderManifest({ names, issuedAt, notAfter, current, backup }: PinManifest, context: Context): string {
  const rows = [
    ['names', escapeControls(formatList(names, NAMES_SHOWN))],
    ['current', `sha256//${current.spkiSha256Base64}`],
    ['backup', backup === null ? 'none' : `sha256//${backup.spkiSha256Base64}`],
    ['made', formatDate(new Date(issuedAt))],
    ['good until', formatExpiry(new Date(notAfter), context.io.now())],
  ] as const;
  return formatColumns(rows, context.style.dim);
}
