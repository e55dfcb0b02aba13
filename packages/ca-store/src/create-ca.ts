/**
 * @module The ceremony: a root signs one issuer of the same scope and its own empty revocation list, and the root's private key is
 * never stored. It exists in memory for these signatures, so nobody, the owner included, can ever mint outside the scope. A root
 * whose key was kept may sign further issuers, of its scope or of less.
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
import { canSignCrls, issueCrl, prepareCrl } from '@mintmark/ca-core/revocation';
import type { CaFiles } from './ca-folder.ts';
import { nextCrlNumber } from './crls.ts';

export type CaPlan = {
  readonly name: string;
  readonly scope: Scope;
  readonly keyType: KeyType;
  readonly now: Date;
  /** Default 3650. */
  readonly validityDays?: number;
  /** Of the root, and the issuer's differs in its CN; under a parent, the issuer's. Default: made from the name and eight random hex digits. */
  readonly subject?: DistinguishedName;
  /** Encrypts the issuer's key at rest. */
  readonly passphrase?: string;
  /** An existing root that signs the issuer; default: a new one. */
  readonly parent?: Parent;
  /** Public half of the issuer's key where a token holds it; default: a new key, whose file is among those returned. */
  readonly issuerKey?: SubjectKey;
  /** Signs by that key: the issuer's first revocation list, which is left out without it. */
  readonly issuerSigner?: Signer<Bytes>;
};

/** A root whose key was kept. `crlPem`: its revocation list, where there is one already; two of them would take each other's place on Windows. */
export type Parent = { readonly root: Issuer; readonly signer: Signer<Bytes>; readonly crlPem?: string };

/** The files of a new CA, and the new root's key for the one caller that was told to keep it; none under a parent. */
export type CaCeremony = { readonly files: CaFiles; readonly rootKey?: NodePrivateKey };

/** @throws NAME_OUTSIDE_SCOPE, VALIDITY_DAYS_RANGE, CERTIFICATE_LINT */
export function createCa(plan: CaPlan): CaCeremony {
  const subjects = createSubjects(plan);
  const { rootKey, ...parent } = resolveRoot(plan, subjects.root);
  const { root, signer } = parent;
  const issuerKey = plan.issuerKey === undefined ? createPrivateKeyOfType(plan.keyType) : undefined;
  const subjectKey = plan.issuerKey ?? issuerKey?.subjectKey;
  if (subjectKey === undefined) throw new TypeError('an issuer needs a key');
  const issuerSigner = issuerKey === undefined ? plan.issuerSigner : createNodeSigner(issuerKey);
  const issuerDraft = prepareCertificate(
    PROFILES.issuer,
    { subjectKey, subject: subjects.issuer, scope: plan.scope, ...readDays(plan) },
    { now: plan.now, serial: createSerialBytes(), issuer: root },
  );
  const issuerDer = issueCertificate(issuerDraft, signer);
  const rootCrlPem = createRootCrl(plan, parent);
  const files = {
    rootPem: formatPem('CERTIFICATE', root.certDer),
    ...(rootCrlPem === undefined ? {} : { rootCrlPem }),
    issuerPem: formatPem('CERTIFICATE', issuerDer),
    ...(issuerSigner === undefined ? {} : { issuerCrlPem: createFirstCrl(plan, issuerDer, issuerSigner) }),
    ...(issuerKey === undefined ? {} : { keyPem: formatPrivateKey(issuerKey, plan.passphrase) }),
  };
  return { files, ...(rootKey === undefined ? {} : { rootKey }) };
}

const resolveRoot = (plan: CaPlan, subject: DistinguishedName): Parent & { readonly rootKey?: NodePrivateKey } =>
  plan.parent ?? createRoot(plan, subject);

/** Empty, and as long-lived as the root: no later one can be signed. None where the root of others may sign none. */
function createRootCrl({ name, now }: CaPlan, { root, signer, crlPem }: Parent): string | undefined {
  if (crlPem !== undefined) return crlPem;
  if (!canSignCrls(root)) return undefined;
  const number = nextCrlNumber([], now);
  const draft = prepareCrl({ revocations: [], number }, { now, issuer: root, caName: name });
  return formatPem('X509 CRL', issueCrl(draft, signer));
}

/** Before every other list of the issuer, by its number and by its time: of two of one second clients take any. */
function createFirstCrl({ name }: CaPlan, issuerDer: Bytes, issuerSigner: Signer<Bytes>): string {
  const issuer = parseIssuer(issuerDer, nodeSha256);
  const draft = prepareCrl({ revocations: [], number: 1n }, { now: issuer.notBefore, issuer, caName: name });
  return formatPem('X509 CRL', issueCrl(draft, issuerSigner));
}

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
function createSubjects(plan: CaPlan): { root: DistinguishedName; issuer: DistinguishedName } {
  const { name, subject, parent } = plan;
  if (subject !== undefined)
    return { root: subject, issuer: parent === undefined ? createIssuerSubject(subject) : subject };
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
