/**
 * @module The trust stores of iOS simulators. Apple's tool adds a root and can only throw away all that were added, so taking one
 * out is left to the person.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import { XCRUN_PROGRAM, type IosFacts, type SimulatorFacts } from '../facts/ios.ts';
import { runWithRootFile } from './root-file.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

export const iosSimulatorStore: Store = { id: 'ios-simulator', view: viewIosSimulators };

function viewIosSimulators({ ios }: Facts, anchor: TrustAnchor): StoreView | undefined {
  if (ios === undefined || ios.simulators.length === 0) return undefined;
  const places = ios.simulators.map((simulator) => viewSimulator(simulator, ios, anchor));
  return { id: 'ios-simulator', name: 'iOS simulators', clients: [], places };
}

const REMOVAL = 'it only goes by a reset of the keychain, which takes out everything that was added to it';

function viewSimulator(simulator: SimulatorFacts, { rootFiles }: IosFacts, anchor: TrustAnchor): PlaceView {
  const { udid, label, held, isInJournal } = simulator;
  const common = { id: udid, label, uninstall: [] };
  if (held?.has(anchor.sha256Hex) ?? isInJournal)
    return {
      ...common,
      state: 'trusted',
      detail: `${held === undefined ? 'by the journal, for its trust store was not found; ' : ''}${REMOVAL}`,
      hint: `xcrun simctl keychain ${udid} reset`,
      install: [],
    };
  const step = runWithRootFile(anchor, rootFiles, (file) => [
    XCRUN_PROGRAM,
    'simctl',
    'keychain',
    udid,
    'add-root-cert',
    file,
  ]);
  return { ...common, state: 'absent', install: [{ name: 'simctl', steps: [step] }] };
}
