/** @module Our own issuance: prepare, lint and sign a certificate for three names, beside the bare signature in it. */
import { sign } from 'node:crypto';
import {
  createNameAttribute,
  createScope,
  issueCertificate,
  parseIssuer,
  parseSubjectAltNames,
  prepareCertificate,
  PROFILES,
  type Bytes,
  type CertificateDraft,
  type Issuer,
} from '../../packages/ca-core/src/index.ts';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  nodeSha256,
  type NodePrivateKey,
} from '../../packages/ca-core/src/node/index.ts';
import { NAMES } from './names.ts';
import type { Workload } from './workload.ts';

const BATCH = 4000;
const NO_SUFFIX = { isPublicSuffix: () => false };

/** Issuance from an issuer scoped to the dev domains, as the command line makes it. */
export function createIssueWorkload(): Workload & { readonly tbsDer: Bytes } {
  const caKey = createPrivateKeyOfType('ecdsa-p256');
  const signer = createNodeSigner(caKey);
  const prepare = createPrepare(createIssuer(caKey));
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) issueCertificate(prepare(), signer);
  };
  return { name: 'mintmark', batch: BATCH, run, tbsDer: prepare().tbsDer };
}

function createPrepare(issuer: Issuer): () => CertificateDraft {
  const { subjectKey } = createPrivateKeyOfType('ecdsa-p256');
  const names = parseSubjectAltNames(NAMES, NO_SUFFIX);
  return () =>
    prepareCertificate(
      PROFILES.server,
      { subjectKey, names },
      { now: new Date(), serial: createSerialBytes(), issuer },
    );
}

function createIssuer(key: NodePrivateKey): Issuer {
  const draft = prepareCertificate(
    PROFILES.root,
    {
      subjectKey: key.subjectKey,
      subject: [createNameAttribute('CN', 'Mintmark bench CA')],
      scope: createScope({ domains: [] }, NO_SUFFIX),
    },
    { now: new Date(), serial: createSerialBytes() },
  );
  return parseIssuer(issueCertificate(draft, createNodeSigner(key)), nodeSha256);
}

/** node:crypto's P-256 signature over a TBSCertificate of ours, and nothing else. */
export function createRawWorkload(tbsDer: Bytes): Workload {
  const { keyObject } = createPrivateKeyOfType('ecdsa-p256');
  const run = (count: number): void => {
    for (let i = 0; i < count; i++) sign('sha256', tbsDer, keyObject);
  };
  return { name: 'raw', batch: 2 * BATCH, run };
}
