/**
 * @module The iOS simulators that run. `simctl` lists no certificates, so the trust store of each simulator, an SQLite file of
 * its own, is searched for the bytes of the root; where that file is not found, only the journal knows.
 */
import { posix } from 'node:path';
import { parseBootedSimulators, type Simulator } from '../ios/simctl-output.ts';
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';
import { isRootFileThere } from './root-file.ts';

export const XCRUN_PROGRAM = '/usr/bin/xcrun';

export type SimulatorFacts = Simulator & {
  /** SHA-256 (hex) of the wanted roots in it; undefined when its trust store was not found. */
  readonly held: ReadonlySet<string> | undefined;
  /** The journal has a word of an earlier install there. */
  readonly isInJournal: boolean;
};

export type IosFacts = {
  readonly simulators: readonly SimulatorFacts[];
  /** SHA-256 (hex) of the wanted roots whose file is where it should be. */
  readonly rootFiles: ReadonlySet<string>;
};

/** Undefined where no simulator was ever made. */
export async function readIosFacts(reader: MachineReader, request: FactsRequest): Promise<IosFacts | undefined> {
  if (reader.platform !== 'darwin') return undefined;
  const folder = posix.join(reader.userFolder, 'Library/Developer/CoreSimulator/Devices');
  // Every Mac has an xcrun, which without Xcode opens a window that offers to download it.
  if (!hasXcode(reader) || reader.readFolder(folder).length === 0) return undefined;
  const { stdout } = await reader.query({ command: [XCRUN_PROGRAM, 'simctl', 'list', '-j', 'devices', 'booted'] });
  const known = request.knownPlaces.get('ios-simulator') ?? [];
  const simulators = parseBootedSimulators(stdout).map((simulator) => ({
    ...simulator,
    held: readHeld(reader, request, simulator.dataFolder ?? posix.join(folder, simulator.udid, 'data')),
    isInJournal: known.includes(simulator.udid),
  }));
  const rootFiles = request.roots.filter((root) => isRootFileThere(reader, root)).map(({ sha256Hex }) => sha256Hex);
  return { simulators, rootFiles: new Set(rootFiles) };
}

/** Xcode's own link to the folder of tools that was chosen, or its usual place. */
const hasXcode = (reader: MachineReader): boolean =>
  [reader.env['DEVELOPER_DIR'], reader.readLink('/var/db/xcode_select_link'), '/Applications/Xcode.app'].some(
    (path) => path !== undefined && !path.includes('CommandLineTools') && reader.status(path) !== undefined,
  );

/** Below the data folder, since iOS 15 and before. */
const TRUST_STORES = [
  'private/var/protected/trustd/private/TrustStore.sqlite3',
  'Library/Keychains/TrustStore.sqlite3',
];

/** SQLite keeps so short a value whole in one page, of the file or of the log of what is not in it yet. */
function readHeld(reader: MachineReader, request: FactsRequest, dataFolder: string): Set<string> | undefined {
  const files = TRUST_STORES.map((path) => posix.join(dataFolder, path)).filter((path) => reader.status(path));
  if (files.length === 0) return undefined;
  const contents = files
    .flatMap((path) => [path, `${path}-wal`])
    .map((path) => Buffer.from(reader.readFile(path) ?? []));
  const held = request.roots.filter(({ certDer }) =>
    contents.some((content) => content.includes(Buffer.from(certDer))),
  );
  return new Set(held.map(({ sha256Hex }) => sha256Hex));
}
