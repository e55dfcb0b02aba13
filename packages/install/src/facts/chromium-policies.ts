/** @module Policy files of the installed Chromium browsers: which of the wanted roots they trust, and whether others rule there. */
import { posix } from 'node:path';
import type { MachineReader } from '../machine/machine.ts';
import { digestOfBase64, parseCaCertificates } from '../nss/chromium-policy.ts';
import type { ChromiumBrowser } from './chromium-family.ts';
import { readEditableFile, type EditableFile } from './editable-file.ts';
import type { FactsRequest } from './facts.ts';
import { listMissingFolders } from './nss-databases.ts';

/** Of several files that set one policy only the last counts, so all our roots stand in one file. */
const CHROMIUM_POLICY_FILE = 'mintmark.json';

export type ChromiumPolicy = {
  readonly browser: string;
  /** Our file, whether it exists or not. */
  readonly path: string;
  readonly file: EditableFile;
  /** Wanted roots (SHA-256, hex) in our file. */
  readonly roots: ReadonlySet<string>;
  /** Another file sets the same policy: ours would take its roots away, or the other way round. */
  readonly isTakenByOthers: boolean;
  readonly missingFolders: readonly string[];
};

/** One for each browser whose folder of policies is known. */
export function readChromiumPolicies(
  reader: MachineReader,
  request: FactsRequest,
  browsers: readonly ChromiumBrowser[],
): ChromiumPolicy[] {
  return browsers.flatMap(({ name, policyFolder }) => {
    if (policyFolder === undefined) return [];
    const path = posix.join(policyFolder, CHROMIUM_POLICY_FILE);
    const file = readEditableFile(reader, path);
    const held = new Set(parseCaCertificates(file.text ?? '')?.map(digestOfBase64));
    const others = reader.readFolder(policyFolder).filter((other) => other !== CHROMIUM_POLICY_FILE);
    return [
      {
        browser: name,
        path,
        file,
        roots: new Set(request.rootsSha256Hex.filter((hex) => held.has(hex))),
        isTakenByOthers: others.some((other) =>
          readText(reader, posix.join(policyFolder, other)).includes('"CACertificates"'),
        ),
        missingFolders: listMissingFolders(reader, policyFolder),
      },
    ];
  });
}

const readText = (reader: MachineReader, path: string): string => Buffer.from(reader.readFile(path) ?? []).toString();
