/** @module A path as it can be typed into a shell. Pure. */
import { quoteWord } from '@mintmark/ca-core';

const PLAIN = /^[\w./:@%+=,~-]+$/;

/** Short where it needs no quotes; else whole, because a quoted `~` leads nowhere. */
export function typePath(path: string, formatPath: (path: string) => string): string {
  const short = formatPath(path);
  if (PLAIN.test(short)) return short;
  return quoteWord(short.startsWith('~') ? path : short);
}
