/**
 * @module The system stores of Android emulators, by adb as root. What adb hands to the device's shell holds nothing but fixed
 * words and hex digits.
 */
import type { TrustAnchor } from '../anchor.ts';
import { hashSubjectOld } from '../android/subject-hash.ts';
import {
  MODULE_FOLDER,
  SYSTEM_FOLDER,
  type AndroidFacts,
  type CertificateFile,
  type Emulator,
} from '../facts/android.ts';
import type { Facts } from '../facts/facts.ts';
import { quoteWord } from '@mintmark/ca-core';
import type { Route, Step } from '../plan/steps.ts';
import { runWithRootFile } from './root-file.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

export const androidEmulatorStore: Store = { id: 'android-emulator', view: viewAndroidEmulators };

function viewAndroidEmulators({ android }: Facts, anchor: TrustAnchor): StoreView | undefined {
  if (android === undefined || android.emulators.length === 0) return undefined;
  const places = android.emulators.map((emulator) => viewEmulator({ emulator, android, anchor }));
  return { id: 'android-emulator', name: 'Android emulators', clients: [], places };
}

type Scene = { readonly emulator: Emulator; readonly android: AndroidFacts; readonly anchor: TrustAnchor };

/** Android 14 reads its roots from a module. */
const MODULE_API_LEVEL = 34;

function viewEmulator(scene: Scene): PlaceView {
  const { emulator, anchor, android } = scene;
  const { serial, name = serial, apiLevel, isRootable } = emulator;
  const isTwin = android.emulators.some((other) => other !== emulator && other.name === name);
  const common = { id: isTwin ? serial : name, label: `${name}, API ${apiLevel}`, uninstall: planRemoval(scene) };
  const readFolder = apiLevel >= MODULE_API_LEVEL ? MODULE_FOLDER : SYSTEM_FOLDER;
  const isHeld = emulator.files.some((file) => file.folder === readFolder && holds(file, anchor));
  // A mount that a person made, for lack of another way; it ends with the next start.
  const isBound = isHeld && readFolder === MODULE_FOLDER;
  if (isHeld)
    return { ...common, state: 'trusted', install: [], ...(isBound ? { hint: `adb -s ${serial} reboot` } : {}) };
  if (!isRootable)
    return {
      ...common,
      state: 'unavailable',
      detail: 'its image has the Play Store and allows no root; a user can add the file under Settings > Security',
      hint: `adb -s ${serial} push ${quoteWord(anchor.certFile)} /sdcard/Download/${anchor.fileStem}.crt`,
      install: [],
    };
  if (apiLevel >= MODULE_API_LEVEL)
    return {
      ...common,
      state: 'unavailable',
      detail: `Android 14 and later reads ${MODULE_FOLDER}, which only a mount over it can change, until it restarts`,
      hint: formatBindMount(scene),
      install: [],
    };
  // Without this option the system's folder stays read-only, whatever adb says.
  const hint = `emulator -avd ${quoteWord(name)} -writable-system`;
  return { ...common, state: 'absent', hint, install: [planAddition(scene)] };
}

const holds = ({ sha256Hexes }: CertificateFile, { sha256Hex }: TrustAnchor): boolean =>
  sha256Hexes.includes(sha256Hex);

/** Until the next start: a copy of the folder with the root in it, over the folder, in the namespace apps are forked from. */
function formatBindMount({ emulator: { serial }, anchor }: Scene): string {
  const copy = '/data/local/tmp/cacerts';
  const name = `${hashSubjectOld(anchor.subjectDer)}.0`;
  const shell = [
    `mkdir -p ${copy}`,
    `mount -t tmpfs tmpfs ${copy}`,
    `cp ${MODULE_FOLDER}/* /data/local/tmp/${name} ${copy}/`,
    `chmod 644 ${copy}/*`,
    `chcon u:object_r:system_file:s0 ${copy}/*`,
    `for p in $(pidof zygote zygote64); do nsenter --mount=/proc/$p/ns/mnt -- mount --bind ${copy} ${MODULE_FOLDER}; done`,
  ].join(' && ');
  const push = `adb -s ${serial} push ${quoteWord(anchor.certFile)} /data/local/tmp/${name}`;
  return `adb -s ${serial} root && ${push} && adb -s ${serial} shell '${shell}'`;
}

const FILE_MODE = '644';

function adbSteps({ android, emulator }: Scene, ...calls: readonly (readonly string[])[]): Step[] {
  return calls.map((words) => ({ kind: 'run', command: [android.adb, '-s', emulator.serial, ...words] }));
}

/** Becoming root restarts the other side of adb. */
const BECOME_ROOT = [['root'], ['wait-for-device'], ['remount']] as const;

function planAddition(scene: Scene): Route {
  const { android, emulator, anchor } = scene;
  const subjectHash = hashSubjectOld(anchor.subjectDer);
  const taken = emulator.files
    .filter((file) => file.folder === SYSTEM_FOLDER && file.subjectHash === subjectHash)
    .map(({ number }) => number);
  const free = [...taken, -1].map((number) => number + 1).filter((number) => !taken.includes(number));
  const path = `${SYSTEM_FOLDER}/${subjectHash}.${Math.min(...free)}`;
  const push = runWithRootFile(anchor, android.rootFiles, (file) => [
    android.adb,
    '-s',
    emulator.serial,
    'push',
    file,
    path,
  ]);
  return {
    name: 'adb',
    steps: [...adbSteps(scene, ...BECOME_ROOT), push, ...adbSteps(scene, ['shell', 'chmod', FILE_MODE, path])],
    cleanUp: adbSteps(scene, ['shell', 'rm', '-f', path]),
  };
}

function planRemoval(scene: Scene): Route[] {
  const { emulator, anchor } = scene;
  const inFolder = emulator.files.filter(({ folder }) => folder === SYSTEM_FOLDER);
  const own = inFolder.filter((file) => holds(file, anchor) && file.sha256Hexes.length === 1);
  if (own.length === 0) return [];
  const removals = own.map((file) => ['shell', 'rm', '-f', pathOf(file)]);
  return [{ name: 'adb', steps: adbSteps(scene, ...BECOME_ROOT, ...removals, ...planGapClosing(inFolder, own)) }];
}

const pathOf = ({ folder, subjectHash, number }: Pick<CertificateFile, 'folder' | 'subjectHash' | 'number'>): string =>
  `${folder}/${subjectHash}.${number}`;

/** Android stops looking at the first number that is missing, so the last of the others moves into each gap. */
function planGapClosing(files: readonly CertificateFile[], removed: readonly CertificateFile[]): string[][] {
  const rest = files.filter((file) => !removed.includes(file)).sort((a, b) => b.number - a.number);
  const gaps = removed.filter(({ number }) => number < rest.length).sort((a, b) => a.number - b.number);
  return gaps.flatMap((gap, index) => {
    const moved = rest[index];
    return moved === undefined ? [] : [['shell', 'mv', pathOf(moved), pathOf(gap)]];
  });
}
