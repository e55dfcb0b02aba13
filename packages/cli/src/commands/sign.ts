/** @module `sign CSR`: a certificate for somebody's request. Only its key, subject and names are taken. */
import { join, resolve } from 'node:path';
import {
  coreError,
  dropRepeats,
  escapeControls,
  formatPem,
  issueCertificate,
  parseSubjectAltNames,
  prepareCertificate,
  PROFILES,
  type Bytes,
  type CertificateDraft,
  type Signer,
  type SubjectAltName,
} from '@mintmark/ca-core';
import { createSerialBytes, nodeSha256, verifyWithNode } from '@mintmark/ca-core/node';
import { acceptCsr, parseCsrFile, type AcceptedCsr } from '@mintmark/ca-core/read';
import { appendLedger, changeHome, CERTIFICATE_MODE, writeFileAtomically, type StoredCa } from '@mintmark/ca-store';
import { chooseCa } from '../certificates/choose-ca.ts';
import { assertSameKey } from '../certificates/existing-files.ts';
import { assertFilePlaces, formatBaseName, resolveOutFolder } from '../certificates/file-names.ts';
import { describeIssued, type IssuedCertificate } from '../certificates/issued.ts';
import { loadNameRules } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { prepareFolders } from '../certificates/order.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionList, optionText } from '../parse-args.ts';
import { inputName, readInput } from '../read-input.ts';
import { renderIssued } from '../render/issued.ts';
import { renderNewCa, renderTrustHint } from '../render/new-ca.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'sign',
  usage: 'CSR',
  summary: 'sign a certificate request (PEM or DER; - is stdin)',
  examples: [
    ['mintmark sign app.test.csr', 'a certificate beside the request'],
    ['mintmark sign request.pem --cert-file server.pem --days 90', 'another file, another time'],
    [
      'openssl req -new -key k.pem -subj /CN=app.test | mintmark sign - --add-name localhost',
      'from stdin, with one more name',
    ],
  ],
  options: [
    shared.CERT_FILE_OPTION,
    shared.OUT_OPTION,
    shared.DAYS_OPTION,
    shared.CLIENT_OPTION,
    { name: 'add-name', value: 'NAME', isRepeatable: true, help: 'one more name for the certificate' },
    shared.FORCE_OPTION,
    shared.DRY_RUN_OPTION,
    shared.PASSPHRASE_FILE_OPTION,
    shared.PIN_FILE_OPTION,
  ],
  positionals: { min: 1, max: 1, what: 'a certificate request' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [target = '-'] = invocation.positionals;
  const accepted = await readRequest(target, invocation, context);
  const { names, added } = accepted;
  const certFile = resolveCertFile(names, invocation, context);
  assertFilePlaces([certFile], context);
  for (const part of accepted.omitted)
    context.say(`Left out of the subject, because the certificate's names don't cover it: ${escapeControls(part)}\n`);
  const prepare = (ca: StoredCa): CertificateDraft => prepareRequest(accepted, ca, { invocation, context });
  // A stranger's request never widens what a CA may speak for; the words of the command do.
  const { ca, isNew } = await chooseCa(names, { invocation, context }, { widenBy: added, rehearse: prepare });
  const draft = prepare(ca);
  if (isOptionSet(invocation, 'dry-run')) {
    return {
      json: { dryRun: true, certFile, names: names.map(({ text }) => text), ca: ca.name },
      text: `Nothing was made. CA "${ca.name}" would sign ${target}.\n`,
    };
  }
  if (isNew) context.say(renderNewCa(ca));
  const issued = await signDraft({ draft, ca, certFile, accepted }, invocation, context);
  return {
    json: issued,
    text: renderIssued(issued, context, ca.chainPem !== ''),
    next: renderTrustHint(ca, context),
  };
}

/** The certificate for a request, ready to sign. @throws the codes of prepare */
export function prepareRequest(
  accepted: Pick<ReadRequest, 'subjectKey' | 'names' | 'subject'>,
  ca: StoredCa,
  { invocation, context }: Access,
): CertificateDraft {
  const { subjectKey, names, subject } = accepted;
  const isClient = isOptionSet(invocation, 'client') || names.every(({ kind }) => kind === 'email');
  const days = optionDays(invocation);
  const request = {
    subjectKey,
    names,
    ...(subject.length === 0 ? {} : { subject }),
    ...(days === undefined ? {} : { validityDays: days }),
  };
  return prepareCertificate(isClient ? PROFILES.client : PROFILES.server, request, {
    now: context.io.now(),
    serial: createSerialBytes(),
    issuer: ca.issuer,
    caName: ca.name,
  });
}

/** `added`: the names of --add-name, which are among `names`. */
export type ReadRequest = AcceptedCsr & { readonly added: readonly SubjectAltName[] };

type SigningOrder = {
  readonly draft: CertificateDraft;
  readonly ca: StoredCa;
  readonly certFile: string;
  readonly accepted: AcceptedCsr;
  /** Default: the CA's own, from the home. */
  readonly signer?: Signer<Bytes>;
};

/** Signs, enters the certificate into the ledger and puts it in place. @throws FILE_EXISTS, CA_KEY_*, HOME_LOCKED, disk codes */
export async function signDraft(
  { draft, ca, certFile, accepted, signer: given }: SigningOrder,
  invocation: Invocation,
  context: Context,
): Promise<IssuedCertificate> {
  const signer = given ?? (await unlockSigner(ca, { invocation, context }));
  const home = context.home();
  return changeHome(home, () => {
    prepareFolders([certFile], { invocation, context });
    const { spkiDer } = accepted.subjectKey;
    assertSameKey(home, certFile, { spkiDer, isForced: isOptionSet(invocation, 'force') });
    const certDer = issueCertificate(draft, signer);
    const { entry, result } = describeIssued({
      draft,
      certDer,
      spkiDer,
      caName: ca.name,
      certFile,
      keyFile: null,
      isKeyKept: false,
      now: context.io.now(),
    });
    appendLedger(home, [entry]);
    writeFileAtomically(home.fs, {
      path: certFile,
      text: formatPem('CERTIFICATE', certDer) + ca.chainPem,
      mode: CERTIFICATE_MODE,
    });
    return result;
  });
}

/** What may go into a certificate, of a file or of standard input. @throws CSR_*, FILE_NOT_FOUND, INPUT_*, PEM_* */
export async function readRequest(target: string, invocation: Invocation, context: Context): Promise<ReadRequest> {
  const bytes = readInput(target, context);
  const what = inputName(target);
  const rules = await loadNameRules();
  const accepted = acceptCsr(parseCsrFile(bytes, what), { what, rules, sha256: nodeSha256, verify: verifyWithNode });
  const added = parseSubjectAltNames(optionList(invocation, 'add-name'), rules);
  const names = dropRepeats([...accepted.names, ...added]);
  if (names.length === 0) throw coreError('CSR_NO_NAMES', { what });
  return { ...accepted, names, added };
}

function resolveCertFile(names: readonly SubjectAltName[], invocation: Invocation, context: Context): string {
  const chosen = optionText(invocation, 'cert-file');
  if (chosen !== undefined) return resolve(context.io.cwd, chosen);
  return join(resolveOutFolder(invocation, context), `${formatBaseName(names, isOptionSet(invocation, 'client'))}.pem`);
}

export const signCommand: Command = { spec, execute };
