/**
 * @module The revocation lists of a CA in the store of intermediate CAs, beside which location the root is in. No dialog asks about
 * them. Without them browsers are content, and Schannel is not.
 */
import type { TrustAnchor } from '../anchor.ts';
import { crlKey, type WindowsCrl } from '../facts/windows-crls.ts';
import type { WindowsFacts } from '../facts/windows.ts';
import type { WindowsLocation } from '../facts/windows-roots.ts';
import type { RunStep } from '../plan/steps.ts';
import type { PlaceView } from './store.ts';

const TIMEOUT_MS = 60_000;

/** One place, or none where there is neither a list to put in nor one to take out. */
export function viewWindowsCrls({ roots, crls }: WindowsFacts, anchor: TrustAnchor): PlaceView[] {
  const { certutil } = roots.programs;
  const wanted = crls.wanted.get(anchor.sha256Hex) ?? [];
  if (certutil === undefined || !roots.isReadable || (wanted.length === 0 && crls.held.length === 0)) return [];
  const location = locate({ roots }, anchor);
  // The journal knows by the place whose lists they are: the store is one for all roots.
  const common = { id: `${location}\\CA\\${anchor.fileStem}`, label: `${location}\\CA` };
  // What the machine has, each user has.
  const missing = wanted.filter(
    ({ sha1Hex }) =>
      !crls.held.some((one) => one.sha1Hex === sha1Hex && ['LocalMachine', location].includes(one.location)),
  );
  const stale = crls.held.filter((one) => missing.some(({ issuerHex }) => issuerHex === one.issuerHex));
  const remove = (held: WindowsFacts['crls']['held']): RunStep[] =>
    held.map((one) => planRemoval(certutil, one.location, one.sha1Hex));
  const uninstall = crls.held.length === 0 ? [] : [{ name: 'certutil', steps: remove(crls.held) }];
  if (missing.length === 0 && wanted.length > 0) return [{ ...common, state: 'trusted', install: [], uninstall }];
  const add = missing.map((crl) => planAddition(certutil, location, crl));
  return [
    {
      ...common,
      ...describeAbsence(roots, anchor),
      install: add.length === 0 ? [] : [{ name: 'certutil', steps: [...remove(stale), ...add] }],
      uninstall,
    },
  ];
}

/** The root decides whether the store trusts the CA; beside one that is there, a missing list is told and no more. */
function describeAbsence(
  roots: WindowsFacts['roots'],
  anchor: TrustAnchor,
): Pick<PlaceView, 'state' | 'detail' | 'hint'> {
  if (!roots.held.some(({ sha256Hex }) => sha256Hex === anchor.sha256Hex)) return { state: 'absent' };
  return {
    state: 'unavailable',
    detail: 'no revocation list: Schannel (curl, .NET) refuses certificates of this CA',
    hint: 'mintmark install --stores system',
  };
}

/** Where the root is or goes, as `viewWindowsPlaces` decides it. */
function locate({ roots }: Pick<WindowsFacts, 'roots'>, anchor: TrustAnchor): WindowsLocation {
  const isHeld = (location: WindowsLocation): boolean =>
    roots.held.some((entry) => entry.location === location && entry.sha256Hex === anchor.sha256Hex);
  return roots.isElevated && (isHeld('LocalMachine') || !isHeld('CurrentUser')) ? 'LocalMachine' : 'CurrentUser';
}

const whose = (location: WindowsLocation): string[] => (location === 'CurrentUser' ? ['-user'] : []);

/** `-f` replaces an older list of the same issuer. By full path: the program of NSS has the same name. */
const planAddition = (certutil: string, location: WindowsLocation, { file, sha1Hex }: WindowsCrl): RunStep => ({
  kind: 'run',
  command: [certutil, ...whose(location), '-f', '-addstore', 'CA', file],
  creates: [crlKey(location, sha1Hex)],
  timeoutMs: TIMEOUT_MS,
});

const planRemoval = (certutil: string, location: WindowsLocation, sha1Hex: string): RunStep => ({
  kind: 'run',
  command: [certutil, ...whose(location), '-delstore', 'CA', sha1Hex],
  timeoutMs: TIMEOUT_MS,
});
