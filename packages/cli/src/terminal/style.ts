/**
 * @module Colours and signs. Green is proven, yellow is yours to do, red failed, dim is a label; nothing else. Without a
 * terminal, or with NO_COLOR, the same text without colour; where the locale is not UTF-8, `ok x >` for the signs.
 */
import type { Io } from '../io.ts';

export type Style = {
  readonly green: (text: string) => string;
  readonly yellow: (text: string) => string;
  readonly red: (text: string) => string;
  readonly dim: (text: string) => string;
  /** Spells what the terminal can't show (… and ·) in ASCII. */
  readonly spell: (text: string) => string;
  readonly signs: { readonly ok: string; readonly failed: string; readonly next: string };
};

const paint = (code: number, isOn: boolean) => (text: string) => (isOn ? `\u001b[${code}m${text}\u001b[0m` : text);

/** The style for one stream of this process. */
export function createStyle(
  { env, isTerminal, platform }: Pick<Io, 'env' | 'isTerminal' | 'platform'>,
  stream: 'stdout' | 'stderr',
): Style {
  const wantsNone = (env['NO_COLOR'] ?? '') !== '' || env['TERM'] === 'dumb';
  const isColoured = !wantsNone && isTerminal[stream];
  const isUnicode = hasUnicode(env, platform);
  const signs = isUnicode ? { ok: '✓', failed: '✗', next: '›' } : { ok: 'ok', failed: 'x', next: '>' };
  return {
    green: paint(32, isColoured),
    yellow: paint(33, isColoured),
    red: paint(31, isColoured),
    dim: paint(2, isColoured),
    spell: (text) => (isUnicode ? text : text.replaceAll('…', '...').replaceAll('·', '-')),
    signs,
  };
}

/** POSIX: the first of LC_ALL, LC_CTYPE, LANG that is set names the encoding; unset means a pipe or CI, where UTF-8 is read. */
function hasUnicode(env: Io['env'], platform: NodeJS.Platform): boolean {
  if (platform === 'win32') return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] === 'vscode';
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return locale === undefined || /utf-?8/i.test(locale);
}
