/** @module The two or three lines that introduce a CA that was just made. */
import type { StoredCa } from '@mintmark/ca-store';
import type { Context } from '../command.ts';
import { formatList, wrap } from '../terminal/text.ts';

const DOMAINS_SHOWN = 4;
const WIDTH = 76;

/** Says what the new CA may speak for, and that its root key is gone. Own domains come first, they matter most. */
export function renderNewCa({ name, root: { scope } }: StoredCa): string {
  if (scope.kind === 'unscoped') {
    return `${wrap(`New CA "${name}", unscoped: whoever steals its key can speak for every name on the internet, your bank's included, to every machine that trusts it.`, WIDTH)}\n`;
  }
  const isOwn = (domain: string): boolean => domain.includes('.') && domain !== 'home.arpa';
  const domains = [...scope.domains].sort((a, b) => Number(isOwn(b)) - Number(isOwn(a)));
  const words =
    domains.length > DOMAINS_SHOWN + 1
      ? `${formatList(domains, DOMAINS_SHOWN)} (mintmark ca show)`
      : domains.join(', ').replace(/, ([^,]+)$/, ' and $1');
  return `${wrap(`New CA "${name}". It can only speak for ${words}, and its root key no longer exists.`, WIDTH)}\n`;
}

/** What is left to do after the first certificate. */
export function renderTrustHint({ talkStyle }: Context): string {
  return `\n${talkStyle.yellow(talkStyle.signs.next)} Nothing trusts this CA yet; give programs its root: mintmark ca show\n`;
}
