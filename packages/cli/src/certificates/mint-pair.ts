/**
 * @module Makes one certificate and key on disk: choose or make the key, prepare, sign, enter into the ledger, put in place.
 * Runs under the home's lock; the ledger entry comes first, so that whatever a crash leaves behind is known as ours.
 */
import {
  formatPem,
  issueCertificate,
  prepareCertificate,
  type Bytes,
  type CertificateDraft,
  type CertificateRequest,
  type KeyType,
  type Profile,
  type Signer,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  formatPrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import { appendLedger, writePair, type Home, type StoredCa } from '@mintmark/ca-store';
import { inspectExisting } from './existing-files.ts';
import type { CertificatePaths } from './file-names.ts';
import { describeIssued, type IssuedCertificate } from './issued.ts';

/** Everything about the certificate but its key. `ca` and `signer` are absent for a self-signed one. */
export type PairOrder = {
  readonly profile: Profile;
  readonly request: Omit<CertificateRequest, 'subjectKey'>;
  readonly paths: CertificatePaths;
  readonly keyType: KeyType;
  readonly ca?: StoredCa;
  readonly signer?: Signer<Bytes>;
  readonly isForced: boolean;
  readonly isNewKey: boolean;
  /** --reuse-key: the key to certify; it is not written again unless to another place. */
  readonly givenKey?: NodePrivateKey;
  readonly givenKeyFile?: string;
  readonly passphrase?: string;
  readonly now: Date;
};

/** The first step alone, with the real key or one that is thrown away. @throws the codes of `prepareCertificate` */
export function prepareOrder(order: PairOrder, key: NodePrivateKey): CertificateDraft {
  const { profile, request, ca, now } = order;
  return prepareCertificate(
    profile,
    { ...request, subjectKey: key.subjectKey },
    { now, serial: createSerialBytes(), ...(ca === undefined ? {} : { issuer: ca.issuer, caName: ca.name }) },
  );
}

/** Makes the pair. Call it under the home's lock. @throws FILE_EXISTS, the codes of prepare, disk codes */
export function mintPair(home: Home, order: PairOrder, spareKey?: () => NodePrivateKey): IssuedCertificate {
  const { paths, ca } = order;
  const isReusedInPlace = order.givenKeyFile !== undefined && order.givenKeyFile === paths.keyFile;
  const existing = order.givenKey === undefined ? inspectExisting(home, paths, order) : undefined;
  if (order.givenKey !== undefined)
    inspectExisting(home, isReusedInPlace ? { ...paths, keyFile: `${paths.keyFile}.none` } : paths, order);
  const kept = existing ?? (isReusedInPlace ? order.givenKey : undefined);
  const key = kept ?? order.givenKey ?? spareKey?.() ?? createPrivateKeyOfType(order.keyType);
  const draft = prepareOrder(order, key);
  const certDer = issueCertificate(draft, order.signer ?? createNodeSigner(key));
  const { entry, result } = describeIssued({
    draft,
    certDer,
    spkiDer: key.subjectKey.spkiDer,
    caName: ca?.name ?? null,
    ...paths,
    isKeyKept: kept !== undefined,
    now: order.now,
  });
  appendLedger(home, [entry]);
  writePair(home.fs, home.path, {
    ...paths,
    certPem: formatPem('CERTIFICATE', certDer) + (ca?.chainPem ?? ''),
    ...(kept === undefined ? { keyPem: formatPrivateKey(key, order.passphrase) } : {}),
  });
  return result;
}
