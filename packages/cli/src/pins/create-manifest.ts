/** @module Makes the signed manifest of a certificate: by the CA of this home that issued it, or a self-signed one by its own key. */
import { X509Certificate } from 'node:crypto';
import {
  createPins,
  formatBase64,
  formatHex,
  formatSpkiPin,
  isCaError,
  isEqualBytes,
  quoteWord,
  type Bytes,
  type Signer,
} from '@mintmark/ca-core';
import { createNodeSigner, nodeSha256, parsePrivateKey } from '@mintmark/ca-core/node';
import { formatAttributes, parseCertificate, type CertificateFacts } from '@mintmark/ca-core/read';
import { listCaNames, readCa, readIfPresent, readLedger, type Home, type StoredCa } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import type { Access } from '../command.ts';
import { openingPassphrase } from '../passphrase.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatPath } from '../terminal/text.ts';
import { encodeCanonicalJson } from './canonical-json.ts';
import { signDetached } from './detached-jws.ts';
import { MANIFEST_VERSION, type PinManifest } from './manifest-shape.ts';
import { findSpare } from './spare.ts';

/** What a manifest speaks of: one leaf certificate. `target` names it in messages. */
export type ManifestSubject = { readonly target: string; readonly certDer: Bytes };

/** Who signs, and the certificates by which others find the way to a root that they know. */
type Authority = { readonly name: string; readonly chain: readonly Bytes[]; readonly signer: Signer<Bytes> };

/** @throws MANIFEST_NO_KEY, and the codes of opening a key */
export async function createManifest({ target, certDer }: ManifestSubject, access: Access): Promise<PinManifest> {
  const { context } = access;
  const facts = parseCertificate(certDer, target);
  const refuse = (reason: string, command: string) => rotationError('MANIFEST_NO_KEY', { target, reason, command });
  const now = context.io.now();
  if (facts.isCa || facts.names.length === 0)
    throw refuse('it is no certificate of a server', 'give the certificate that the server shows');
  if (facts.notAfter <= now) throw refuse('it has expired', `renew it first: mintmark renew ${quoteWord(target)}`);
  const home = readableHome(context);
  const authority = home === undefined ? undefined : await openAuthority(facts, home, access);
  if (home === undefined || authority === undefined)
    throw refuse('no CA of this home issued it, and its own key is not here', 'run this where it was made');
  const pins = createPins(facts, nodeSha256);
  const spare = findSpare(formatHex(pins.spkiSha256), home);
  const signed: Omit<PinManifest, 'signature'> = {
    version: MANIFEST_VERSION,
    names: facts.names.map(({ text }) => text),
    issuedAt: now.toISOString(),
    notAfter: facts.notAfter.toISOString(),
    current: {
      certSha256Hex: formatHex(nodeSha256(certDer)),
      spkiSha256Base64: formatSpkiPin(pins),
      notAfter: facts.notAfter.toISOString(),
    },
    backup: spare === undefined ? null : { spkiSha256Base64: formatBase64(spare.spkiSha256) },
    issuer: { name: authority.name, chain: authority.chain.map(formatBase64) },
  };
  return { ...signed, signature: signDetached(encodeCanonicalJson(signed), authority.signer) };
}

async function openAuthority(facts: CertificateFacts, home: Home, access: Access): Promise<Authority | undefined> {
  for (const name of listCaNames(home)) {
    const ca = tryReadCa(home, name);
    if (ca === undefined || !isSignedBy(facts, ca.issuer.certDer)) continue;
    const { subject } = parseCertificate(ca.issuer.certDer, ca.issuerFile);
    const isRoot = isEqualBytes(ca.issuer.certDer, ca.rootDer);
    const chain = isRoot ? [] : [ca.issuer.certDer];
    return { name: formatAttributes(subject), chain, signer: await unlockSigner(ca, access) };
  }
  return isSignedBy(facts, facts.certDer) ? openOwnKey(facts, home, access) : undefined;
}

/** A damaged CA is no reason to refuse another's work. */
export function tryReadCa(home: Home, name: string): StoredCa | undefined {
  try {
    return readCa(home, name);
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

function isSignedBy({ certDer }: CertificateFacts, issuerDer: Uint8Array): boolean {
  try {
    return new X509Certificate(certDer).verify(new X509Certificate(issuerDer).publicKey);
  } catch {
    return false; // a key or signature of a kind that OpenSSL does not know
  }
}

/** A self-signed certificate: the key that is pinned now vouches for the pins to come. */
async function openOwnKey(
  facts: CertificateFacts,
  home: Home,
  { invocation, context }: Access,
): Promise<Authority | undefined> {
  const digest = formatHex(nodeSha256(facts.certDer));
  const keyFile = readLedger(home).findLast(({ certSha256Hex }) => certSha256Hex === digest)?.keyFile;
  const bytes = keyFile === undefined ? undefined : readIfPresent(home.fs, keyFile);
  if (keyFile === undefined || bytes === undefined) return undefined;
  const what = formatPath(keyFile, context.io.cwd);
  const open = (secret: { passphrase?: string }) => parsePrivateKey(bytes, { what, ...secret });
  const key = await openPerhapsSealed(open, () => openingPassphrase(invocation, context, what));
  if (!isEqualBytes(key.subjectKey.spkiDer, facts.spkiDer)) return undefined;
  return {
    name: formatAttributes(facts.subject) || (facts.names[0]?.text ?? ''),
    chain: [facts.certDer],
    signer: createNodeSigner(key),
  };
}

async function openPerhapsSealed<T>(
  open: (secret: { passphrase?: string }) => T,
  ask: () => Promise<string>,
): Promise<T> {
  try {
    return open({});
  } catch (cause) {
    if (!isCaError(cause, 'KEY_ENCRYPTED')) throw cause;
  }
  return open({ passphrase: await ask() });
}
