/** @module What mkcert says on its way, in its order and close to its words: people and scripts know them. */
import { quote } from '@mintmark/ca-core';
import type { StoredCa } from '@mintmark/ca-store';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { formatDate } from '../terminal/text.ts';
import { mkcertCommandLine } from './link.ts';

/** The names, with a word about wildcards that browsers read narrower than people. */
export function renderNames(shown: readonly string[]): string {
  const lines = shown.map((name) => ` - ${quote(name)}\n${isSecondLevel(name) ? renderSecondLevel(name) : ''}`);
  const wildcard = shown.find((name) => name.startsWith('*.'));
  const reminder =
    wildcard === undefined
      ? ''
      : `\nReminder: X.509 wildcards only go one level deep, so this won't match a.b.${wildcard.slice(2)}\n`;
  return `\nCreated a new certificate valid for the following names\n${lines.join('')}${reminder}\n`;
}

const isSecondLevel = (name: string): boolean => /^\*\.[0-9a-z_-]+$/i.test(name);
const renderSecondLevel = (name: string): string =>
  `   Warning: many browsers don't support second-level wildcards like ${quote(name)}\n`;

/** Where a pair went, as the paths were given. */
export const renderPair = (certFile: string, keyFile: string, isOneFile: boolean): string =>
  isOneFile
    ? `The certificate and key are at ${quote(certFile)}\n`
    : `The certificate is at ${quote(certFile)} and the key at ${quote(keyFile)}\n`;

export const renderStore = (p12File: string): string =>
  `The PKCS#12 bundle is at ${quote(p12File)}\n\n` +
  'Its password is "changeit", as mkcert\'s is: it protects nothing, so keep the file to yourself\n';

export const renderSigned = (certFile: string): string => `The certificate is at ${quote(certFile)}\n`;

export const renderExpiry = ({ notAfter }: Pick<IssuedCertificate, 'notAfter'>): string =>
  `\nIt will expire on ${formatDate(new Date(notAfter))}\n\n`;

export const NEW_CA = 'Created a new local CA\n';

/** A CA that was made beside the others, because none of them may speak for the names. */
export function renderFurtherCa({ name, root: { scope } }: StoredCa): string {
  const domains = scope.kind === 'scoped' ? scope.domains.filter((domain) => domain !== 'localhost') : [];
  return (
    `Created a new local CA ${quote(name)}, which can only speak for ${domains.join(', ')} and localhost:\n` +
    'no CA of this folder may. Its root stands in rootCA.pem with the others.\n'
  );
}

export const renderTrustCommand = (): string => `To trust it, run "${mkcertCommandLine()} -install"\n`;

/** What an unscoped key can do, and how to be rid of it. */
export const renderUnscoped = (): string =>
  'Note: the CA in rootCA.pem may speak for every name: whoever copies rootCA-key.pem\n' +
  'can pose as any site to all that trust it. For a CA that is limited, take it out\n' +
  `("${mkcertCommandLine()} -uninstall"), move both files away and run "${mkcertCommandLine()} -install".\n`;
