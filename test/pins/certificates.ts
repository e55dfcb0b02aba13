/** @module Certificates of the pin tests: made in memory, so that they can be past their date or name another host. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  createScope,
  findBlocks,
  formatPem,
  issueCertificate,
  parseKeyType,
  parseSubjectAltNames,
  prepareCertificate,
  PROFILES,
  type CertificateRequest,
  parseIssuer,
  type Issuer,
} from '../../packages/ca-core/src/index.ts';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  createSerialBytes,
  formatPrivateKey,
  nodeSha256,
  parsePrivateKey,
  type NodePrivateKey,
} from '../../packages/ca-core/src/node/index.ts';
import { createCa } from '../../packages/ca-store/src/index.ts';

const DAY_MS = 86_400_000;
const RULES = { isPublicSuffix: () => false };

/** What a server is given, and the certificate alone. `chainPem` is what it sends. */
export type ServedPair = { readonly certFile: string; readonly chainPem: string; readonly keyPem: string };

export type Shape = {
  readonly names?: readonly string[];
  /** Lasted ten days, forty days ago. */
  readonly isExpired?: boolean;
  readonly days?: number;
};

/** A throw-away CA, whose issuer signs leaves. */
export type PinAuthority = {
  readonly rootFile: string;
  readonly issuerFile: string;
  readonly issuerPem: string;
  readonly issuer: Issuer;
  readonly key: NodePrivateKey;
};

const HOSTS = ['localhost', '127.0.0.1', '::1'];

/** A server's certificate below the folder: self-signed, or signed by the authority and sent with its issuer. */
export function createServed(folder: string, name: string, options: Shape & { by?: PinAuthority } = {}): ServedPair {
  const { names = HOSTS, isExpired = false, days = 13, by } = options;
  const key = createPrivateKeyOfType('ecdsa-p256');
  const request: CertificateRequest = {
    subjectKey: key.subjectKey,
    names: parseSubjectAltNames(names, RULES),
    validityDays: isExpired ? 10 : days,
  };
  const now = new Date(Date.now() - (isExpired ? 40 * DAY_MS : 0));
  const draft = prepareCertificate(by === undefined ? PROFILES['self-signed'] : PROFILES.server, request, {
    now,
    serial: createSerialBytes(),
    ...(by === undefined ? {} : { issuer: by.issuer, caName: 'pins' }),
  });
  const certDer = issueCertificate(draft, createNodeSigner(by?.key ?? key));
  const certPem = formatPem('CERTIFICATE', certDer);
  const certFile = write(folder, `${name}.pem`, certPem);
  return { certFile, chainPem: certPem + (by?.issuerPem ?? ''), keyPem: formatPrivateKey(key) };
}

/** A CA as Mintmark makes them, so old that expired leaves fit under it. */
export function createPinAuthority(folder: string, name: string): PinAuthority {
  const { rootPem, issuerPem, keyPem } = createCa({
    name,
    scope: createScope({ domains: [] }, RULES),
    keyType: parseKeyType('ecdsa-p256'),
    now: new Date(Date.now() - 90 * DAY_MS),
  }).files;
  if (issuerPem === undefined || keyPem === undefined) throw new Error('a new CA has an issuer and its key');
  const [block] = findBlocks(Buffer.from(issuerPem), 'the issuer', { labels: ['CERTIFICATE'], wanted: 'a CA' });
  if (block === undefined) throw new Error('the issuer has no PEM block');
  return {
    rootFile: write(folder, `${name}-root.pem`, rootPem),
    issuerFile: write(folder, `${name}-issuer.pem`, issuerPem),
    issuerPem,
    issuer: parseIssuer(block.der, nodeSha256),
    key: parsePrivateKey(Buffer.from(keyPem), { what: 'the key' }),
  };
}

/** The server's own leaf, then somebody else's certificate that it has no key for. */
export function appendCertificate(pair: ServedPair, otherPem: string): ServedPair {
  return { ...pair, chainPem: pair.chainPem + otherPem };
}

function write(folder: string, name: string, text: string): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, name);
  writeFileSync(file, text);
  return file;
}
