/**
 * @module Signed pin manifests: the pins of a server, the one in use and the spare, in a small JSON file that its users can check before
 * they pin: made, written, checked. The format is described in docs/pin-manifest.md.
 */
import { formatHex, isEqualBytes, quoteWord } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  listCaNames,
  readIfPresent,
  storeError,
  writeFileAtomically,
  type StoredCa,
} from '@mintmark/ca-store';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
import { assertFilePlaces } from '../certificates/file-names.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { formatPath } from '../terminal/text.ts';
import { tryReadCa } from './create-manifest.ts';
import { describeManifest, renderManifest } from './manifest-words.ts';
import { ManifestFault, parseManifest, type PinManifest } from './manifest-shape.ts';
import { findSpare, renderLoss } from './spare.ts';

export { checkManifest } from './check-manifest.ts';
export { createManifest, type ManifestSubject } from './create-manifest.ts';
export type { PinManifest } from './manifest-shape.ts';

/**
 * Writes it to an absolute path (0644, atomic) and says so: `pin TARGET --out FILE`. Another manifest is replaced, anything else only
 * with --force. @throws FILE_EXISTS, disk codes
 */
export function writeManifest(file: string, manifest: PinManifest, { invocation, context }: Access): CommandResult {
  const { fs, cwd } = context.io;
  assertFilePlaces([file], context);
  const before = readIfPresent(fs, file);
  if (before !== undefined && !isManifest(before) && !isOptionSet(invocation, 'force'))
    throw storeError('FILE_EXISTS', { path: file });
  writeFileAtomically(fs, { path: file, text: `${JSON.stringify(manifest, undefined, 2)}\n`, mode: CERTIFICATE_MODE });
  const path = formatPath(file, cwd);
  const isBackupLost = isSpareLost(manifest, { invocation, context });
  const { style, talkStyle } = context;
  return {
    json: { manifestFile: file, ...describeManifest(manifest), isBackupLost, issuer: manifest.issuer.name },
    text: `  ${style.green(style.signs.ok)} ${path}, signed by "${manifest.issuer.name}"\n\n${renderManifest(manifest, context)}\n`,
    next: `${talkStyle.signs.next} Who gets it checks it: mintmark pin --check-manifest ${quoteWord(path)} ${trustOption(manifest, context)}\n`,
  };
}

/** By the root, which its users have; or, where the server's own key signed, by the pin that they have. */
function trustOption({ current, issuer: { chain } }: PinManifest, { homePath, io }: Context): string {
  const digests = chain.map((der) => formatHex(nodeSha256(Buffer.from(der, 'base64'))));
  if (digests.includes(current.certSha256Hex)) return `--check sha256//${current.spkiSha256Base64}`;
  const home = { path: homePath, fs: io.fs };
  const isIssuer = ({ issuer, rootDer }: StoredCa): boolean =>
    chain.length === 0
      ? isEqualBytes(issuer.certDer, rootDer)
      : digests.includes(formatHex(nodeSha256(issuer.certDer)));
  const name = listCaNames(home).find((one) => {
    const ca = tryReadCa(home, one);
    return ca !== undefined && isIssuer(ca);
  });
  const option = name === undefined || name === DEFAULT_CA ? '' : ` --ca ${quoteWord(name)}`;
  return `--roots "$(mintmark ca path${option})/root.pem"`;
}

/** Says when the key of the backup pin is not where it was put, unless --backup has said so; false where there is no backup. */
function isSpareLost({ current }: PinManifest, { invocation, context }: Access): boolean {
  const spkiSha256Hex = formatHex(Buffer.from(current.spkiSha256Base64, 'base64'));
  const spare = findSpare(spkiSha256Hex, { path: context.homePath, fs: context.io.fs });
  if (spare?.isLost !== true) return false;
  if (optionText(invocation, 'backup') === undefined) context.say(renderLoss(spare, context));
  return true;
}

function isManifest(bytes: Uint8Array): boolean {
  try {
    parseManifest(bytes);
    return true;
  } catch (cause) {
    if (cause instanceof ManifestFault) return false;
    throw cause;
  }
}
