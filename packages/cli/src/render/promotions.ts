/** @module What people see when keys were replaced: that spares have taken over, or that nobody knows the new key, and what to type. */
import { quoteWord } from '@mintmark/ca-core';
import type { IssuedCertificate } from '../certificates/issued.ts';
import type { Context } from '../command.ts';
import { formatPath } from '../terminal/text.ts';

/** `isPinLost`: its key was replaced by one that no client has been told of. */
type Replaced = Pick<IssuedCertificate, 'certFile' | 'promotedSpare'> & { readonly isPinLost?: boolean | undefined };

const MAX_LINES = 5;

/** What is said when keys were replaced, and what to type next; empty when none was. */
export function renderPromotions(issued: readonly Replaced[], context: Context): string {
  const promoted = issued.filter(({ promotedSpare }) => promotedSpare !== undefined);
  return renderPromoted(promoted, context) + renderUnknown(issued, context);
}

function renderPromoted(promoted: readonly Replaced[], { io, talkStyle }: Context): string {
  if (promoted.length === 0) return '';
  const words =
    promoted.length === 1 ? 'The spare key has taken over' : `${promoted.length} spare keys have taken over`;
  const spelled = (path: string): string => quoteWord(formatPath(path, io.cwd));
  const commands = promoted.map(
    ({ certFile, promotedSpare }) => `mintmark pin ${spelled(certFile)} --backup ${spelled(promotedSpare ?? '')}`,
  );
  const sign = talkStyle.yellow(talkStyle.signs.next);
  const [first = ''] = commands;
  const next =
    commands.length === 1
      ? `${sign} The next spare: ${first}\n`
      : commands.length <= MAX_LINES
        ? `${sign} The next spares:\n${commands.map((command) => `  ${command}\n`).join('')}`
        : `${sign} The next spares, one for each file: mintmark pin FILE --backup SPARE\n`;
  return `\n${words}; clients with the backup pin go on.\n${next}`;
}

function renderUnknown(issued: readonly Replaced[], { io, talkStyle }: Context): string {
  const files = issued.flatMap(({ certFile, isPinLost }) => (isPinLost === true ? [certFile] : []));
  const [first] = files;
  if (first === undefined) return '';
  const [whose, file] =
    files.length === 1 ? ['this key', quoteWord(formatPath(first, io.cwd))] : [`these ${files.length} keys`, 'FILE'];
  const sign = talkStyle.yellow(talkStyle.signs.next);
  return `${sign} Nobody has the pin of ${whose}; hand it out before you restart: mintmark pin ${file}\n`;
}
