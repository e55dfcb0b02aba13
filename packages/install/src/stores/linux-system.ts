/**
 * @module The system store of a Linux machine, for every family of the table. Taking a root out of Debian's leaves two dangling
 * links and an entry in Java's shared store unless both are told, so the plan tells them.
 */
import { posix } from 'node:path';
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import type { LinuxFacts } from '../facts/linux-system.ts';
import type { LinuxFamily } from '../facts/linux-families.ts';
import type { Step } from '../plan/steps.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

const ANCHOR_MODE = 0o644;
/** Hooks of others may take their time, and one that is killed half-way leaves half its work. */
const REFRESH_TIMEOUT_MS = 300_000;
/** Ten times a bundle of roots: the commands of all families write it anew and keep whatever fitted on the disk. */
const SPACE_BYTES = 4 * 1024 * 1024;

/** Programs of the report that read the system store by themselves. */
const READERS: readonly (readonly [program: string, name: string])[] = [
  ['curl', 'curl'],
  ['wget', 'wget'],
  ['git', 'git'],
  ['python3', 'Python'],
  ['go', 'Go'],
  ['ruby', 'Ruby'],
  ['php', 'PHP'],
];

export const linuxSystemStore: Store = { id: 'system', view: viewLinuxSystem };

function viewLinuxSystem(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const { linux } = facts;
  if (linux === undefined) return undefined;
  const clients = READERS.filter(([program]) => facts.programs.has(program)).map(([, name]) => name);
  if (linux.family === undefined) return viewUnknownFamily(linux, anchor, clients);
  return { id: 'system', name: linux.family.name, clients, places: [viewPlace(linux, linux.family, anchor)] };
}

/** NixOS makes its store from its configuration; others are unknown to us. Both get words to act on. */
function viewUnknownFamily(linux: LinuxFacts, anchor: TrustAnchor, clients: readonly string[]): StoreView {
  const isNixos = linux.distribution === 'nixos';
  const place: PlaceView = {
    id: 'linux-system',
    label: isNixos ? '/etc/nixos/configuration.nix' : linux.distribution,
    state: 'unavailable',
    detail: isNixos ? 'NixOS makes its store from its configuration' : 'no known tool keeps certificates here',
    hint: isNixos
      ? `add to configuration.nix and rebuild: security.pki.certificateFiles = [ "${anchor.certFile}" ];`
      : 'run programs with the root alone: mintmark exec -- CMD',
    install: [],
    uninstall: [],
  };
  return { id: 'system', name: isNixos ? 'NixOS system store' : 'System store', clients, places: [place] };
}

function viewPlace(linux: LinuxFacts, family: LinuxFamily, anchor: TrustAnchor): PlaceView {
  const anchors = linux.anchors.filter(({ sha256Hex }) => sha256Hex === anchor.sha256Hex);
  const isBundled = linux.bundled.has(anchor.sha256Hex);
  const common = { id: family.anchorFolder, label: family.anchorFolder };
  const removal = planRemoval(linux, family, anchor);
  const uninstall = removal.length === 0 ? [] : [{ name: family.id, steps: removal }];
  if (linux.command === undefined) {
    const [program] = family.command;
    const hint = `install it and try again: apk add ca-certificates`;
    return { ...common, state: 'unavailable', detail: `${program} is missing`, hint, install: [], uninstall };
  }
  const shared = anchors.find(({ isAlone }) => !isAlone);
  if (shared !== undefined && isBundled && anchors.every(({ isAlone }) => !isAlone)) {
    const detail = `${shared.path} also holds other certificates`;
    return {
      ...common,
      state: 'trusted',
      detail,
      hint: `take ours out of ${shared.path} by hand`,
      install: [],
      uninstall: [],
    };
  }
  if (anchors.length > 0 && isBundled && !isHalfLinked(linux, family, anchor))
    return { ...common, state: 'trusted', install: [], uninstall };
  // A file that nothing reads yet would turn up with the next run of the command, asked for or not.
  const cleanUp: Step[] = [{ kind: 'remove-file', path: anchorPath(family, anchor), root: true }];
  const install = [{ name: family.id, steps: planAddition(linux, family, anchor), cleanUp }];
  return { ...common, state: 'absent', install, uninstall };
}

/** OpenSSL's own folder is read by names of hashes; a command that was killed may have come as far as the first link alone. */
function isHalfLinked({ anchors, links }: LinuxFacts, { id }: LinuxFamily, { sha256Hex }: TrustAnchor): boolean {
  const own = new Set(
    anchors.filter((anchor) => anchor.sha256Hex === sha256Hex && anchor.isAlone).map(({ path }) => path),
  );
  const names = links.filter((link) => own.has(link.anchorPath)).map(({ path }) => path);
  return id === 'debian' && names.length > 0 && !names.some((path) => /\.\d+$/.test(path));
}

const anchorPath = ({ anchorFolder, extension }: LinuxFamily, { fileStem }: TrustAnchor): string =>
  posix.join(anchorFolder, fileStem + extension);

function planAddition(linux: LinuxFacts, family: LinuxFamily, anchor: TrustAnchor): Step[] {
  const path = anchorPath(family, anchor);
  // The command makes no hash for a link that it finds there, so links of a run that was cut short go first.
  const stale = linux.links.filter((link) => link.anchorPath === path).map((link) => link.path);
  return [
    ...requireSpace(family),
    ...[...linux.leftovers, ...stale].map((file): Step => ({ kind: 'remove-file', path: file, root: true })),
    ...(linux.isAnchorFolderPresent
      ? []
      : [{ kind: 'make-folder', path: family.anchorFolder, mode: 0o755, root: true } as const]),
    { kind: 'write-file', path, text: anchor.certPem, mode: ANCHOR_MODE, sameAs: anchor.certFile, root: true },
    ...planRefresh(linux),
  ];
}

const requireSpace = ({ anchorFolder, bundles }: LinuxFamily): Step[] =>
  [anchorFolder, posix.dirname(bundles[0] ?? anchorFolder)].map((path) => ({
    kind: 'require-space',
    path,
    bytes: SPACE_BYTES,
  }));

const planRefresh = ({ command }: LinuxFacts, ...more: string[]): Step[] =>
  command === undefined
    ? []
    : [{ kind: 'run', command: [...command, ...more], root: true, timeoutMs: REFRESH_TIMEOUT_MS }];

function planRemoval(linux: LinuxFacts, family: LinuxFamily, anchor: TrustAnchor): Step[] {
  const own = linux.anchors.filter(({ sha256Hex, isAlone }) => sha256Hex === anchor.sha256Hex && isAlone);
  // Links of an anchor that somebody else deleted dangle; the name alone, which is made from the digest, tells them.
  const paths = new Set([...own.map(({ path }) => path), anchorPath(family, anchor)]);
  const links = linux.links.filter((link) => paths.has(link.anchorPath)).map(({ path }) => path);
  const isBundled = linux.bundled.has(anchor.sha256Hex);
  if (own.length === 0 && links.length === 0 && !isBundled) return [];
  const named = links.filter((path) => path.endsWith('.pem'));
  const refresh = hasSiblingHash(linux, links) ? planRefresh(linux, '--fresh') : planRefresh(linux);
  return [
    ...requireSpace(family),
    ...[...linux.leftovers, ...own.map(({ path }) => path), ...links].map((path): Step => ({
      kind: 'remove-file',
      path,
      root: true,
    })),
    ...refresh,
    ...(linux.javaHook === undefined || named.length === 0 ? [] : [planJavaRemoval(linux.javaHook, named)]),
  ];
}

/** The hook hears of removed certificates from the command alone, which says nothing of anchors that are gone. */
const planJavaRemoval = (hook: string, links: readonly string[]): Step => ({
  kind: 'run',
  command: [hook],
  stdin: links.map((path) => `-${path}\n`).join(''),
  // It has written the line down by then; while a package manager holds dpkg's lock it is worked off later.
  okExitCodes: [1, 2],
  root: true,
});

/** OpenSSL stops looking at the first number that is missing, so a gap before `HASH.1` would hide it: all links are made anew. */
function hasSiblingHash({ hashNames }: LinuxFacts, removed: readonly string[]): boolean {
  const names = new Set(removed.map((path) => posix.basename(path)));
  const stems = new Set(hashNames.filter((name) => names.has(name)).map(stemOf));
  return stems.size > 0 && hashNames.some((name) => !names.has(name) && stems.has(stemOf(name)));
}

const stemOf = (hashName: string): string => hashName.slice(0, hashName.indexOf('.'));
