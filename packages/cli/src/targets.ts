/**
 * @module What `inspect` and `pin` look at: a file (certificate, request, key; PEM or DER) or a running server.
 * The bytes decide what it is, not the file's name.
 */
import { resolve } from 'node:path';
import {
  CERTIFICATE_LABELS,
  coreError,
  CSR_LABELS,
  isCaError,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type PemBlock,
} from '@mintmark/ca-core';
import { isPrivateKeyEncrypted } from '@mintmark/ca-core/node';
import { parseCertificate, parseCsr, type CertificateFacts, type CsrFacts } from '@mintmark/ca-core/read';
import type { Crl } from '@mintmark/ca-core/revocation';
import { storeError } from '@mintmark/ca-store';
import { cliError } from './cli-errors.ts';
import type { Access } from './command.ts';
import { readKeyFacts, readPublicKeyFacts, type KeyFacts } from './key-facts.ts';
import { openingPassphrase } from './passphrase.ts';
import { formatList } from './terminal/text.ts';
import { hideCredentials, parseServer, type Server } from './peer/server-address.ts';
import { inputName, readInputIfPresent } from './read-input.ts';

export type TargetObject =
  | { readonly kind: 'certificate'; readonly facts: CertificateFacts }
  | { readonly kind: 'csr'; readonly facts: CsrFacts }
  | { readonly kind: 'key'; readonly facts: KeyFacts };

/** What only `inspect` looks at: a revocation list has no key to pin. */
export type InspectedObject = TargetObject | { readonly kind: 'crl'; readonly facts: Crl };

/** What one target holds, in the order of the file or of the server's chain. Never empty. */
export type Target = {
  readonly name: string;
  readonly objects: readonly TargetObject[];
  /** Where the chain came from; absent for a file. */
  readonly server?: Server;
  /** What was read; absent for a server. */
  readonly fileBytes?: Uint8Array;
};

/**
 * @param serverName what a server is asked for instead of its host
 * @throws FILE_NOT_FOUND, SERVER_ADDRESS_INVALID, CONNECT_FAILED, TARGET_UNREADABLE, and the parsers' codes
 */
export async function readTarget(name: string, access: Access, serverName?: string): Promise<Target> {
  const { context } = access;
  const bytes = readInputIfPresent(name, context);
  if (bytes !== undefined)
    return { name, fileBytes: bytes, objects: await parseObjects(bytes, inputName(name), access) };
  const server = parseServer(name);
  // What was meant as an address may hold a password.
  if (server === undefined)
    throw storeError('FILE_NOT_FOUND', { path: hideCredentials(resolve(context.io.cwd, name)) });
  const { readServerChain } = await import('./peer/server-chain.ts');
  const chain = await readServerChain(serverName === undefined ? server : { ...server, serverName });
  return { name, server, objects: chain.map((der) => ({ kind: 'certificate', facts: parseCertificate(der, name) })) };
}

/** As `readTarget`, and revocation lists too. @throws as it does, and CRL_INVALID */
export async function readInspected(name: string, access: Access): Promise<readonly InspectedObject[]> {
  const bytes = readInputIfPresent(name, access.context);
  if (bytes === undefined) return (await readTarget(name, access)).objects;
  const { readCrls } = await import('./revocation/crl-target.ts');
  const what = inputName(name);
  const crls = readCrls(bytes, what);
  if (crls === undefined) return parseObjects(bytes, what, access);
  // A file of a chain may hold its certificates and their lists.
  const others = crls.hasOthers ? await parseObjects(bytes, what, access) : [];
  return [...others, ...crls.crls.map((facts) => ({ kind: 'crl', facts }) as const)];
}

/** As many as a PKCS#12 file may hold. */
const MAX_PRIVATE_KEYS = 50;

async function parseObjects(bytes: Uint8Array, what: string, access: Access): Promise<TargetObject[]> {
  if (mayBePkcs12(bytes)) {
    const { readPkcs12Target } = await import('./pkcs12-target.ts');
    const objects = await readPkcs12Target(bytes, what, access);
    if (objects !== undefined) return objects;
  }
  const objects: TargetObject[] = [];
  const blocks = parsePemOrDer(bytes, what);
  // Each may take a twentieth of a second to open.
  if (blocks.filter((block) => hasLabel(PRIVATE_KEY_LABELS, block)).length > MAX_PRIVATE_KEYS)
    throw coreError('PEM_INVALID', { what, reason: `more than ${MAX_PRIVATE_KEYS} private keys` });
  for (const block of blocks) {
    const object = await parseBlock(block, what, access);
    if (object !== undefined) objects.push(object);
  }
  const labels = formatList([...new Set(blocks.map(({ label }) => label))], 5);
  if (objects.length === 0)
    throw cliError('TARGET_UNREADABLE', {
      target: what,
      reason: labels === '' ? 'holds no PEM block and is not DER' : `holds ${labels}`,
    });
  return objects;
}

/** DER that is no certificate at a glance, or PEM that says so; the reader is too large to load for every file. */
const mayBePkcs12 = (bytes: Uint8Array): boolean =>
  bytes[0] === 0x30 || Buffer.from(bytes.subarray(0, 4096)).includes('BEGIN PKCS12');

const hasLabel = (labels: readonly string[], { label }: PemBlock): boolean => labels.includes(label);

async function parseBlock(block: PemBlock, what: string, access: Access): Promise<TargetObject | undefined> {
  if (hasLabel(CERTIFICATE_LABELS, block)) return { kind: 'certificate', facts: parseCertificate(block.der, what) };
  if (hasLabel(CSR_LABELS, block)) return { kind: 'csr', facts: parseCsr(block.der, what) };
  if (hasLabel(PRIVATE_KEY_LABELS, block)) return { kind: 'key', facts: await openKey(block, what, access) };
  if (block.label === 'PUBLIC KEY') return { kind: 'key', facts: readPublicKeyFacts(block.der, what) };
  return block.label === 'DER' ? parseDer(block, what, access) : undefined;
}

/** DER says nothing of its kind: each parser is tried, and the certificate's complaint is told when none takes it. */
async function parseDer(block: PemBlock, what: string, access: Access): Promise<TargetObject> {
  const attempts: (() => TargetObject | Promise<TargetObject>)[] = [
    () => ({ kind: 'certificate', facts: parseCertificate(block.der, what) }),
    () => ({ kind: 'csr', facts: parseCsr(block.der, what) }),
    async () => ({ kind: 'key', facts: await openKey(block, what, access) }),
    () => ({ kind: 'key', facts: readPublicKeyFacts(block.der, what) }),
  ];
  for (const attempt of attempts) {
    try {
      return await attempt();
    } catch (cause) {
      if (!isCaError(cause) || ['PASSPHRASE_NEEDED', 'KEY_PASSPHRASE_WRONG', 'KEY_TOO_COSTLY'].includes(cause.code))
        throw cause;
    }
  }
  throw cliError('TARGET_UNREADABLE', { target: what, reason: 'is neither a certificate, a request nor a key' });
}

async function openKey(block: PemBlock, what: string, { invocation, context }: Access): Promise<KeyFacts> {
  if (!isPrivateKeyEncrypted(block)) return readKeyFacts(block, { what });
  return readKeyFacts(block, { what, passphrase: await openingPassphrase(invocation, context, what) });
}
