/** @module Certificates for diagnoses: a CA that nobody keeps, and what its servers might send, as parsed facts. */
import {
  createScope,
  findBlocks,
  issueCertificate,
  parseIssuer,
  parseKeyType,
  parseSubjectAltNames,
  prepareCertificate,
  PROFILES,
  type Bytes,
  type ProfileName,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  nodeSha256,
  parsePrivateKey,
} from '@mintmark/ca-core/node';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { createCa } from '@mintmark/ca-store';
import type { KnownCa } from '@mintmark/install';
import { FIXED_NOW } from './fixed-clock.ts';

export type ThrowAwayCa = {
  readonly known: KnownCa;
  /** A certificate of the CA, made at the fixed time unless told otherwise. */
  readonly issue: (names: readonly string[], options?: LeafOptions) => CertificateFacts;
};

type LeafOptions = { readonly days?: number; readonly now?: Date; readonly profile?: ProfileName };

const RULES = { isPublicSuffix: () => false };
const KEY_TYPE = parseKeyType('ecdsa-p256');

/** The CA signs what its constraints forbid too, as a careless or a stolen one would. */
export function createThrowAwayCa(options: { readonly hasIpConstraints?: boolean } = {}): ThrowAwayCa {
  const scope = createScope({ domains: [], ...options }, RULES);
  const { files } = createCa({ name: 'default', scope, keyType: KEY_TYPE, now: FIXED_NOW });
  const [rootDer, issuerDer] = [derOf(files.rootPem), derOf(files.issuerPem ?? '')];
  const key = parsePrivateKey(Buffer.from(files.keyPem ?? ''), { what: 'the key' });
  const issuer = { ...parseIssuer(issuerDer, nodeSha256), scope: { kind: 'unscoped' } as const };
  return {
    known: {
      name: 'default',
      root: parseCertificate(rootDer, 'the root'),
      issuer: parseCertificate(issuerDer, 'the issuer'),
      issuerFile: '/home/u/issuer.pem',
      scope,
    },
    issue: (names, leaf = {}) => {
      const draft = prepareCertificate(
        PROFILES[leaf.profile ?? 'server'],
        {
          subjectKey: createPrivateKeyOfType(KEY_TYPE).subjectKey,
          names: parseSubjectAltNames(names, RULES),
          validityDays: leaf.days ?? 397,
        },
        { now: leaf.now ?? FIXED_NOW, serial: createSerialBytes(), issuer },
      );
      return parseCertificate(issueCertificate(draft, createNodeSigner(key)), 'the leaf');
    },
  };
}

/** Signed by its own key. */
export function createSelfSigned(names: readonly string[]): CertificateFacts {
  const key = createPrivateKeyOfType(KEY_TYPE);
  const draft = prepareCertificate(
    PROFILES['self-signed'],
    { subjectKey: key.subjectKey, names: parseSubjectAltNames(names, RULES) },
    { now: FIXED_NOW, serial: createSerialBytes() },
  );
  return parseCertificate(issueCertificate(draft, createNodeSigner(key)), 'the certificate');
}

function derOf(pem: string): Bytes {
  const [block] = findBlocks(Buffer.from(pem), 'the CA', { labels: ['CERTIFICATE'], wanted: 'a certificate' });
  if (block === undefined) throw new Error('no certificate in the PEM text');
  return block.der;
}
