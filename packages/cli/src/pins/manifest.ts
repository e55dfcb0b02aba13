/**
 * @module Signed pin manifests: the pins of a server, the one in use and the spare, in a small JSON file that its users can check before
 * they pin: made, written, checked. The format is described in docs/pin-manifest.md.
 */
import { formatHex, quoteWord } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { CERTIFICATE_MODE, readIfPresent, storeError, writeFileAtomically } from '@mintmark/ca-store';
import { assertNoFolder } from '../certificates/file-names.ts';
import type { Access, CommandResult } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { formatPath } from '../terminal/text.ts';
import { describeManifest, renderManifest } from './manifest-words.ts';
import { ManifestFault, parseManifest, type PinManifest } from './manifest-shape.ts';

export { checkManifest } from './check-manifest.ts';
export { createManifest, type ManifestSubject } from './create-manifest.ts';
export type { PinManifest } from './manifest-shape.ts';

/**
 * Writes it to an absolute path (0644, atomic) and says so: `pin TARGET --out FILE`. Another manifest is replaced, anything else only
 * with --force. @throws FILE_EXISTS, disk codes
 */
export function writeManifest(file: string, manifest: PinManifest, { invocation, context }: Access): CommandResult {
  const { fs, cwd } = context.io;
  assertNoFolder([file], context);
  const before = readIfPresent(fs, file);
  if (before !== undefined && !isManifest(before) && !isOptionSet(invocation, 'force'))
    throw storeError('FILE_EXISTS', { path: file });
  writeFileAtomically(fs, { path: file, text: `${JSON.stringify(manifest, undefined, 2)}\n`, mode: CERTIFICATE_MODE });
  const path = formatPath(file, cwd);
  const { style, talkStyle } = context;
  return {
    json: { manifestFile: file, ...describeManifest(manifest), issuer: manifest.issuer.name },
    text: `  ${style.green(style.signs.ok)} ${path}, signed by "${manifest.issuer.name}"\n\n${renderManifest(manifest, context)}\n`,
    next: `${talkStyle.signs.next} Who gets it checks it: mintmark pin --check-manifest ${quoteWord(path)} ${trustOption(manifest)}\n`,
  };
}

/** By the root, which its users have; or, where the server's own key signed, by the pin that they have. */
const trustOption = ({ current, issuer: { chain } }: PinManifest): string => {
  const own = chain.some((der) => formatHex(nodeSha256(Buffer.from(der, 'base64'))) === current.certSha256Hex);
  return own ? `--check sha256//${current.spkiSha256Base64}` : '--roots root.pem';
};

function isManifest(bytes: Uint8Array): boolean {
  try {
    parseManifest(bytes);
    return true;
  } catch (cause) {
    if (cause instanceof ManifestFault) return false;
    throw cause;
  }
}
