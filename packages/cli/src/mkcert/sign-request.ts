/**
 * @module `-csr FILE`: a certificate for somebody's request. Its key, subject and names are taken and nothing else, so it becomes no CA,
 * and its file is named so that it stays in the current folder.
 */
import { dirname, resolve } from 'node:path';
import { formatPem, issueCertificate, type Bytes, type Signer } from '@mintmark/ca-core';
import { appendLedger, changeHome, type Home } from '@mintmark/ca-store';
import { assertFilePlaces, formatBaseName } from '../certificates/file-names.ts';
import { describeIssued, type IssuedCertificate } from '../certificates/issued.ts';
import type { Access } from '../command.ts';
import { prepareRequest, readRequest, signDraft } from '../commands/sign.ts';
import type { Authorities } from './authorities.ts';
import { chooseAuthority, type ChosenAuthority } from './choose-authority.ts';
import { makeOpenFolders } from './folder.ts';
import { countValidityDays } from './issue.ts';
import { assertCertificateReplaceable } from './replaceable.ts';
import { isStream, withoutStreams, writeStream } from './streams.ts';

export type SignedRequest = {
  readonly result: IssuedCertificate;
  readonly authority: ChosenAuthority;
  /** As people are told. */
  readonly certFile: string;
};

/** @throws CSR_*, FILE_NOT_FOUND, MKCERT_FILE_FOREIGN, and the codes of `chooseAuthority` */
export async function signRequest(
  { csr, certFile }: { readonly csr: string; readonly certFile: string | undefined },
  { authorities, access }: { readonly authorities: Authorities; readonly access: Access },
  onChosen: (authority: ChosenAuthority) => Promise<void> | void,
): Promise<SignedRequest> {
  const { context } = access;
  const { home } = authorities;
  const words = { positionals: [csr], options: { days: String(countValidityDays(context.io.now())), force: true } };
  const accepted = await readRequest(csr, words, context);
  const shown = certFile ?? `./${formatBaseName(accepted.names, false)}.pem`;
  const path = resolve(context.io.cwd, shown);
  const isFile = !isStream(home.fs, path);
  if (isFile) assertFilePlaces([path], context);
  if (isFile) assertCertificateReplaceable(home, path);
  const own = { invocation: words, context };
  const prepare = (ca: Parameters<typeof prepareRequest>[1]) => prepareRequest(accepted, ca, own);
  const authority = await chooseAuthority(accepted.names, authorities, { access, rehearse: prepare });
  const draft = prepare(authority.ca);
  await onChosen(authority);
  const order = { draft, ca: authority.ca, certFile: path, accepted, signer: await authority.openSigner() };
  if (isFile) makeOpenFolders(home.fs, dirname(path));
  const result = isFile ? await signDraft(order, words, context) : signToStream(order, home, context.io.now());
  return { result, authority, certFile: shown };
}

type StreamOrder = Parameters<typeof signDraft>[0] & { readonly signer: Signer<Bytes> };

function signToStream(
  { draft, ca, certFile, accepted, signer }: StreamOrder,
  home: Home,
  now: Date,
): IssuedCertificate {
  const certDer = issueCertificate(draft, signer);
  const { spkiDer } = accepted.subjectKey;
  const place = { certFile, keyFile: null, isKeyKept: false };
  const { entry, result } = describeIssued({ draft, certDer, spkiDer, caName: ca.name, ...place, now });
  changeHome(home, () => appendLedger(home, [withoutStreams(home.fs, entry)]));
  writeStream(certFile, formatPem('CERTIFICATE', certDer) + ca.chainPem);
  return result;
}
