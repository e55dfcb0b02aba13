/**
 * @module A hook's line as words, by the quoting rules of POSIX shells (XCU 2.2) without any expansion, because no shell will see it.
 * What a shell would act on is refused where it stands unquoted: run as a plain word it would do something else than was meant.
 */
import { deployError } from './deploy-errors.ts';

const SHELL_SIGNS = new Set('|&;<>()$`*?\n');
const ESCAPED_IN_QUOTES = new Set('$`"\\\n');

type Reading = { readonly text: string; readonly isWindows: boolean; at: number };

/** At least one word. `isWindows`: a backslash is a character of paths. @throws DEPLOY_HOOK_WORDS */
export function splitHookWords(text: string, { isWindows }: { readonly isWindows: boolean }): [string, ...string[]] {
  const reading: Reading = { text, isWindows, at: 0 };
  const words: string[] = [];
  for (;;) {
    while (/[ \t]/.test(text[reading.at] ?? '')) reading.at++;
    if (reading.at >= text.length) break;
    words.push(readWord(reading));
  }
  const [program, ...args] = words;
  if (program === undefined || program === '') throw deployError('DEPLOY_HOOK_WORDS', { reason: 'names no program' });
  return [program, ...args];
}

function readWord(reading: Reading): string {
  const { text } = reading;
  if (/[~#]/.test(text[reading.at] ?? '')) throw refuse(text[reading.at] ?? '');
  let word = '';
  while (reading.at < text.length && !/[ \t]/.test(text[reading.at] ?? '')) word += readPart(reading);
  return word;
}

function readPart(reading: Reading): string {
  const { text, isWindows } = reading;
  const sign = text[reading.at] ?? '';
  if (sign === "'") return readQuoted(reading);
  if (sign === '"') return readDoubleQuoted(reading);
  reading.at++;
  if (sign === '\\' && !isWindows) {
    if (reading.at >= text.length) throw deployError('DEPLOY_HOOK_WORDS', { reason: 'ends with a backslash' });
    return text[reading.at++] ?? '';
  }
  if (SHELL_SIGNS.has(sign) || sign === '\0') throw refuse(sign);
  return sign;
}

function readQuoted(reading: Reading): string {
  const { text } = reading;
  const end = text.indexOf("'", reading.at + 1);
  if (end < 0) throw refuseOpen("'");
  const quoted = text.slice(reading.at + 1, end);
  reading.at = end + 1;
  return quoted;
}

function readDoubleQuoted(reading: Reading): string {
  const { text, isWindows } = reading;
  let quoted = '';
  for (reading.at++; reading.at < text.length; reading.at++) {
    const sign = text[reading.at] ?? '';
    if (sign === '"') {
      reading.at++;
      return quoted;
    }
    const next = text[reading.at + 1] ?? '';
    if (sign === '\\' && !isWindows && ESCAPED_IN_QUOTES.has(next)) {
      quoted += next === '\n' ? '' : next;
      reading.at++;
    } else if (sign === '$' || sign === '`') throw refuse(sign);
    else quoted += sign;
  }
  throw refuseOpen('"');
}

const refuse = (sign: string) =>
  deployError('DEPLOY_HOOK_WORDS', {
    reason: `has ${JSON.stringify(sign)}, on which a shell would act, and there is none`,
  });

const refuseOpen = (sign: string) => deployError('DEPLOY_HOOK_WORDS', { reason: `has a ${sign} that is never closed` });
