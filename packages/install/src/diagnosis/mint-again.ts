/** @module The command that makes a server's certificate anew, as it would be typed. Pure. */
import { parseSubjectAltName, quoteWord } from '@mintmark/ca-core';
import type { Case } from './server.ts';
import { typePath } from './typed-path.ts';

/** With the files of the home's own entry where there is one, so that the server finds them in their place. */
export function formatMintAgain(given: Case, names: readonly string[]): string {
  const { entry, around, signing } = given;
  const words = names.filter(isMintable).map(quoteWord).join(' ');
  const ca = signing === undefined || signing.ca.name === 'default' ? '' : ` --ca ${signing.ca.name}`;
  if (entry === undefined) return `mintmark ${words}${ca}`;
  const file = (path: string): string => typePath(path, around.formatPath);
  const key = entry.keyFile === undefined ? '' : ` --key-file ${file(entry.keyFile)}`;
  return `mintmark ${words}${ca} --cert-file ${file(entry.certFile)}${key}`;
}

/** The file with leaf and issuer, as people type it; undefined when this home does not know it. */
export const formatWholeFile = ({ entry, around }: Case): string | undefined =>
  entry === undefined ? undefined : typePath(entry.certFile, around.formatPath);

/** A server's certificate may name anything: only what could be minted gets into a command. */
function isMintable(name: string): boolean {
  try {
    parseSubjectAltName(name, { isPublicSuffix: () => false });
    return true;
  } catch {
    return false;
  }
}
