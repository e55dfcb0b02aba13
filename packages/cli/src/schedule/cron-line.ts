/** @module A renewal in a crontab, known by the comment behind it: crontab(5), whose lines go to `sh`. Pure text. */
import { quoteWord } from '@mintmark/ca-core';
import type { TimerOrder } from './timer-order.ts';

/** cron makes a line break of a bare `%`. `--quiet`: what is printed is mailed, and there is news only when something failed. */
export function renderCronLine({ name, command, minuteOfDay }: TimerOrder): string {
  const words = [...command, '--quiet'].map((word) => quoteWord(word).replaceAll('%', '\\%')).join(' ');
  return `${minuteOfDay % 60} ${Math.floor(minuteOfDay / 60)} * * * ${words} # ${name}\n`;
}

/** The lines of that name; there should be one. */
export const findCronLines = (crontab: string, name: string): string[] =>
  crontab.split(/(?<=\n)/).filter((line) => line.trimEnd().endsWith(` # ${name}`));

/** A crontab without those lines, and with the new one where there is one. Everything else stays, byte for byte. */
export function changeCrontab(crontab: string, name: string, line = ''): string {
  const own = new Set(findCronLines(crontab, name));
  const rest = crontab
    .split(/(?<=\n)/)
    .filter((one) => !own.has(one))
    .join('');
  return line === '' || rest === '' || rest.endsWith('\n') ? rest + line : `${rest}\n${line}`;
}
