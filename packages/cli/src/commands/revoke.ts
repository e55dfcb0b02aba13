/** @module `revoke`: records that certificates are taken back. Clients learn it from a list (`crl`) or by asking (`ocsp serve`). */
import { resolve } from 'node:path';
import { escapeControls, quoteWord } from '@mintmark/ca-core';
import { canSignCrls, parseRevocationReason, REVOCATION_REASON_NAMES } from '@mintmark/ca-core/revocation';
import {
  appendRevocations,
  changeHome,
  issuerKeyHex,
  readCa,
  type Home,
  type RevocationRecord,
  isKeyCompromised,
} from '@mintmark/ca-store';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { createTargetFinder, describeMiss, type RevocationTarget } from '../revocation/find-target.ts';
import { readRevokedByDigest } from '../revocation/revoked.ts';
import { findTwins, type Twins, type UnreachableTwin } from '../revocation/same-key.ts';
import { removeStoreCrl } from '../revocation/store-crl.ts';
import { formatDate, formatList } from '../terminal/text.ts';

const spec: CommandSpec = {
  name: 'revoke',
  usage: 'FILE|SERIAL...',
  summary: 'take a certificate back',
  examples: [
    ['mintmark revoke app.test.pem', 'from now on; mintmark crl tells clients'],
    ['mintmark revoke app.test.pem --reason keyCompromise', 'its key is in other hands: all others of that key too'],
    ['mintmark revoke 4022dd7e7daefba33897ab6e2a2082b1', 'by serial: mintmark list --all --json shows them'],
  ],
  options: [{ name: 'reason', value: 'R', help: `why: ${REVOCATION_REASON_NAMES.join(', ')}` }],
  positionals: { min: 1, max: Infinity, what: 'a certificate file or a serial' },
};

type Revoked = { readonly target: RevocationTarget; readonly record: RevocationRecord; readonly isNew: boolean };

function execute(invocation: Invocation, context: Context): CommandResult {
  const reason = parseRevocationReason(optionText(invocation, 'reason') ?? 'unspecified');
  const words = invocation.positionals;
  const home = readableHome(context);
  const [first = ''] = words;
  if (home === undefined) throw describeMiss(first, { path: resolve(context.io.cwd, first), fs: context.io.fs });
  // All are found before the first is recorded: a slip in one word revokes nothing.
  const find = createTargetFinder(home, context.io.cwd);
  const targets = uniqueTargets(words.map(find));
  const { revoked, unreachable } = changeHome(home, () => {
    const now = context.io.now();
    const twins = reason === 'keyCompromise' ? findTwins(home, targets, now) : NO_TWINS;
    const done = record([...targets, ...twins.targets], home, { reason, now });
    for (const { target } of done) for (const ca of target.cas) removeStoreCrl(home, ca);
    return { revoked: done, unreachable: twins.unreachable };
  });
  return {
    json: { revoked: revoked.map(describe), unreachable: unreachable.map(describeUnreachable) },
    text:
      render(revoked, new Set(targets), context) + unreachable.map((twin) => renderUnreachable(twin, context)).join(''),
    next: suggest(revoked, home, context),
  };
}

const NO_TWINS: Twins = { targets: [], unreachable: [] };

const uniqueTargets = (targets: readonly RevocationTarget[]): RevocationTarget[] => [
  ...new Map(targets.map((target) => [target.certSha256Hex, target])).values(),
];

function record(
  targets: readonly RevocationTarget[],
  home: Home,
  { reason, now }: { readonly reason: string; readonly now: Date },
): Revoked[] {
  const known = readRevokedByDigest(home);
  const at = now.toISOString();
  const revoked = targets.map((target) => {
    const before = known.get(target.certSha256Hex);
    const records = target.cas.map((ca): RevocationRecord => {
      const { serialHex, certSha256Hex, spkiSha256Hex, notAfter } = target;
      const issuerSpkiSha256Hex = issuerKeyHex(ca.issuer);
      const facts = { serialHex, certSha256Hex, spkiSha256Hex, notAfter, reason };
      return { event: 'revoked', at, ca: ca.name, issuerSpkiSha256Hex, ...facts };
    });
    return { target, before, records };
  });
  appendRevocations(
    home,
    // The first record of a certificate counts for lists; that others have its key is to be known all the same.
    revoked.flatMap(({ target, before, records }) => {
      const isNews = reason === 'keyCompromise' && !isKeyCompromised(home, target.spkiSha256Hex);
      return before === undefined || isNews ? records : [];
    }),
  );
  return revoked.flatMap(({ target, before, records: [first] }) =>
    first === undefined ? [] : [{ target, record: before ?? first, isNew: before === undefined }],
  );
}

const describe = ({ target, record: { at, reason }, isNew }: Revoked): object => ({
  serialHex: target.serialHex,
  names: target.names,
  ca: target.cas[0]?.name ?? null,
  certFile: target.certFile,
  revokedAt: at,
  reason,
  isNew,
});

const describeUnreachable = ({ entry, code }: UnreachableTwin): object => ({
  serialHex: entry.serialHex,
  names: entry.names,
  ca: entry.ca === '' ? null : entry.ca,
  notAfter: entry.notAfter,
  code,
});

/** What was not asked for by name is told as of the same key. */
function render(revoked: readonly Revoked[], asked: ReadonlySet<RevocationTarget>, { style }: Context): string {
  return revoked
    .map(({ target, record: { at, reason }, isNew }) => {
      const names = escapeControls(formatList(target.names, 3)) || target.serialHex;
      const since = isNew ? 'revoked' : `revoked since ${formatDate(new Date(at))}`;
      const why = reason === 'unspecified' ? '' : `, ${escapeControls(reason)}`;
      const twin = asked.has(target) ? '' : ', the same key';
      return `  ${style.green(style.signs.ok)} ${names}  ${since}${why}${twin}  ${style.dim(`serial ${target.serialHex}`)}\n`;
    })
    .join('');
}

function renderUnreachable({ entry, message }: UnreachableTwin, { style }: Context): string {
  const names = escapeControls(formatList(entry.names, 3)) || entry.serialHex;
  return `  ${style.red(style.signs.failed)} ${names}  not revoked, the same key  ${style.dim(`serial ${entry.serialHex}`)}\n    ${message}\n`;
}

/** Nobody learns of it by itself. */
function suggest(revoked: readonly Revoked[], home: Home, { talkStyle }: Context): string | undefined {
  const cas = new Map(
    revoked.flatMap(({ target, isNew }) =>
      isNew ? target.cas.map((ca) => [issuerKeyHex(ca.issuer), ca] as const) : [],
    ),
  );
  const lines = [...cas].map(([key, ca]) => {
    if (issuerKeyHex(readCa(home, ca.name).issuer) !== key)
      return `What the CA "${ca.name}" of before signed is in no list; end the trust in it: mintmark ca rotate ${quoteWord(ca.name)}`;
    const named = ca.name === DEFAULT_CA ? '' : ` --ca ${quoteWord(ca.name)}`;
    return canSignCrls(ca.issuer)
      ? `Clients learn it from a new list: mintmark crl${named} --out FILE`
      : `CA "${ca.name}" may sign no list; clients learn it by asking: mintmark ocsp serve${named}`;
  });
  return lines.map((line) => `${talkStyle.yellow(talkStyle.signs.next)} ${line}\n`).join('');
}

export const revokeCommand: Command = { spec, execute };
