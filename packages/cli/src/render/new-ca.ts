/** @module The two or three lines that introduce a CA that was just made. */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { StoredCa } from '@mintmark/ca-store';
import { isInstalledAnywhere } from '@mintmark/install/journal';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
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

/** What is left to do while no place of this machine is known to hold the root; undefined otherwise. Asks the journal alone. */
export function renderTrustHint(ca: StoredCa, { talkStyle, homePath, io }: Context): string | undefined {
  try {
    const rootSha256Hex = formatHex(nodeSha256(ca.rootDer));
    if (isInstalledAnywhere({ path: homePath, fs: io.fs }, rootSha256Hex)) return undefined;
  } catch {
    return undefined; // the certificate is made: a journal that can't be read is no reason to fail
  }
  const command = ca.name === DEFAULT_CA ? 'mintmark install' : `mintmark install --ca ${ca.name}`;
  return `\n${talkStyle.yellow(talkStyle.signs.next)} Nothing on this machine trusts this CA yet: ${command}\n`;
}
