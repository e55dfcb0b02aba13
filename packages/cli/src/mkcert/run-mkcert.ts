/** @module What mkcert's words come to once they make sense: install, uninstall, sign a request, or make a certificate. */
import { resolve } from 'node:path';
import { addCa, changeHome, createCa, isHomePresent, type Home } from '@mintmark/ca-store';
import { createScope, parseKeyType } from '@mintmark/ca-core';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { readAuthorities, type Authorities } from './authorities.ts';
import type { ChosenAuthority } from './choose-authority.ts';
import type { MkcertWords } from './flags.ts';
import { openCarootHome } from './folder.ts';
import { issueForHosts, resolveOutputs, type Outputs } from './issue.ts';
import { parseHosts } from './names.ts';
import { isSigningPairWanted, syncRootFile } from './root-file.ts';
import { changeTrust, readTrustStores, renderNotes } from './trust-stores.ts';
import * as texts from './texts.ts';

/** A job of this command in its CAROOT. `access.context` has that folder as its home. */
export type MkcertJob = { readonly words: MkcertWords; readonly caroot: string; readonly access: Access };

/** @throws MKCERT_*, and the codes of names, requests, CAs and disks */
export async function runMkcert(job: MkcertJob): Promise<CommandResult> {
  const { words, access } = job;
  const { switches, files, hosts } = words;
  warnOfUnheard(words, access.context);
  if (switches.has('uninstall')) return uninstall(job);
  if (files.csr !== undefined) return signCsr(job, files.csr);
  if (hosts.length > 0) return makeCertificate(job);
  return installAlone(job);
}

const pathOf = ({ caroot, access }: MkcertJob): string => resolve(access.context.io.cwd, caroot);

/** Taking out never makes a CA, and never a folder. */
async function uninstall(job: MkcertJob): Promise<CommandResult> {
  const { fs } = job.access.context.io;
  const path = pathOf(job);
  if (!isHomePresent(fs, path)) return present(job, { isDone: true, text: 'There is no local CA to uninstall.\n\n' });
  return present(job, await changeTrust('uninstall', readAuthorities({ path, fs }), job.access));
}

async function installAlone(job: MkcertJob): Promise<CommandResult> {
  const home = openCarootHome(job.access.context.io.fs, pathOf(job));
  if (isEmpty(readAuthorities(home)) && addDefaultCa(home, job.access.context)) sayNewCa(job.access.context);
  const authorities = bringUpToDate(home, job.access.context);
  return present(job, await changeTrust('install', authorities, job.access));
}

const isEmpty = ({ own, guest }: Authorities): boolean => own.length === 0 && guest === undefined;

/** False when another run made it while this one waited for the lock. */
function addDefaultCa(home: Home, { io }: Context): boolean {
  const plan = { name: DEFAULT_CA, keyType: parseKeyType('ecdsa-p256'), now: io.now() };
  const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
  const { files } = createCa({ ...plan, scope });
  return changeHome(home, () => {
    const isWanted = isEmpty(readAuthorities(home));
    if (isWanted) addCa(home, DEFAULT_CA, files);
    return isWanted;
  });
}

/** rootCA.pem follows the CAs that the folder has by now. */
export function bringUpToDate(home: Home, { io }: Context): Authorities {
  return changeHome(home, () => {
    const authorities = readAuthorities(home);
    syncRootFile(authorities, isSigningPairWanted(io));
    return authorities;
  });
}

async function makeCertificate(job: MkcertJob): Promise<CommandResult> {
  const { words, access } = job;
  const { context } = access;
  const names = await parseHosts(words.hosts);
  const outputs = resolveOutputs(words, names, access);
  const home = openCarootHome(context.io.fs, pathOf(job));
  const trust = { isDone: true };
  const authorities = readAuthorities(home);
  const { result } = await issueForHosts({ words, names, outputs, authorities }, access, async (authority) => {
    trust.isDone = await settleTrust(authority, authorities, job);
  });
  context.say(texts.renderNames(names.shown) + renderPlace(outputs) + texts.renderExpiry(result));
  return { json: result, text: '', exitCode: trust.isDone ? 0 : 1 };
}

const renderPlace = ({ paths, shown, p12File }: Outputs): string =>
  p12File === undefined
    ? texts.renderPair(shown.certFile, shown.keyFile, paths.certFile === paths.keyFile)
    : texts.renderStore(shown.p12File);

async function signCsr(job: MkcertJob, csr: string): Promise<CommandResult> {
  const { words, access } = job;
  const { context } = access;
  const home = openCarootHome(context.io.fs, pathOf(job));
  const trust = { isDone: true };
  const authorities = readAuthorities(home);
  const files = { csr, certFile: words.files['cert-file'] };
  const { signRequest } = await import('./sign-request.ts'); // reading requests loads a large parser
  const signed = await signRequest(files, { authorities, access }, async (authority) => {
    trust.isDone = await settleTrust(authority, authorities, job);
  });
  const { result, certFile } = signed;
  context.say(texts.renderNames(result.names) + texts.renderSigned(certFile) + texts.renderExpiry(result));
  return { json: result, text: '', exitCode: trust.isDone ? 0 : 1 };
}

/** What is said and done about trust before a certificate is made: -install installs, else a note tells what is missing. */
async function settleTrust(authority: ChosenAuthority, before: Authorities, job: MkcertJob): Promise<boolean> {
  const { words, access } = job;
  const { context } = access;
  const isFurther = authority.isNew && !isEmpty(before);
  if (authority.isNew && !isFurther) sayNewCa(context);
  if (isFurther) context.say(texts.renderFurtherCa(authority.ca));
  const authorities = bringUpToDate(before.home, context);
  if (authority.isGuest && authority.ca.issuer.scope.kind === 'unscoped') context.say(texts.renderUnscoped());
  if (!words.switches.has('install')) {
    context.say(isFurther ? texts.renderTrustCommand() : renderNotes(authorities, authority.ca.rootDer, context));
    return true;
  }
  const { isDone, text } = await changeTrust('install', authorities, access);
  tell(text, isDone, context);
  return isDone;
}

const sayNewCa = (context: Context): void => context.say(texts.NEW_CA);

function present(
  { access, words }: MkcertJob,
  change: { readonly isDone: boolean; readonly text: string },
): CommandResult {
  tell(change.text, change.isDone, access.context);
  return {
    json: { [words.switches.has('uninstall') ? 'uninstalled' : 'installed']: change.isDone },
    text: '',
    exitCode: change.isDone ? 0 : 1,
  };
}

/** What went wrong is told in any case. */
const tell = (text: string, isDone: boolean, { io, say }: Context): void => (isDone ? say(text) : io.stderr(text));

/** Words that mkcert ignores without a sign are ignored here with one. */
function warnOfUnheard({ switches, files, hosts }: MkcertWords, { io, say }: Context): void {
  const isChanging = switches.has('install') || switches.has('uninstall');
  const { unknown } = isChanging ? readTrustStores(io) : { unknown: [] };
  const unheard: readonly (readonly [boolean, string])[] = [
    [unknown.length > 0, `TRUST_STORES knows system, nss and java, and not ${unknown.join(', ')}`],
    [switches.has('uninstall') && (hosts.length > 0 || files.csr !== undefined), '-uninstall makes no certificate'],
    [files['p12-file'] !== undefined && !switches.has('pkcs12'), '-p12-file does nothing without -pkcs12'],
    [
      switches.has('pkcs12') && (files['cert-file'] ?? files['key-file']) !== undefined,
      '-cert-file and -key-file do nothing with -pkcs12',
    ],
    [files.csr !== undefined && files['key-file'] !== undefined, '-key-file does nothing with -csr'],
  ];
  for (const [isSo, text] of unheard) if (isSo) say(`Note: ${text}\n`);
}
