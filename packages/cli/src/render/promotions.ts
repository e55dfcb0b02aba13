/** @module What people see when spare keys have taken over: that they have, and what to type for the next. */
import { quoteWord } from '@mintmark/ca-core';
import type { IssuedCertificate } from '../certificates/issued.ts';
import type { Context } from '../command.ts';
import { formatPath } from '../terminal/text.ts';

/** What is said when spares have taken over, and what to type for the next; empty when none has. */
export function renderPromotions(
  issued: readonly Pick<IssuedCertificate, 'certFile' | 'promotedSpare'>[],
  { io, talkStyle }: Context,
): string {
  const promoted = issued.filter(({ promotedSpare }) => promotedSpare !== undefined);
  const [first] = promoted;
  if (first === undefined) return '';
  const words =
    promoted.length === 1 ? 'The spare key has taken over' : `${promoted.length} spare keys have taken over`;
  const [cert, spare] = [first.certFile, first.promotedSpare ?? ''].map((path) => formatPath(path, io.cwd));
  return `\n${words}; clients with the backup pin go on.\n${talkStyle.yellow(talkStyle.signs.next)} The next spare: mintmark pin ${quoteWord(cert ?? '')} --backup ${quoteWord(spare ?? '')}\n`;
}
