/**
 * @module The ceremony: a root signs one issuer of the same scope, and the root's private key is never stored. It exists in
 * memory for that one signature, so nobody, the owner included, can ever mint outside the scope.
 */
import { randomBytes } from 'node:crypto';
import {
  createNameAttribute,
  formatPem,
  issueCertificate,
  parseIssuer,
  prepareCertificate,
  PROFILES,
  type DistinguishedName,
  type KeyType,
  type Scope,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  formatPrivateKey,
  nodeSha256,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import type { CaFiles } from './ca-folder.ts';

export type CaPlan = {
  readonly name: string;
  readonly scope: Scope;
  readonly keyType: KeyType;
  readonly now: Date;
  /** Default 3650. */
  readonly validityDays?: number;
  /** Of the root; the issuer's differs in its CN. Default: made from the name and eight random hex digits. */
  readonly subject?: DistinguishedName;
  /** Encrypts the issuer's key at rest. */
  readonly passphrase?: string;
};

/** The files of a new CA, and the root's key for the one caller that was told to keep it. */
export type CaCeremony = { readonly files: CaFiles; readonly rootKey: NodePrivateKey };

/** @throws VALIDITY_DAYS_RANGE, CERTIFICATE_LINT */
export function createCa(plan: CaPlan): CaCeremony {
  const { scope, now } = plan;
  const rootKey = createPrivateKeyOfType(plan.keyType);
  const issuerKey = createPrivateKeyOfType(plan.keyType);
  const subjects = createSubjects(plan);
  const days = plan.validityDays === undefined ? {} : { validityDays: plan.validityDays };
  const rootSigner = createNodeSigner(rootKey);
  const rootDraft = prepareCertificate(
    PROFILES.root,
    { subjectKey: rootKey.subjectKey, subject: subjects.root, scope, ...days },
    { now, serial: createSerialBytes() },
  );
  const rootDer = issueCertificate(rootDraft, rootSigner);
  const issuerDraft = prepareCertificate(
    PROFILES.issuer,
    { subjectKey: issuerKey.subjectKey, subject: subjects.issuer, scope, ...days },
    { now, serial: createSerialBytes(), issuer: parseIssuer(rootDer, nodeSha256) },
  );
  const files = {
    rootPem: formatPem('CERTIFICATE', rootDer),
    issuerPem: formatPem('CERTIFICATE', issueCertificate(issuerDraft, rootSigner)),
    keyPem: formatPrivateKey(issuerKey, plan.passphrase),
  };
  return { files, rootKey };
}

const COMMON_NAME_MAX_CHARACTERS = 64; // RFC 5280 appendix A.1 ub-common-name

/** Eight random digits keep the names of any two CAs apart. C=XX is what CA/B BR 7.1.2.10.2 gives who has no country. */
function createSubjects({ name, subject }: CaPlan): { root: DistinguishedName; issuer: DistinguishedName } {
  if (subject !== undefined) return { root: subject, issuer: createIssuerSubject(subject) };
  const id = randomBytes(4).toString('hex');
  const shortName = name.slice(0, 32);
  const create = (role: string): DistinguishedName => [
    createNameAttribute('C', 'XX'),
    createNameAttribute('O', 'Mintmark development CA'),
    createNameAttribute('CN', `Mintmark ${shortName} ${role} ${id}`),
  ];
  return { root: create('root'), issuer: create('issuer') };
}

function createIssuerSubject(root: DistinguishedName): DistinguishedName {
  const suffix = ' issuer';
  const commonName = root.findLast(({ type }) => type === 'CN')?.value ?? 'Mintmark';
  const value = commonName.slice(0, COMMON_NAME_MAX_CHARACTERS - suffix.length) + suffix;
  return [...root.filter(({ type }) => type !== 'CN'), createNameAttribute('CN', value)];
}
