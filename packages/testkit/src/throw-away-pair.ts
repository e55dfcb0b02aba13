/** @module A certificate and key made in memory, with what the ledger says of them. Self-signed, so that no CA is needed. */
import { createHash } from 'node:crypto';
import { formatPem, issueCertificate, parseSubjectAltNames, prepareCertificate, PROFILES } from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  formatPrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import type { IssuedEntry } from '@mintmark/ca-store';
import { FIXED_NOW } from './fixed-clock.ts';

export type ThrowAwayPair = {
  readonly key: NodePrivateKey;
  readonly certPem: string;
  readonly keyPem: string;
  /** `certFile` and `keyFile` are for the caller to fill in. */
  readonly entry: IssuedEntry;
};

const NAME = 'fault.test';

/** A new pair, or a new certificate for the key of an earlier one. */
export function createThrowAwayPair(key: NodePrivateKey = createPrivateKeyOfType('ecdsa-p256')): ThrowAwayPair {
  const draft = prepareCertificate(
    PROFILES['self-signed'],
    { subjectKey: key.subjectKey, names: parseSubjectAltNames([NAME], { isPublicSuffix: () => false }) },
    { now: FIXED_NOW, serial: createSerialBytes() },
  );
  const certDer = issueCertificate(draft, createNodeSigner(key));
  const entry: IssuedEntry = {
    event: 'issued',
    at: FIXED_NOW.toISOString(),
    ca: '',
    profile: 'self-signed',
    serialHex: draft.serialHex,
    names: [NAME],
    notBefore: draft.notBefore.toISOString(),
    notAfter: draft.notAfter.toISOString(),
    certSha256Hex: sha256Hex(certDer),
    spkiSha256Hex: sha256Hex(key.subjectKey.spkiDer),
    certFile: '',
  };
  return { key, certPem: formatPem('CERTIFICATE', certDer), keyPem: formatPrivateKey(key), entry };
}

const sha256Hex = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');
