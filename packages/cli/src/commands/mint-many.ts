/**
 * @module `mint --names-from`: one certificate a line. Every line is checked before the first file is written; then batches
 * are minted, each under one hold of the home's lock, so that other commands get their turn.
 */
import { resolve } from 'node:path';
import { isCaError, type SubjectAltName } from '@mintmark/ca-core';
import { changeHome, readIfPresent, storeError } from '@mintmark/ca-store';
import { chooseCa } from '../certificates/choose-ca.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { commitPairs, prepareOrder, signPair, type PairOrder } from '../certificates/mint-pair.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { createSpareKey, prepareFolder, readOrder } from '../certificates/order.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { createProgress } from '../render/progress.ts';
import { renderNewCa, renderTrustHint } from '../render/new-ca.ts';
import { formatPath } from '../terminal/text.ts';

type Line = { readonly number: number; readonly names: readonly SubjectAltName[] };

const BATCH_SIZE = 32;

/** @throws NAMES_FROM_LINE, NAMES_FROM_EMPTY, and the codes of `mint` */
export async function mintMany(invocation: Invocation, context: Context): Promise<CommandResult> {
  const file = optionText(invocation, 'names-from') ?? '-';
  assertNoConflict(invocation);
  const lines = await readLines(file, context);
  const { ca, isNew } = await chooseCa(
    lines.flatMap(({ names }) => names),
    invocation,
    context,
  );
  const orders = lines.map(({ names }) => ({ ...readOrder(names, { invocation, context }), ca }));
  assertDistinct(orders, lines, file);
  const rehearsalKey = createSpareKey({ keyType: 'ecdsa-p256' })();
  for (const [i, order] of orders.entries()) atLine(file, lines[i], () => prepareOrder(order, rehearsalKey));
  if (isOptionSet(invocation, 'dry-run')) {
    return {
      json: { dryRun: true, count: orders.length },
      text: `Nothing was made. It would be ${orders.length} certificates by CA "${ca.name}".\n`,
    };
  }
  if (isNew) context.say(renderNewCa(ca));
  const signer = await unlockSigner(ca, { invocation, context });
  prepareFolder(invocation, context);
  const issued = mintInBatches(
    orders.map((order) => ({ ...order, signer })),
    context,
  );
  const folder = formatPath(resolve(context.io.cwd, optionText(invocation, 'out') ?? '.'), context.io.cwd);
  const text = `\n  ${issued.length} certificates and keys in ${folder}\n`;
  return { json: { certificates: issued }, text, ...(isNew ? { next: renderTrustHint(context) } : {}) };
}

function mintInBatches(orders: readonly PairOrder[], context: Context): IssuedCertificate[] {
  const home = context.home();
  const progress = createProgress(context, orders.length);
  const issued: IssuedCertificate[] = [];
  for (let start = 0; start < orders.length; start += BATCH_SIZE) {
    const batch = orders.slice(start, start + BATCH_SIZE);
    changeHome(home, () => {
      const signed = batch.map((order) => signPair(home, order));
      commitPairs(home, signed);
      issued.push(...signed.map(({ result }) => result));
    });
    progress.show(issued.length);
  }
  progress.clear();
  return issued;
}

function assertNoConflict(invocation: Invocation): void {
  if (invocation.positionals.length > 0)
    throw cliError('OPTIONS_CONFLICT', { first: '--names-from', second: invocation.positionals[0] ?? '' });
  const second = ['cert-file', 'key-file', 'reuse-key'].find((name) => optionText(invocation, name) !== undefined);
  if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first: '--names-from', second: `--${second}` });
}

async function readLines(file: string, { io }: Context): Promise<Line[]> {
  const path = resolve(io.cwd, file);
  const bytes = file === '-' ? io.readStdin() : readIfPresent(io.fs, path);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path });
  const lines: Line[] = [];
  for (const [i, line] of Buffer.from(bytes).toString().split(/\r?\n/).entries()) {
    const words = line
      .replace(/(?:^|\s)#.*$/, '')
      .split(/[\s,]+/)
      .filter((word) => word !== '');
    if (words.length === 0) continue;
    const names = await parseLine(words, { file, number: i + 1 });
    lines.push({ number: i + 1, names });
  }
  if (lines.length === 0) throw cliError('NAMES_FROM_EMPTY', { file });
  return lines;
}

async function parseLine(
  words: readonly string[],
  { file, number }: { file: string; number: number },
): Promise<SubjectAltName[]> {
  try {
    return await parseNames(words);
  } catch (cause) {
    throw toLineError(cause, file, number);
  }
}

function atLine<T>(file: string, line: Line | undefined, work: () => T): T {
  try {
    return work();
  } catch (cause) {
    throw toLineError(cause, file, line?.number ?? 0);
  }
}

function toLineError(cause: unknown, file: string, line: number): unknown {
  return isCaError(cause)
    ? cliError('NAMES_FROM_LINE', { file, line, reason: `${cause.message} [${cause.code}]` }, { cause })
    : cause;
}

/** Two lines that would write the same file: the second would silently replace the first. */
function assertDistinct(orders: readonly PairOrder[], lines: readonly Line[], file: string): void {
  const seen = new Map<string, number>();
  for (const [i, { paths }] of orders.entries()) {
    const number = lines[i]?.number ?? 0;
    const earlier = seen.get(paths.certFile);
    if (earlier !== undefined)
      throw cliError('NAMES_FROM_LINE', {
        file,
        line: number,
        reason: `it makes the same file as line ${earlier}: ${paths.certFile}`,
      });
    seen.set(paths.certFile, number);
  }
}
