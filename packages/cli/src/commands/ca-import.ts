/**
 * @module `ca import PATH...`: a CA made elsewhere, from files (certificates and one key, in any order) or a folder of them
 * (an mkcert CAROOT, a Mintmark CA folder). A root that signs leaves itself is taken, and so is a CA without its key.
 */
import { join, resolve } from 'node:path';
import {
  CERTIFICATE_LABELS,
  escapeControls,
  formatPem,
  isEqualBytes,
  parseIssuer,
  parsePemOrDer,
  PRIVATE_KEY_LABELS,
  type Issuer,
  type PemBlock,
} from '@mintmark/ca-core';
import {
  formatPrivateKey,
  isPrivateKeyEncrypted,
  nodeSha256,
  parsePrivateKey,
  verifyWithNode,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import { parseCertificate, signatureHash, type CertificateFacts } from '@mintmark/ca-core/read';
import { addCa, changeHome, readIfPresent, storeError, withDiskErrors, type CaFiles } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { openingPassphrase, readPassphraseFile } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';

const FOLDER_FILES = ['root.pem', 'issuer.pem', 'issuer-key.pem', 'rootCA.pem', 'rootCA-key.pem'];
const IMPORTED_CA = 'imported';

/** @throws FILE_NOT_FOUND, CA_NOT_AN_ISSUER, CA_EXISTS, CA_SUBJECT_TAKEN, KEY_*, CERTIFICATE_INVALID */
export async function importCa(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (invocation.positionals.length === 0)
    throw cliError('ARGUMENT_MISSING', { command: 'ca import', argument: 'certificate and key files, or a folder' });
  const blocks = invocation.positionals.flatMap((path) => readBlocks(resolve(context.io.cwd, path), context));
  const certificates = blocks.filter(isCertificate).map(({ der }) => parseCertificate(der, 'the imported certificate'));
  const { key, passphrase } = await readKey(blocks.filter(isKey), invocation, context);
  const files = arrange(certificates, key, passphrase ?? readPassphraseFile(invocation, context));
  const name = optionText(invocation, 'ca') ?? IMPORTED_CA;
  if (certificates.some(({ excluded }) => excluded.length > 0))
    context.say('This CA excludes names; clients hold to that, and no message here will say so before they do.\n\n');
  const home = context.home();
  const ca = changeHome(home, () => addCa(home, name, files));
  if (ca.issuer.scope.kind === 'unscoped') {
    context.say(
      'This CA is unscoped: whoever steals its key can speak for every name, to every machine that trusts it.\n\n',
    );
  }
  return { json: describeCa(home, ca), text: renderCa(home, ca, context) };
}

const isCertificate = ({ label }: PemBlock): boolean => (CERTIFICATE_LABELS as readonly string[]).includes(label);
const isKey = ({ label }: PemBlock): boolean => (PRIVATE_KEY_LABELS as readonly string[]).includes(label);

function readBlocks(path: string, context: Context): PemBlock[] {
  const { fs } = context.io;
  if (withDiskErrors(path, () => fs.status(`${path}/.`))?.kind === 'folder') {
    return FOLDER_FILES.flatMap((name) =>
      fs.status(join(path, name)) === undefined ? [] : readBlocks(join(path, name), context),
    );
  }
  const bytes = readIfPresent(fs, path);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path });
  return parsePemOrDer(bytes, path).map((block) =>
    block.label === 'DER' ? { ...block, label: 'CERTIFICATE' } : block,
  );
}

async function readKey(
  blocks: readonly PemBlock[],
  invocation: Invocation,
  context: Context,
): Promise<{ key?: NodePrivateKey; passphrase?: string }> {
  const [block, another] = blocks;
  if (another !== undefined)
    throw storeError('CA_NOT_AN_ISSUER', { what: 'this set of files', reason: 'it holds several private keys' });
  if (block === undefined) return {};
  const what = 'the imported key';
  if (!isPrivateKeyEncrypted(block)) return { key: parsePrivateKey(Buffer.from(block.pem), { what }) };
  // What came encrypted stays so, under the same passphrase.
  const passphrase = await openingPassphrase(invocation, context, what);
  return { key: parsePrivateKey(Buffer.from(block.pem), { what, passphrase }), passphrase };
}

/** Finds who is root and who is issuer. @throws CA_NOT_AN_ISSUER */
function arrange(
  certificates: readonly CertificateFacts[],
  key: NodePrivateKey | undefined,
  passphrase: string | undefined,
): CaFiles {
  const root = certificates.find(({ isSelfIssued }) => isSelfIssued);
  if (root === undefined)
    throw storeError('CA_NOT_AN_ISSUER', {
      what: 'this set of files',
      reason: 'it has no root (a certificate that is its own issuer)',
    });
  const signing =
    key === undefined
      ? certificates.find(({ isSelfIssued }) => !isSelfIssued)
      : certificates.find(({ spkiDer }) => isEqualBytes(spkiDer, key.subjectKey.spkiDer));
  if (key !== undefined && signing === undefined)
    throw storeError('CA_NOT_AN_ISSUER', { what: 'the key', reason: 'it belongs to none of the certificates' });
  const issuer = signing === root ? undefined : signing;
  for (const certificate of [root, issuer]) if (certificate !== undefined) assertCa(certificate);
  if (issuer !== undefined && !isSignedBy(issuer, root))
    throw storeError('CA_NOT_AN_ISSUER', { what: 'the issuer', reason: 'it was not signed by that root' });
  return {
    rootPem: formatPem('CERTIFICATE', root.certDer),
    ...(issuer === undefined ? {} : { issuerPem: formatPem('CERTIFICATE', issuer.certDer) }),
    ...(key === undefined ? {} : { keyPem: formatPrivateKey(key, passphrase) }),
  };
}

function isSignedBy(
  { issuerDer, tbsDer, signature, signatureAlgorithmOid }: CertificateFacts,
  root: CertificateFacts,
): boolean {
  const hash = signatureHash(signatureAlgorithmOid);
  const isNamed = isEqualBytes(issuerDer, root.subjectDer);
  return isNamed && hash !== null && verifyWithNode({ spkiDer: root.spkiDer, hash, tbsDer, signature });
}

function assertCa(certificate: CertificateFacts): void {
  const names = certificate.subject.map(({ value }) => value).join(', ');
  const what = `the certificate of ${escapeControls(names.slice(0, 60))}`;
  const issuer: Issuer = parseIssuer(certificate.certDer, nodeSha256, what);
  if (!issuer.isCa) throw storeError('CA_NOT_AN_ISSUER', { what, reason: 'it is not a CA certificate' });
  if (certificate.keyUsage.length > 0 && !certificate.keyUsage.includes('keyCertSign')) {
    throw storeError('CA_NOT_AN_ISSUER', { what, reason: 'its key usage does not allow signing certificates' });
  }
}
