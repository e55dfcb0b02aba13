/** @module What a diagnosis of a server is told: what it sent, and what this home and this machine know. Data alone. */
import type { Scope } from '@mintmark/ca-core';
import type { CertificateFacts } from '@mintmark/ca-core/read';
import type { StoreReport } from '../report.ts';

export type ServerSight = {
  /** A DNS name in ASCII or an IP address without brackets. */
  readonly host: string;
  readonly port: number;
  /** Never empty. In the order of the wire where that is known, else leaf first. */
  readonly chain: readonly CertificateFacts[];
  readonly isOrderKnown: boolean;
  /** Verified against the public roots of this program. */
  readonly isPubliclyTrusted: boolean;
};

/** A CA of this home. `issuer` is the root itself where that signs leaves. */
export type KnownCa = {
  readonly name: string;
  readonly root: CertificateFacts;
  readonly issuer: CertificateFacts;
  readonly issuerFile: string;
  readonly scope: Scope;
};

/** What the home remembers of one certificate, newest last. */
export type KnownCertificate = {
  readonly names: readonly string[];
  readonly notAfter: string;
  readonly certSha256Hex: string;
  readonly certFile: string;
  readonly keyFile?: string;
  readonly profile: 'server' | 'client' | 'self-signed' | 'self-signed-client';
};

export type Surroundings = {
  readonly cas: readonly KnownCa[];
  /** Oldest first. */
  readonly ledger: readonly KnownCertificate[];
  /** The stores as they stand for a CA of this home, by its name. */
  readonly stores: ReadonlyMap<string, readonly StoreReport[]>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  /** A path as people type it. */
  readonly formatPath: (path: string) => string;
};
