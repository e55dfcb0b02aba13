/**
 * @module Certificate profiles: which extensions a root, issuer, server, client or self-signed certificate carries.
 * RFC 5280 section 4.2, RFC 8813 (no keyEncipherment on EC keys).
 */
import type { KeyFamily } from '../keys/algorithms.ts';
import type { KeyPurpose, KeyUsage } from '../x509/oids.ts';
import { CA_DEFAULT_DAYS, CA_MAX_DAYS, LEAF_DEFAULT_DAYS, LEAF_MAX_DAYS, SELF_SIGNED_MAX_DAYS } from './limits.ts';

export type ProfileName = 'root' | 'issuer' | 'server' | 'client' | 'self-signed' | 'self-signed-client';

export type Profile = {
  readonly name: ProfileName;
  /** CA:TRUE with this path length; undefined is CA:FALSE. */
  readonly pathLength?: number;
  readonly keyUsage: (family: KeyFamily) => readonly KeyUsage[];
  /** Empty: the extension is left out. */
  readonly purposes: readonly KeyPurpose[];
  readonly defaultDays: number;
  readonly maxDays: number;
  /** True where the certificate is signed by its own key. */
  readonly isSelfSigned: boolean;
};

const caKeyUsage = (): readonly KeyUsage[] => ['keyCertSign', 'cRLSign'];
/** Static RSA key exchange (TLS 1.2) encrypts with the certificate's key; no other family can (RFC 8813). */
const serverKeyUsage = (family: KeyFamily): readonly KeyUsage[] =>
  family === 'rsa' ? ['digitalSignature', 'keyEncipherment'] : ['digitalSignature'];

export const PROFILES: Readonly<Record<ProfileName, Profile>> = {
  root: {
    name: 'root',
    pathLength: 1,
    keyUsage: caKeyUsage,
    purposes: [],
    defaultDays: CA_DEFAULT_DAYS,
    maxDays: CA_MAX_DAYS,
    isSelfSigned: true,
  },
  issuer: {
    name: 'issuer',
    pathLength: 0,
    keyUsage: caKeyUsage,
    purposes: ['serverAuth', 'clientAuth'],
    defaultDays: CA_DEFAULT_DAYS,
    maxDays: CA_MAX_DAYS,
    isSelfSigned: false,
  },
  server: {
    name: 'server',
    keyUsage: serverKeyUsage,
    purposes: ['serverAuth'],
    defaultDays: LEAF_DEFAULT_DAYS,
    maxDays: LEAF_MAX_DAYS,
    isSelfSigned: false,
  },
  client: {
    name: 'client',
    keyUsage: () => ['digitalSignature'],
    purposes: ['clientAuth'],
    defaultDays: LEAF_DEFAULT_DAYS,
    maxDays: LEAF_MAX_DAYS,
    isSelfSigned: false,
  },
  'self-signed': {
    name: 'self-signed',
    keyUsage: serverKeyUsage,
    purposes: ['serverAuth'],
    defaultDays: LEAF_DEFAULT_DAYS,
    maxDays: SELF_SIGNED_MAX_DAYS,
    isSelfSigned: true,
  },
  'self-signed-client': {
    name: 'self-signed-client',
    keyUsage: () => ['digitalSignature'],
    purposes: ['clientAuth'],
    defaultDays: LEAF_DEFAULT_DAYS,
    maxDays: SELF_SIGNED_MAX_DAYS,
    isSelfSigned: true,
  },
};
