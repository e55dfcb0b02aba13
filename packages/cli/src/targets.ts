/**
 * @module What `inspect` and `pin` look at: a file (certificate, request, key; PEM or DER) or a running server.
 * The bytes decide what it is, not the file's name.
 */
import { resolve } from 'node:path';
import {
  CERTIFICATE_LABELS,
  CSR_LABELS,
  isCaError,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type PemBlock,
} from '@mintmark/ca-core';
import { isPrivateKeyEncrypted } from '@mintmark/ca-core/node';
import { parseCertificate, parseCsr, type CertificateFacts, type CsrFacts } from '@mintmark/ca-core/read';
import { storeError } from '@mintmark/ca-store';
import { cliError } from './cli-errors.ts';
import type { Access, Context, Invocation } from './command.ts';
import { readKeyFacts, readPublicKeyFacts, type KeyFacts } from './key-facts.ts';
import { openingPassphrase } from './passphrase.ts';
import { formatList } from './terminal/text.ts';
import { inputName, readInputIfPresent } from './read-input.ts';

export type TargetObject =
  | { readonly kind: 'certificate'; readonly facts: CertificateFacts }
  | { readonly kind: 'csr'; readonly facts: CsrFacts }
  | { readonly kind: 'key'; readonly facts: KeyFacts };

/** What one target holds, in the order of the file or of the server's chain. Never empty. */
export type Target = { readonly name: string; readonly objects: readonly TargetObject[] };

/** @throws FILE_NOT_FOUND, CONNECT_FAILED, TARGET_UNREADABLE, and the parsers' codes */
export async function readTarget(name: string, invocation: Invocation, context: Context): Promise<Target> {
  const bytes = readInputIfPresent(name, context);
  if (bytes !== undefined)
    return { name, objects: await parseObjects(bytes, inputName(name), { invocation, context }) };
  if (/^https?:\/\/[^/]*@/i.test(name))
    throw cliError('SERVER_ADDRESS_INVALID', {
      target: hideCredentials(name),
      reason: 'names a user, and no handshake needs one',
    });
  const server = parseServer(name);
  if (server === undefined) throw storeError('FILE_NOT_FOUND', { path: resolve(context.io.cwd, name) });
  const { readServerChain } = await import('./server-chain.ts');
  const chain = await readServerChain(server);
  return { name, objects: chain.map((der) => ({ kind: 'certificate', facts: parseCertificate(der, name) })) };
}

/** All before the last `@`: a password may hold one, and what is no URL may hold a password too. */
export const hideCredentials = (text: string): string => text.replace(/^((?:https?|wss?):\/\/)?.*@/is, '$1…@');

export type Server = { readonly host: string; readonly port: number };

/** `host:port`, `[::1]:port` or an https URL; undefined for anything else. */
function parseServer(text: string): Server | undefined {
  const bare = text.replace(/^https:\/\//i, '').replace(/\/.*$/, '');
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/]+))(?::(\d{1,5}))?$/i.exec(bare);
  const host = match?.[1] ?? match?.[2];
  if (host === undefined || (match?.[3] === undefined && bare === text)) return undefined;
  const port = Number(match?.[3] ?? 443);
  return port >= 1 && port <= 65_535 ? { host, port } : undefined;
}

async function parseObjects(bytes: Uint8Array, what: string, access: Access): Promise<TargetObject[]> {
  const objects: TargetObject[] = [];
  const blocks = parsePemOrDer(bytes, what);
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
