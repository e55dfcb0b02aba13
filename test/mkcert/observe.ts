/** @module What a call of mkcert left behind, as facts that two programs can be compared by. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { lstatSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseCertificate } from '../../packages/ca-core/src/read/index.ts';
import { readPkcs12 } from '../../packages/ca-core/src/pkcs12/index.ts';
import type { RunResult } from '../programs/run.ts';

type CertificateSight = {
  readonly names: readonly string[];
  readonly purposes: readonly string[];
  readonly key: string;
  readonly days: number;
};

/** `files`: name and mode of all that is new or another. `spoke`: which streams said something. */
export type Observation = {
  readonly exit: number | null;
  readonly spoke: readonly ('stdout' | 'stderr')[];
  readonly files: readonly string[];
  readonly certificate?: CertificateSight;
  /** How a PKCS#12 file is encrypted. */
  readonly p12?: string;
};

export const FACETS = ['exit', 'spoke', 'files', 'names', 'purposes', 'key', 'days', 'p12'] as const;
export type Facet = (typeof FACETS)[number];

/** A facet in one form that can be compared and printed. */
export function facetOf(seen: Observation, facet: Facet): string {
  const { exit, spoke, files, certificate, p12 } = seen;
  switch (facet) {
    case 'exit':
      return String(exit);
    case 'spoke':
      return spoke.join(' and ') || 'silent';
    case 'files':
      return files.join(', ');
    case 'p12':
      return p12 ?? '';
    case 'days':
      return certificate === undefined ? '' : String(certificate.days);
    case 'key':
      return certificate?.key ?? '';
    case 'names':
    case 'purposes':
      return certificate?.[facet].join(', ') ?? '';
  }
}

/** Files below a folder by their path in it, with what tells one state from another. */
export function listFiles(folder: string): ReadonlyMap<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true, encoding: 'utf8' });
  return new Map(
    entries
      .filter((entry) => !entry.isDirectory())
      .map((entry) => {
        const path = join(entry.parentPath, entry.name);
        const { mode, mtimeMs, size, ino } = lstatSync(path);
        return [path.slice(folder.length + 1), `${(mode & 0o777).toString(8)} ${mtimeMs} ${size} ${ino}`] as const;
      }),
  );
}

/** What is there now that was not there before, or is another. */
export function observe(folder: string, before: ReadonlyMap<string, string>, result: RunResult): Observation {
  const after = listFiles(folder);
  const changed = [...after].filter(([name, state]) => before.get(name) !== state).sort(([a], [b]) => (a < b ? -1 : 1));
  const files = changed.map(([name, state]) => `${name} ${state.split(' ')[0] ?? ''}`);
  const p12 = changed.find(([name]) => name.endsWith('.p12'))?.[0];
  // Once: opening one takes its time.
  const store =
    p12 === undefined ? undefined : readPkcs12(readFileSync(join(folder, p12)), { what: p12, password: 'changeit' });
  const ders =
    store === undefined ? changed.map(([name]) => readPem(join(folder, name))) : [store.certificates[0]?.certDer];
  const certificate = ders.flatMap((der) => (der === undefined ? [] : describeCertificate(der)))[0];
  return {
    exit: result.exitCode,
    spoke: (['stdout', 'stderr'] as const).filter((stream) => result[stream] !== ''),
    files,
    ...(certificate === undefined ? {} : { certificate }),
    ...(store === undefined ? {} : { p12: store.encryption.certificates.join(', ') }),
  };
}

const DAY_MS = 86_400_000;

function describeCertificate(der: Uint8Array): CertificateSight {
  const { names, purposes, keyLabel, notBefore, notAfter } = parseCertificate(der, 'the certificate');
  return {
    names: names.map(({ kind, text }) => `${kind}:${text}`).sort(),
    purposes: [...purposes].sort(),
    key: keyLabel,
    days: Math.round((notAfter.getTime() - notBefore.getTime()) / DAY_MS),
  };
}

function readPem(path: string): Uint8Array | undefined {
  const text = readFileSync(path, 'latin1');
  return text.includes('-----BEGIN CERTIFICATE-----') ? new X509Certificate(text).raw : undefined;
}

/** True where the key in one file is that of the certificate in the other. */
export function isPair(certFile: string, keyFile: string): boolean {
  return new X509Certificate(readFileSync(certFile)).checkPrivateKey(createPrivateKey(readFileSync(keyFile)));
}
