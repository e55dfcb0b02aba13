/** @module `crl`: the revocation list of a CA's issuer, and on demand that of its root, which was signed when the CA was made. */
import { join, resolve } from 'node:path';
import { findBlocks, type Bytes } from '@mintmark/ca-core';
import { CRL_DEFAULT_DAYS, type CrlDraft } from '@mintmark/ca-core/revocation';
import { readCa, readIfPresent, ROOT_CRL_FILE, storeError, type Home, type StoredCa } from '@mintmark/ca-store';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { assertFilePlaces } from '../certificates/file-names.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionDays, optionText } from '../parse-args.ts';
import { revokeError } from '../revocation/revocation-errors.ts';
import {
  assertCrlDays,
  assertCrlReplaceable,
  CRL_LABEL,
  draftCrl,
  formatCrlPem,
  signCrl,
  writeCrlFile,
} from '../revocation/write-crl.ts';
import { formatColumns, formatExpiry, formatPath } from '../terminal/text.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'crl',
  usage: '',
  summary: 'the list of revoked certificates of a CA',
  examples: [
    ['mintmark crl --out ca.crl', 'DER, for Windows, Java and web servers'],
    ['mintmark crl --out crl.pem', 'PEM, for OpenSSL, nginx, curl and Python'],
    ['mintmark crl --out chain-crl.pem --with-root', "with the root's own list, for checks of the whole chain"],
    ['mintmark crl | openssl crl -noout -text', 'PEM to standard output'],
  ],
  options: [
    { name: 'out', value: 'F', help: 'the file: PEM if its name ends in .pem, else DER (default: PEM to stdout)' },
    { name: 'days', value: 'N', help: `until the next list is due (default ${CRL_DEFAULT_DAYS})` },
    { name: 'with-root', help: "the root's list too, in one PEM file" },
    { name: 'force', help: 'replace a file that is no list of this CA' },
    shared.PASSPHRASE_FILE_OPTION,
    shared.PIN_FILE_OPTION,
  ],
  positionals: { min: 0, max: 0, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const access = { invocation, context };
  const caName = optionText(invocation, 'ca') ?? DEFAULT_CA;
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName });
  const ca = readCa(home, caName);
  const days = optionDays(invocation);
  if (days !== undefined) assertCrlDays(ca, days, context.io.now());
  const order = { ca, validityDays: days ?? CRL_DEFAULT_DAYS };
  const path = resolveOut(ca, access);
  draftCrl(home, { ...order, now: context.io.now() }); // what is wrong with it is said before a passphrase is asked for
  const rootPem = isOptionSet(invocation, 'with-root') ? readRootPem(home, ca) : '';
  const isPem = path === undefined || isOptionSet(invocation, 'with-root') || /\.pem$/i.test(path);
  const signer = await unlockSigner(ca, access);
  let pem = '';
  const write = (crlDer: Bytes): void => {
    pem = formatCrlPem(crlDer) + rootPem;
    if (path !== undefined) writeCrlFile(home.fs, path, isPem ? pem : crlDer);
  };
  const draft = await signCrl(home, { order, signer, clock: context.io.now, write });
  const json = { ca: ca.name, crlFile: path ?? null, format: isPem ? 'pem' : 'der', ...describe(draft) };
  if (path === undefined) return { json: { ...json, crlPem: pem }, text: pem, isAnswer: true };
  return { json: { ...json, withRoot: rootPem !== '' }, text: render(draft, { path, isPem, rootPem }, context) };
}

/** Undefined for standard output. @throws NOT_A_FILE, CRL_FILE_FOREIGN */
function resolveOut(ca: StoredCa, { invocation, context }: Access): string | undefined {
  const out = optionText(invocation, 'out');
  if (out === undefined || out === '-') return undefined;
  const path = resolve(context.io.cwd, out);
  assertFilePlaces([path], context);
  if (!isOptionSet(invocation, 'force')) assertCrlReplaceable(context.io.fs, path, ca);
  return path;
}

/** Where the root signs by itself, there is one list for both. @throws CRL_ROOT_MISSING */
function readRootPem(home: Home, ca: StoredCa): string {
  if (ca.chainPem === '') return '';
  const file = join(ca.path, ROOT_CRL_FILE);
  const bytes = readIfPresent(home.fs, file);
  if (bytes === undefined) throw revokeError('CRL_ROOT_MISSING', { caName: ca.name, file });
  const [block] = findBlocks(bytes, file, { labels: [CRL_LABEL], wanted: 'a revocation list' });
  return formatCrlPem(block?.der ?? (new Uint8Array() as Bytes));
}

const describe = ({ number, thisUpdate, nextUpdate, revocations }: CrlDraft): object => ({
  number: String(number),
  thisUpdate: thisUpdate.toISOString(),
  nextUpdate: nextUpdate.toISOString(),
  entries: revocations.map(({ serialHex, revokedAt, reason }) => ({
    serialHex,
    revokedAt: revokedAt.toISOString(),
    reason,
  })),
});

type Written = { readonly path: string; readonly isPem: boolean; readonly rootPem: string };

function render({ number, nextUpdate, revocations }: CrlDraft, written: Written, { io, style }: Context): string {
  const kind = `${written.isPem ? 'PEM' : 'DER'}${written.rootPem === '' ? '' : ', with the list of the root'}`;
  const count = revocations.length;
  return formatColumns(
    [
      ['list', `${formatPath(written.path, io.cwd)}   ${kind}`],
      ['revoked', count === 0 ? 'nothing' : count === 1 ? '1 certificate' : `${count} certificates`],
      ['next one due', formatExpiry(nextUpdate, io.now())],
      ['number', String(number)],
    ],
    style.dim,
  );
}

export const crlCommand: Command = { spec, execute };
