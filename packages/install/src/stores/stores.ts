/** @module All stores, in the order of work: the system's come first, because others are fed by them. */
import { androidEmulatorStore } from './android-emulator.ts';
import { chromiumStore } from './chromium.ts';
import { firefoxStore } from './firefox.ts';
import { gitForWindowsStore } from './git-for-windows.ts';
import { homebrewStore } from './homebrew.ts';
import { iosSimulatorStore } from './ios-simulator.ts';
import { javaStore } from './java.ts';
import { linuxSystemStore } from './linux-system.ts';
import { macosSystemStore } from './macos-system.ts';
import { STORE_IDS, type Store, type StoreId } from './store.ts';
import { windowsHostStore } from './windows-host.ts';
import { windowsSystemStore } from './windows-system.ts';
import { installError } from '../install-errors.ts';

export const STORES: readonly Store[] = [
  linuxSystemStore,
  macosSystemStore,
  windowsSystemStore,
  chromiumStore,
  firefoxStore,
  javaStore,
  windowsHostStore,
  homebrewStore,
  gitForWindowsStore,
  iosSimulatorStore,
  androidEmulatorStore,
];

/** Words that stand for several stores. */
const GROUPS: Readonly<Record<string, readonly StoreId[]>> = { nss: ['chromium', 'firefox'] };

/** The stores that `--stores a,b` names; all when it is not given. @throws STORE_UNKNOWN */
export function parseStoreIds(text: string | undefined): ReadonlySet<StoreId> {
  if (text === undefined) return new Set(STORE_IDS);
  const words = text
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  if (words.length === 0) throw installError('STORE_UNKNOWN', { store: text });
  return new Set(words.flatMap((word) => GROUPS[word] ?? parseStoreId(word)));
}

function parseStoreId(word: string): StoreId {
  const id = STORE_IDS.find((known) => known === word);
  if (id === undefined) throw installError('STORE_UNKNOWN', { store: word });
  return id;
}
