/** @module The policy file of Firefox on Linux: which of the wanted roots it installs, and what a new one must carry over. */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { parseInstalledFiles } from '../nss/firefox-policy.ts';
import { certificateSha256Hexes } from './certificates.ts';
import { readEditableFile, type EditableFile } from './editable-file.ts';
import type { FactsRequest } from './facts.ts';
import { listMissingFolders } from './nss-databases.ts';

/** Read by Firefox, its editions and its snap; `/etc/firefox-esr` is not. */
const FIREFOX_POLICY_FOLDER = '/etc/firefox/policies';

export type FirefoxPolicy = {
  readonly path: string;
  readonly file: EditableFile;
  /** The file that the installation brings, which counts only while the one above is missing. */
  readonly distributionText: string | undefined;
  /** Values of `Certificates.Install` that lead to a wanted root. */
  readonly installed: readonly { readonly value: string; readonly sha256Hex: string }[];
  /** Certificate files of wanted roots in the folder, named by a policy or not. */
  readonly files: readonly { readonly path: string; readonly sha256Hex: string }[];
  readonly missingFolders: readonly string[];
};

/** @param installation folder of the installed Firefox */
export function readFirefoxPolicy(
  reader: MachineReader,
  request: FactsRequest,
  installation: string | undefined,
): FirefoxPolicy {
  const path = posix.join(FIREFOX_POLICY_FOLDER, 'policies.json');
  const file = readEditableFile(reader, path);
  const values = parseInstalledFiles(file.text ?? '') ?? [];
  const distribution =
    installation === undefined ? undefined : reader.readFile(posix.join(installation, 'distribution/policies.json'));
  const wantedIn = (certFile: string): string[] =>
    certificateSha256Hexes(reader.readFile(certFile) ?? new Uint8Array()).filter((hex) =>
      request.rootsSha256Hex.includes(hex),
    );
  const own = reader.readFolder(FIREFOX_POLICY_FOLDER).filter((name) => /^mintmark-.*\.pem$/.test(name));
  return {
    path,
    file,
    distributionText: distribution === undefined ? undefined : Buffer.from(distribution).toString(),
    installed: values
      .filter((value) => posix.isAbsolute(value))
      .flatMap((value) => wantedIn(value).map((sha256Hex) => ({ value, sha256Hex }))),
    files: own
      .map((name) => posix.join(FIREFOX_POLICY_FOLDER, name))
      .flatMap((certFile) => wantedIn(certFile).map((sha256Hex) => ({ path: certFile, sha256Hex }))),
    missingFolders: listMissingFolders(reader, FIREFOX_POLICY_FOLDER),
  };
}
