/** @module What the words of `keystore` say about the store to write: its certificates in their order, their aliases, and the key. */
import type { Bytes } from '@mintmark/ca-core';
import { writePkcs12, type Pkcs12Plan } from '@mintmark/ca-core/pkcs12';
import { parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { listCaNames, readCa, storeError } from '@mintmark/ca-store';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { keystoreError } from './keystore-errors.ts';
import { describeSubject, isAlias, nameAfter, numberRepeats, orderChain, readDistinct } from './order-chain.ts';
import { readSource, readStoreKey, stemOf, type KeyWithFile } from './read-sources.ts';

/** What a store will hold, before it has a password. `certificates` is never empty; `aliases` belong to it, undefined where there is none. */
export type StoreDraft = {
  readonly certificates: readonly [CertificateFacts, ...CertificateFacts[]];
  readonly aliases: readonly (string | undefined)[];
  readonly key?: KeyWithFile;
  readonly defaultName: string;
  readonly inputs: readonly string[];
};

/** A key and its chain. @throws ARGUMENT_MISSING, OPTION_VALUE, and the codes of `readSource`, `readStoreKey` and `orderChain` */
export async function draftKeyStore(access: Access): Promise<StoreDraft> {
  const { invocation } = access;
  const [certFile, keyFile, chainFile] = ['cert', 'key', 'chain'].map((name) => optionText(invocation, name));
  if (certFile === undefined) throw cliError('ARGUMENT_MISSING', { command: 'keystore', argument: '--cert FILE' });
  const source = await readSource(certFile, access);
  const chain = chainFile === undefined ? [] : [await readSource(chainFile, access)];
  const key = await readStoreKey(keyFile, source, access);
  const certificates = orderChain([source, ...chain], key);
  const alias = readAlias(invocation) ?? nameAfter(certificates[0]);
  return {
    certificates,
    aliases: certificates.map((_, i) => (i === 0 ? alias : undefined)),
    key,
    defaultName: `${certFile === '-' ? 'keystore' : stemOf(certFile)}.p12`,
    inputs: [certFile, keyFile ?? key.file, chainFile].filter((name) => name !== undefined),
  };
}

/**
 * Certificates to trust. Its file has another name than a key store's, so that neither takes the place of the other.
 * @throws OPTIONS_CONFLICT, OPTION_VALUE, KEYSTORE_TRUST_HOLDS_KEY, CA_NEEDED, CA_NOT_FOUND, and the codes of `readSource`
 */
export async function draftTrustStore(access: Access): Promise<StoreDraft> {
  const { invocation, context } = access;
  for (const option of ['key', 'chain'])
    if (optionText(invocation, option) !== undefined)
      throw cliError('OPTIONS_CONFLICT', { first: '--trust', second: `--${option}` });
  const certFile = optionText(invocation, 'cert');
  if (certFile === undefined) return draftRootStore(access);
  const source = await readSource(certFile, access);
  if (source.keyPems.length > 0) throw keystoreError('KEYSTORE_TRUST_HOLDS_KEY', { file: source.file });
  const [first, ...rest] = readDistinct([source]);
  if (first === undefined) throw new TypeError('a source has a certificate');
  const certificates = [first, ...rest] as const;
  warnOfConstrained(certificates, context);
  const alias = readAlias(invocation);
  return {
    certificates,
    aliases: numberRepeats(certificates.map((facts) => alias ?? nameAfter(facts))),
    defaultName: `${certFile === '-' ? 'certificates' : stemOf(certFile)}-trust.p12`,
    inputs: [certFile],
  };
}

function draftRootStore({ invocation, context }: Access): StoreDraft {
  const named = optionText(invocation, 'ca');
  const home = readableHome(context);
  if (named === undefined && (home === undefined || listCaNames(home).length === 0)) throw cliError('CA_NEEDED', {});
  const name = named ?? DEFAULT_CA;
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  const ca = readCa(home, name);
  return {
    certificates: [parseCertificate(ca.rootDer, ca.rootFile)],
    aliases: [readAlias(invocation) ?? `mintmark-${ca.name}`],
    defaultName: `${ca.name}-trust.p12`,
    inputs: [ca.rootFile],
  };
}

/** Java asks an anchor for nothing but its name and key; the same constraints on a certificate below it do hold. */
function warnOfConstrained(certificates: readonly CertificateFacts[], context: Context): void {
  for (const facts of certificates)
    if (facts.isCa && !facts.isSelfIssued && facts.permitted.length + facts.excluded.length > 0)
      context.say(
        `Java ignores the limits of a CA that it trusts directly: better trust the root above ${describeSubject(facts)}.\n`,
      );
}

function readAlias(invocation: Invocation): string | undefined {
  const alias = optionText(invocation, 'alias');
  if (alias !== undefined && !isAlias(alias))
    throw cliError('OPTION_VALUE', {
      option: '--alias',
      reason: 'takes at most 100 characters, none of them a control',
    });
  return alias;
}

/** The bytes of the file, after some tenths of a second. The key's own bytes are wiped. */
export function encodeStore({ certificates, aliases, key }: StoreDraft, password: string, isLegacy: boolean): Bytes {
  const chain = certificates.map(({ certDer }) => certDer);
  const plan = { password, isLegacy } satisfies Partial<Pkcs12Plan>;
  if (key === undefined)
    return writePkcs12({ ...plan, trusted: chain.map((certDer, i) => ({ certDer, alias: aliases[i] ?? '' })) });
  const pkcs8Der = key.key.keyObject.export({ type: 'pkcs8', format: 'der' });
  try {
    return writePkcs12({ ...plan, key: { pkcs8Der }, chain, alias: aliases[0] ?? '' });
  } finally {
    pkcs8Der.fill(0);
  }
}
