/**
 * @module The system store of Windows: the user's roots, and the machine's where they may be changed; and the revocation lists without
 * which Schannel (curl, .NET) refuses what the roots signed.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import { runWithRootFile } from './root-file.ts';
import type { Store, StoreView } from './store.ts';
import { viewWindowsCrls } from './windows-crls.ts';
import { viewWindowsPlaces } from './windows-places.ts';

/** Programs of the report that read the store by themselves: curl is Microsoft's own, with Schannel. */
const READERS: readonly (readonly [program: string, name: string])[] = [
  ['curl', 'curl'],
  ['python3', 'Python'],
  ['go', 'Go'],
];

export const windowsSystemStore: Store = { id: 'system', view: viewWindowsSystem };

function viewWindowsSystem(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const { windows } = facts;
  if (windows === undefined) return undefined;
  const found = READERS.filter(([program]) => facts.programs.has(program)).map(([, name]) => name);
  const places = viewWindowsPlaces(
    {
      roots: windows.roots,
      isDesktop: windows.isDesktop,
      hasWorker: true,
      shareVariables: (env) => env,
      withRootFile: (command) => [runWithRootFile(anchor, windows.rootFiles, command)],
    },
    anchor,
  );
  return {
    id: 'system',
    name: 'Windows',
    clients: ['Edge', ...found],
    places: [...places, ...viewWindowsCrls(windows, anchor)],
  };
}
