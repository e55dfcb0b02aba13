/**
 * @module The Linux system store: which family keeps it, what lies in its folders, what its bundle holds. Families are told
 * by command and folder together, because leftovers of another family and commands of one name are common.
 */
import { posix } from 'node:path';
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { MachineReader } from '../machine/machine.ts';
import { certificateSha256Hexes } from './certificates.ts';
import type { FactsRequest } from './facts.ts';
import { LINUX_FAMILIES, type LinuxFamily } from './linux-families.ts';

/** A file in the anchor folder that holds a wanted root; `isAlone` when it holds nothing else. */
type AnchorFile = { readonly path: string; readonly sha256Hex: string; readonly isAlone: boolean };

/** A link from the folder of certificates to an anchor file, straight or by way of another link, dangling or not. */
type AnchorLink = { readonly path: string; readonly anchorPath: string };

export type LinuxFacts = {
  /** Undefined when no known family keeps certificates here. */
  readonly family: LinuxFamily | undefined;
  /** What makes anchors known, with the program's absolute path. */
  readonly command: readonly [program: string, ...args: string[]] | undefined;
  readonly isAnchorFolderPresent: boolean;
  readonly anchors: readonly AnchorFile[];
  /** Read for taking roots out only, as are the names. */
  readonly links: readonly AnchorLink[];
  /** Names such as `0a1b2c3d.0` in the folder of links, whatever they lead to. */
  readonly hashNames: readonly string[];
  /** Half a bundle that a killed run of the command left, to which the next run would add. */
  readonly leftovers: readonly string[];
  /** SHA-256 (hex) of the wanted roots that the generated bundle holds. */
  readonly bundled: ReadonlySet<string>;
  /** The hook for Java's shared store, where there is one. */
  readonly javaHook: string | undefined;
  /** `ID` and `ID_LIKE` of os-release, and `nixos` where its marker stands. */
  readonly distribution: string;
};

/** OpenSSL's name for a certificate: the hash of its subject, and a number for those that share it. */
const HASH_NAME = /^[0-9a-f]{8}\.\d+$/;

/** Undefined on other systems. */
export function readLinuxFacts(reader: MachineReader, request: FactsRequest): LinuxFacts | undefined {
  if (reader.platform !== 'linux') return undefined;
  const distribution = readDistribution(reader);
  const family = distribution === 'nixos' ? undefined : LINUX_FAMILIES.find((candidate) => isFamily(reader, candidate));
  if (family === undefined) {
    const nothing = { anchors: [], links: [], leftovers: [], hashNames: [], bundled: new Set<string>() };
    return { ...nothing, family, distribution, command: undefined, isAnchorFolderPresent: false, javaHook: undefined };
  }
  const { linkFolder, javaHook, anchorFolder } = family;
  const anchors = readAnchors(reader, anchorFolder, request);
  // An anchor that is there already may be half linked, by a command that was killed.
  const areLinksWanted = request.direction === 'uninstall' || anchors.length > 0;
  const linkNames = linkFolder !== undefined && areLinksWanted ? reader.readFolder(linkFolder) : [];
  const likely = request.direction === 'uninstall' ? undefined : anchors.map(({ path }) => linkNameOf(path));
  return {
    family,
    distribution,
    command: findCommand(reader, family),
    isAnchorFolderPresent: reader.status(anchorFolder) !== undefined,
    anchors,
    links: linkFolder === undefined ? [] : readLinks(reader, { linkFolder, linkNames, anchorFolder, likely }),
    hashNames: linkNames.filter((name) => HASH_NAME.test(name)),
    leftovers: family.bundles.map((path) => `${path}.new`).filter((path) => reader.status(path) !== undefined),
    bundled: readBundled(reader, family, request),
    javaHook: javaHook !== undefined && reader.status(javaHook) !== undefined ? javaHook : undefined,
  };
}

function readDistribution(reader: MachineReader): string {
  if (reader.status('/etc/NIXOS') !== undefined) return 'nixos';
  const text = Buffer.from(reader.readFile('/etc/os-release') ?? []).toString();
  const value = (key: string): string => new RegExp(`^${key}="?([^"\n]*)"?$`, 'm').exec(text)?.[1] ?? '';
  return value('ID') === 'nixos' ? 'nixos' : `${value('ID')} ${value('ID_LIKE')}`.trim();
}

function findCommand(reader: MachineReader, family: LinuxFamily): LinuxFacts['command'] {
  for (const [name, ...args] of [family.command, ...(family.otherCommands ?? [])]) {
    const program = reader.findSystemProgram(name);
    if (program !== undefined) return [program, ...args];
  }
  return undefined;
}

/** A family whose command is missing (Alpine's base image) still counts when its marker stands. */
function isFamily(reader: MachineReader, family: LinuxFamily): boolean {
  if (family.marker !== undefined) return reader.status(family.marker) !== undefined;
  return reader.status(family.anchorFolder) !== undefined && findCommand(reader, family) !== undefined;
}

/** Some families read folders in the anchor folder, so whatever depth a person used is found. */
const MAX_DEPTH = 3;

function listFiles(reader: MachineReader, folder: string, depth = 0): string[] {
  return reader.readFolder(folder).flatMap((name) => {
    const path = posix.join(folder, name);
    if (reader.status(path)?.kind !== 'folder') return [path];
    return depth < MAX_DEPTH ? listFiles(reader, path, depth + 1) : [];
  });
}

function readAnchors(reader: MachineReader, folder: string, { rootsSha256Hex }: FactsRequest): AnchorFile[] {
  return listFiles(reader, folder).flatMap((path) => {
    const held = new Set(certificateSha256Hexes(reader.readFile(path) ?? new Uint8Array()));
    const wanted = rootsSha256Hex.filter((sha256Hex) => held.has(sha256Hex));
    return wanted.map((sha256Hex) => ({ path, sha256Hex, isAlone: held.size === 1 }));
  });
}

/** What Debian's command makes of a plain anchor's name. */
const linkNameOf = (anchorPath: string): string => `${posix.basename(anchorPath, '.crt')}.pem`;

type LinkPlaces = {
  /** Names that alone are looked at; undefined for all. */
  readonly likely: readonly string[] | undefined;
  readonly linkFolder: string;
  readonly linkNames: readonly string[];
  readonly anchorFolder: string;
};

/** `NAME.pem -> anchor` and `HASH.0 -> NAME.pem`, the two that the command and OpenSSL's rehash make. Hundreds lie there. */
function readLinks(
  reader: MachineReader,
  { linkFolder: folder, linkNames: names, anchorFolder, likely }: LinkPlaces,
): AnchorLink[] {
  const anchors = new Map<string, string>();
  for (const name of likely ?? names.filter((known) => !HASH_NAME.test(known))) {
    const target = reader.readLink(`${folder}/${name}`);
    if (target?.startsWith(`${anchorFolder}/`) === true) anchors.set(name, target);
  }
  const named = [...anchors].map(([name, anchorPath]) => ({ path: `${folder}/${name}`, anchorPath }));
  if (named.length === 0) return [];
  const hashed = names
    .filter((name) => HASH_NAME.test(name))
    .flatMap((name) => {
      const target = reader.readLink(`${folder}/${name}`) ?? '';
      const anchorPath = anchors.get(target) ?? target;
      return anchorPath.startsWith(`${anchorFolder}/`) ? [{ path: `${folder}/${name}`, anchorPath }] : [];
    });
  return [...named, ...hashed];
}

/** Bundles hold PEM in 64 columns, as ours is; only where that is not found is every certificate looked at. */
function readBundled(reader: MachineReader, family: LinuxFamily, { roots }: FactsRequest): Set<string> {
  const bundle = family.bundles.map((path) => reader.readFile(path)).find((bytes) => bytes !== undefined);
  if (bundle === undefined) return new Set();
  const bytes = Buffer.from(bundle.buffer, bundle.byteOffset, bundle.length);
  const held = roots.filter(({ certPem }) => bytes.includes(certPem.trimEnd()));
  if (held.length === roots.length) return new Set(held.map(({ sha256Hex }) => sha256Hex));
  const text = bytes.toString('latin1');
  const bodies = text.split('-----BEGIN CERTIFICATE-----').slice(1).map(digestOfBody);
  return new Set(roots.map(({ sha256Hex }) => sha256Hex).filter((wanted) => bodies.includes(wanted)));
}

function digestOfBody(body: string): string {
  const end = body.indexOf('-----END');
  return formatHex(nodeSha256(new Uint8Array(Buffer.from(body.slice(0, Math.max(0, end)), 'base64'))));
}
