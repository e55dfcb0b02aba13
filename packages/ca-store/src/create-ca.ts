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
  type Bytes,
  type DistinguishedName,
  type Issuer,
  type KeyType,
  type Scope,
  type Signer,
  type SubjectKey,
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
  /** An existing root that signs the issuer; default: a new one. */
  readonly parent?: Parent;
  /** Public half of the issuer's key where a token holds it; default: a new key, whose file is among those returned. */
  readonly issuerKey?: SubjectKey;
};

/** A root whose key was kept. */
export type Parent = { readonly root: Issuer; readonly signer: Signer<Bytes> };

/** The files of a new CA, and the new root's key for the one caller that was told to keep it; none under a parent. */
export type CaCeremony = { readonly files: CaFiles; readonly rootKey?: NodePrivateKey };

/** @throws NAME_OUTSIDE_SCOPE, VALIDITY_DAYS_RANGE, CERTIFICATE_LINT */
export function createCa(plan: CaPlan): CaCeremony {
  const subjects = createSubjects(plan);
  const { root, signer, rootKey } = resolveRoot(plan, subjects.root);
  const issuerKey = plan.issuerKey === undefined ? createPrivateKeyOfType(plan.keyType) : undefined;
  const subjectKey = plan.issuerKey ?? issuerKey?.subjectKey;
  if (subjectKey === undefined) throw new TypeError('an issuer needs a key');
  const issuerDraft = prepareCertificate(
    PROFILES.issuer,
    { subjectKey, subject: subjects.issuer, scope: plan.scope, ...readDays(plan) },
    { now: plan.now, serial: createSerialBytes(), issuer: root },
  );
  const files = {
    rootPem: formatPem('CERTIFICATE', root.certDer),
    issuerPem: formatPem('CERTIFICATE', issueCertificate(issuerDraft, signer)),
    ...(issuerKey === undefined ? {} : { keyPem: formatPrivateKey(issuerKey, plan.passphrase) }),
  };
  return { files, ...(rootKey === undefined ? {} : { rootKey }) };
}

const resolveRoot = (plan: CaPlan, subject: DistinguishedName): Parent & { readonly rootKey?: NodePrivateKey } =>
  plan.parent ?? createRoot(plan, subject);

const readDays = ({ validityDays }: CaPlan) => (validityDays === undefined ? {} : { validityDays });

/** A new root, its key in memory alone. */
function createRoot(plan: CaPlan, subject: DistinguishedName): Parent & { readonly rootKey: NodePrivateKey } {
  const rootKey = createPrivateKeyOfType(plan.keyType);
  const signer = createNodeSigner(rootKey);
  const draft = prepareCertificate(
    PROFILES.root,
    { subjectKey: rootKey.subjectKey, subject, scope: plan.scope, ...readDays(plan) },
    { now: plan.now, serial: createSerialBytes() },
  );
  return { root: parseIssuer(issueCertificate(draft, signer), nodeSha256), signer, rootKey };
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
