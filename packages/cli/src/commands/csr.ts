/** @module `csr NAME...`: a key and a request for a certificate, for this CA or anybody's. */
import { dirname, join, resolve } from 'node:path';
import {
  createCsr,
  formatPem,
  parseDistinguishedName,
  parseKeyType,
  type DistinguishedName,
  type SubjectAltName,
} from '@mintmark/ca-core';
import {
  createNodeSigner,
  createPrivateKeyOfType,
  formatPrivateKey,
  parsePrivateKey,
  type NodePrivateKey,
} from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  KEY_MODE,
  makeFolders,
  storeError,
  withDiskErrors,
  writeFileAtomically,
} from '@mintmark/ca-store';
import { assertFilePlaces, formatBaseName, resolveOutFolder } from '../certificates/file-names.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { createPassphrase, readPassphraseFile } from '../passphrase.ts';
import { inputName, readInput } from '../read-input.ts';
import { formatColumns, formatPath } from '../terminal/text.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'csr',
  usage: 'NAME...',
  summary: 'make a key and a certificate request',
  examples: [
    ['mintmark csr app.test', 'app.test.csr and app.test-key.pem'],
    ['mintmark csr my-site.com localhost --subject "C=AT, O=My site, CN=my-site.com"', 'with a subject of your own'],
    ['mintmark csr app.test --passphrase-file pass.txt', 'with an encrypted key'],
    ['mintmark csr app.test --reuse-key app-key.pem', 'for a key that exists'],
  ],
  options: [
    { name: 'csr-file', value: 'F', help: 'where the request goes' },
    shared.KEY_FILE_OPTION,
    shared.OUT_OPTION,
    shared.KEY_TYPE_OPTION,
    shared.SUBJECT_OPTION,
    { name: 'reuse-key', value: 'F', help: 'a request for this private key; no new key is made' },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of the key, in a file' },
    { name: 'passphrase', help: 'ask for a passphrase to encrypt the new key' },
    { name: 'force', help: 'replace existing files' },
  ],
  positionals: { min: 1, max: Infinity, what: 'at least one name' },
};

type CsrPaths = { readonly csrFile: string; readonly keyFile: string };

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const names = await parseNames(invocation.positionals);
  const paths = resolveCsrPaths(names, invocation, context);
  const subject = optionText(invocation, 'subject');
  const dn = subject === undefined ? defaultSubject(names) : parseDistinguishedName(subject);
  const reused = optionText(invocation, 'reuse-key');
  if (reused !== undefined && optionText(invocation, 'key') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: '--reuse-key', second: '--key' });
  assertFree(paths, { invocation, context, isKeyNew: reused === undefined });
  const key =
    reused === undefined
      ? createPrivateKeyOfType(parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256'))
      : readReusedKey(reused, invocation, context);
  const passphrase = reused === undefined ? await createPassphrase(invocation, context, 'the key') : undefined;
  const csrPem = formatPem('CERTIFICATE REQUEST', createCsr({ subject: dn, names }, createNodeSigner(key)));
  withDiskErrors(paths.csrFile, () => makeFolders(context.io.fs, dirname(paths.csrFile)));
  // The key goes first: a request without its key is worth nothing.
  if (reused === undefined)
    writeFileAtomically(context.io.fs, {
      path: paths.keyFile,
      text: formatPrivateKey(key, passphrase),
      mode: KEY_MODE,
    });
  writeFileAtomically(context.io.fs, { path: paths.csrFile, text: csrPem, mode: CERTIFICATE_MODE });
  const keyFile = reused === undefined ? paths.keyFile : resolve(context.io.cwd, reused);
  return describe(names, { csrFile: paths.csrFile, keyFile }, context);
}

function resolveCsrPaths(names: readonly SubjectAltName[], invocation: Invocation, context: Context): CsrPaths {
  const base = formatBaseName(names, false);
  const folder = resolveOutFolder(invocation, context);
  const path = (option: string, name: string) => {
    const chosen = optionText(invocation, option);
    return chosen === undefined ? join(folder, name) : resolve(context.io.cwd, chosen);
  };
  const paths = { csrFile: path('csr-file', `${base}.csr`), keyFile: path('key-file', `${base}-key.pem`) };
  if (paths.csrFile === paths.keyFile)
    throw cliError('OPTIONS_CONFLICT', { first: '--csr-file', second: '--key-file with the same path' });
  assertFilePlaces([paths.csrFile, paths.keyFile], context);
  return paths;
}

/** A request's key can't be made again, so existing files are never replaced unasked. */
function assertFree(
  { csrFile, keyFile }: CsrPaths,
  { invocation, context, isKeyNew }: { invocation: Invocation; context: Context; isKeyNew: boolean },
): void {
  if (isOptionSet(invocation, 'force')) return;
  for (const path of isKeyNew ? [keyFile, csrFile] : [csrFile]) {
    if (withDiskErrors(path, () => context.io.fs.status(path)) !== undefined) throw storeError('FILE_EXISTS', { path });
  }
}

function readReusedKey(file: string, invocation: Invocation, context: Context): NodePrivateKey {
  const passphrase = readPassphraseFile(invocation, context);
  const options = { what: inputName(file), ...(passphrase === undefined ? {} : { passphrase }) };
  return parsePrivateKey(readInput(file, context), options);
}

function defaultSubject(names: readonly SubjectAltName[]): DistinguishedName {
  const first = names.find(({ kind, text }) => kind === 'dns' && text.length <= 64);
  return first === undefined ? [] : [{ type: 'CN', value: first.text }];
}

function describe(names: readonly SubjectAltName[], paths: CsrPaths, { io, style, talkStyle }: Context): CommandResult {
  const texts = names.map(({ text }) => text);
  const request = formatPath(paths.csrFile, io.cwd);
  const rows = [
    ['request', request],
    ['key', formatPath(paths.keyFile, io.cwd)],
  ] as const;
  return {
    json: { ...paths, names: texts },
    text: `\n${texts.map((name) => `  ${name}\n`).join('')}\n${formatColumns(rows, style.dim)}\n`,
    next: `${talkStyle.yellow(talkStyle.signs.next)} Have it signed: mintmark sign ${request.replace(/^\.\//, '')}\n`,
  };
}

export const csrCommand: Command = { spec, execute };
