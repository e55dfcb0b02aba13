/** @module Text as people read it: dates, paths, columns, wrapped lines. */
import { homedir } from 'node:os';
import { relative, sep } from 'node:path';

const DAY_MS = 86_400_000;
const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];

/** Whole days from now to the date, begun days counted; negative when it has passed. */
export function countDaysLeft(date: Date, now: Date): number {
  return Math.ceil((date.getTime() - now.getTime()) / DAY_MS);
}

/** `24 December 2027`, UTC, whatever the locale. */
export function formatDate(date: Date): string {
  return `${date.getUTCDate()} ${MONTHS[date.getUTCMonth()] ?? ''} ${date.getUTCFullYear()}`;
}

/** `24 December 2027 (397 days)`; `(expired)` when it has passed. */
export function formatExpiry(date: Date, now: Date): string {
  const days = countDaysLeft(date, now);
  return `${formatDate(date)} (${date <= now ? 'expired' : days === 1 ? '1 day' : `${days} days`})`;
}

/** A path as people type it: `./file` below the current folder, `~/file` below the home folder, else absolute; Windows knows no `~`. */
export function formatPath(path: string, cwd: string): string {
  const inside = (base: string): string | undefined => {
    const rest = relative(base, path);
    return rest !== '' && !rest.startsWith('..') && !rest.startsWith(sep) ? rest : undefined;
  };
  const local = inside(cwd);
  if (local !== undefined) return `.${sep}${local}`;
  if (sep === '\\') return path;
  const atHome = inside(homedir());
  return atHome === undefined ? path : `~/${atHome}`;
}

/** Label and value lines, two spaces of indent, values in one column. */
export function formatColumns(
  rows: readonly (readonly [label: string, value: string])[],
  dim: (text: string) => string,
): string {
  const width = Math.max(...rows.map(([label]) => label.length)) + 2;
  return rows.map(([label, value]) => `  ${dim(label.padEnd(width))}${value}\n`).join('');
}

/** Breaks a sentence at spaces so that no line is longer than the width, where its words allow. */
export function wrap(text: string, width: number): string {
  const lines = [''];
  for (const word of text.split(' ')) {
    const line = lines.at(-1) ?? '';
    if (line !== '' && line.length + 1 + word.length > width) lines.push(word);
    else lines[lines.length - 1] = line === '' ? word : `${line} ${word}`;
  }
  return lines.join('\n');
}

/** `a, b, c and 5 more`. */
export function formatList(items: readonly string[], shown: number): string {
  if (items.length <= shown + 1) return items.join(', ');
  return `${items.slice(0, shown).join(', ')} and ${items.length - shown} more`;
}
