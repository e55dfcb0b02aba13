/** @module The environment while it is planned: variables, files and what was left out, and how a bundle comes into it. */
import { join, resolve } from 'node:path';
import { CERTIFICATE_MODE } from '@mintmark/ca-store';
import { bundlePath, formatBundle, mergeCertificates, readBundleBase, type Base } from './bundle.ts';
import type { Sources } from './sources.ts';
import { SYSTEM_BUNDLES } from './system-roots.ts';

export type EnvironmentRequest = {
  /** Where all files of environments stand, absolute. */
  readonly folder: string;
  /** Set when the roots are not all of the home's: such files have a folder of their own. */
  readonly subset?: string;
  /** DER of the roots to trust. */
  readonly roots: readonly Uint8Array[];
  readonly cwd: string;
  /** DER of the roots the runtime brings along, for a system that has no file of them. */
  readonly readRuntimeRoots: () => readonly Uint8Array[];
};

export type Skipped = { readonly name: string; readonly reason: string };

export type Draft = {
  readonly request: EnvironmentRequest;
  readonly sources: Sources;
  /** Where this environment's files stand. */
  readonly folder: string;
  readonly variables: Map<string, string>;
  readonly files: Map<string, { readonly bytes: Uint8Array; readonly mode: number }>;
  readonly skipped: Skipped[];
  readonly warnings: Set<string>;
};

export function createDraft(request: EnvironmentRequest, sources: Sources): Draft {
  const { folder, subset } = request;
  return {
    request,
    sources,
    folder: subset === undefined ? folder : join(folder, 'ca', subset),
    variables: new Map(),
    files: new Map(),
    skipped: [],
    warnings: new Set(),
  };
}

/** A variable of the user's; empty counts as not set, as most programs have it. */
export function ownValue({ sources }: Draft, name: string): string | undefined {
  const value = sources.env[name];
  return value === '' ? undefined : value;
}

/** True for a path among the files of this home's environments. */
export function isOurs({ request }: Draft, path: string): boolean {
  return resolve(request.cwd, path).startsWith(join(request.folder, '/'));
}

/** The path of a bundle with the base's certificates and our roots; the file joins the plan. */
export function addBundle(draft: Draft, base: Base): string {
  const path = bundlePath(draft.folder, base);
  if (!draft.files.has(path)) {
    const certificates = mergeCertificates(readBase(draft, base), draft.request.roots);
    addFile(draft, { path, content: formatBundle(base, certificates) });
  }
  return path;
}

type NewFile = { readonly path: string; readonly content: string | Uint8Array; readonly mode?: number };

/** Certificates are public, and a container that mounts a bundle reads it as another user. */
export function addFile({ files }: Draft, { path, content, mode = CERTIFICATE_MODE }: NewFile): void {
  files.set(path, { bytes: typeof content === 'string' ? new Uint8Array(Buffer.from(content)) : content, mode });
}

/** The certificates a base stands for. */
export function readBase({ sources, request }: Draft, base: Base): readonly Uint8Array[] {
  if (base !== 'system') return mergeCertificates(...base.map((path) => sources.readCertificates(path)));
  const file = findSystemBundle(sources);
  return file === undefined ? request.readRuntimeRoots() : sources.readCertificates(file);
}

const findSystemBundle = (sources: Sources): string | undefined =>
  SYSTEM_BUNDLES.find((path) => sources.readCertificates(path).length > 0);

/**
 * The base that the user's paths stand for: a bundle of ours for what it was made from, the system's own file for the system, anything
 * else for itself. What holds no certificate is warned of and left out; `fallback` when nothing is left.
 *
 * @param who what named the paths, for the warning
 */
export function resolveBase(draft: Draft, paths: readonly string[], { who, fallback }: BaseOptions): Base {
  const bases = paths.map((path) => toBase(draft, resolve(draft.request.cwd, path), who) ?? []);
  if (bases.includes('system')) return 'system';
  const kept = [...new Set(bases.flat())];
  return kept.length === 0 ? fallback : kept;
}

type BaseOptions = { readonly who: string; readonly fallback: Base };

function toBase(draft: Draft, path: string, who: string): Base | undefined {
  const { sources, warnings } = draft;
  if (isOurs(draft, path)) return readBundleBase(sources.readBytes(path) ?? new Uint8Array());
  if (sources.readCertificates(path).length === 0) {
    warnings.add(`${who} names ${path}, which holds no certificate that can be read; it is left out`);
    return undefined;
  }
  return path === findSystemBundle(sources) ? 'system' : [path];
}
