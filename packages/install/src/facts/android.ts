/**
 * @module The Android emulators that run. Asking adb starts a server that stays, so it is asked only where a file or the
 * environment says that an emulator is up.
 */
import { posix, win32 } from 'node:path';
import { parseEmulators, parseGreppedFiles, parseProperties } from '../android/adb-output.ts';
import { hashSubjectOld } from '../android/subject-hash.ts';
import type { MachineReader } from '../machine/machine.ts';
import { certificateSha256Hexes } from './certificates.ts';
import type { FactsRequest } from './facts.ts';
import { isRootFileThere } from './root-file.ts';

/** Read by the system up to Android 13. */
export const SYSTEM_FOLDER = '/system/etc/security/cacerts';
/** Read from Android 14 on: part of a module that cannot be written to. */
export const MODULE_FOLDER = '/apex/com.android.conscrypt/cacerts';

/** A file in a folder of certificates with the subject of a wanted root, its own or another's. */
export type CertificateFile = {
  readonly folder: string;
  readonly subjectHash: string;
  readonly number: number;
  readonly sha256Hexes: readonly string[];
};

export type Emulator = {
  readonly serial: string;
  /** Name of the virtual device; serials are given anew at every start. */
  readonly name: string | undefined;
  /** API level; 0 when unknown. */
  readonly apiLevel: number;
  /** The image lets adb become root. Those with the Play Store do not. */
  readonly isRootable: boolean;
  readonly files: readonly CertificateFile[];
};

export type AndroidFacts = {
  readonly adb: string;
  readonly emulators: readonly Emulator[];
  /** SHA-256 (hex) of the wanted roots whose file is where it should be. */
  readonly rootFiles: ReadonlySet<string>;
};

/** Undefined without adb or a running emulator. */
export async function readAndroidFacts(
  reader: MachineReader,
  request: FactsRequest,
): Promise<AndroidFacts | undefined> {
  if (!isEmulatorUp(reader)) return undefined;
  const adb = findAdb(reader);
  if (adb === undefined) return undefined;
  const { stdout } = await reader.query({ command: [adb, 'devices'] });
  const emulators = await Promise.all(
    parseEmulators(stdout).map((serial) => readEmulator(reader, request, { adb, serial })),
  );
  const rootFiles = request.roots.filter((root) => isRootFileThere(reader, root)).map(({ sha256Hex }) => sha256Hex);
  return { adb, emulators, rootFiles: new Set(rootFiles) };
}

const pathsOf = (reader: MachineReader): typeof posix => (reader.platform === 'win32' ? win32 : posix);

/** The emulator tells of itself: a lock in the folder of its device, and a file named by its process. */
function isEmulatorUp(reader: MachineReader): boolean {
  if ((reader.env['ANDROID_SERIAL'] ?? '').startsWith('emulator-')) return true;
  const { join } = pathsOf(reader);
  const { env, userFolder } = reader;
  const home = env['ANDROID_USER_HOME'] ?? join(userFolder, '.android');
  const devices = env['ANDROID_AVD_HOME'] ?? join(home, 'avd');
  const isLocked = reader
    .readFolder(devices)
    .some(
      (name) => name.endsWith('.avd') && reader.status(join(devices, name, 'hardware-qemu.ini.lock')) !== undefined,
    );
  return isLocked || runningFolders(reader).some((folder) => reader.readFolder(folder).some(isProcessFile));
}

const isProcessFile = (name: string): boolean => /^pid_\d+\.ini$/.test(name);

function runningFolders({ env, userFolder, platform }: MachineReader): string[] {
  if (platform === 'darwin') return [posix.join(userFolder, 'Library/Caches/TemporaryItems/avd/running')];
  const [base, ...rest] = platform === 'win32' ? [env['LOCALAPPDATA'], 'Temp'] : [env['XDG_RUNTIME_DIR']];
  const { join } = platform === 'win32' ? win32 : posix;
  return base === undefined ? [] : [join(base, ...rest.filter((part) => part !== undefined), 'avd', 'running')];
}

function findAdb(reader: MachineReader): string | undefined {
  const found = reader.findProgram('adb');
  if (found !== undefined) return found;
  const { env, userFolder, platform } = reader;
  const { join } = pathsOf(reader);
  const usual = {
    darwin: join(userFolder, 'Library/Android/sdk'),
    win32: join(env['LOCALAPPDATA'] ?? userFolder, 'Android', 'Sdk'),
  };
  const folders = [
    env['ANDROID_HOME'],
    env['ANDROID_SDK_ROOT'],
    platform === 'darwin' || platform === 'win32' ? usual[platform] : join(userFolder, 'Android/Sdk'),
  ];
  const name = platform === 'win32' ? 'adb.exe' : 'adb';
  return folders
    .flatMap((folder) => (folder === undefined || folder === '' ? [] : [join(folder, 'platform-tools', name)]))
    .find((path) => reader.status(path) !== undefined);
}

type Target = { readonly adb: string; readonly serial: string };

async function readEmulator(reader: MachineReader, request: FactsRequest, target: Target): Promise<Emulator> {
  const { adb, serial } = target;
  const { stdout } = await reader.query({ command: [adb, '-s', serial, 'shell', 'getprop'] });
  const properties = parseProperties(stdout);
  return {
    serial,
    name: properties.get('ro.boot.qemu.avd_name') ?? properties.get('ro.kernel.qemu.avd_name'),
    apiLevel: Number(properties.get('ro.build.version.sdk') ?? 0),
    isRootable: properties.get('ro.debuggable') === '1',
    files: await readFiles(reader, request, target),
  };
}

/** Certificates of one subject are numbered; more than ten of one name are not to be expected. */
const NUMBERS = Array.from({ length: 10 }, (_, number) => number);

/** One call for all files: adb takes a while for each. */
async function readFiles(
  reader: MachineReader,
  { roots }: FactsRequest,
  { adb, serial }: Target,
): Promise<CertificateFile[]> {
  const hashes = [...new Set(roots.map(({ subjectDer }) => hashSubjectOld(subjectDer)))];
  const wanted = [SYSTEM_FOLDER, MODULE_FOLDER].flatMap((folder) =>
    hashes.flatMap((subjectHash) => NUMBERS.map((number) => ({ folder, subjectHash, number }))),
  );
  const pathOf = ({ folder, subjectHash, number }: (typeof wanted)[number]): string =>
    `${folder}/${subjectHash}.${number}`;
  const { stdout } = await reader.query({
    command: [adb, '-s', serial, 'shell', 'grep', '-s', '.', ...wanted.map(pathOf)],
  });
  const texts = parseGreppedFiles(stdout);
  return wanted.flatMap((file) => {
    const text = texts.get(pathOf(file));
    return text === undefined
      ? []
      : [{ ...file, sha256Hexes: certificateSha256Hexes(new Uint8Array(Buffer.from(text))) }];
  });
}
