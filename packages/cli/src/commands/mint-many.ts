/**
 * @module `mint --names-from`: one certificate a line. Every line is checked before the first file is written; then batches
 * are minted, each under one hold of the home's lock, so that other commands get their turn.
 */
import { resolve } from 'node:path';
import { coreError, isCaError, type SubjectAltName } from '@mintmark/ca-core';
import { changeHome, type StoredCa } from '@mintmark/ca-store';
import { chooseCa, type ChosenCa } from '../certificates/choose-ca.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { checkOrder, commitPairs, signPair, type PairOrder } from '../certificates/mint-pair.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { assertNotRolled, createKeyOnce, prepareFolders, readOrder, withSuccession } from '../certificates/order.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, CommandResult, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { inputName, readInput } from '../read-input.ts';
import { createProgress } from '../render/progress.ts';
import { renderNewCa, renderTrustHint } from '../render/new-ca.ts';
import { renderPromotions } from '../render/promotions.ts';
import { formatPath } from '../terminal/text.ts';

type Line = { readonly number: number; readonly names: readonly SubjectAltName[] };

const BATCH_SIZE = 32;

/** @throws NAMES_FROM_LINE, NAMES_FROM_EMPTY, and the codes of `mint` */
export async function mintMany(invocation: Invocation, context: Context): Promise<CommandResult> {
  const file = optionText(invocation, 'names-from') ?? '-';
  assertNoConflict(invocation);
  const what = inputName(file);
  const lines = await readLines(file, context);
  const read = lines.map(({ names }) => readOrder(names, { invocation, context }));
  assertDistinct(read, lines, what);
  const plain: PairOrder[] = [];
  for (const order of read) plain.push(await succeed(order, { invocation, context }));
  const standIn = createKeyOnce({ keyType: 'ecdsa-p256' });
  const place = { path: context.homePath, fs: context.io.fs };
  const rehearse = (ca: StoredCa): void => {
    for (const [i, order] of plain.entries())
      atLine(what, lines[i], () => checkOrder(place, { ...order, ca }, standIn()));
  };
  const { ca, isNew } = await chooseForAll(lines, what, { invocation, context, rehearse });
  if (!isNew) rehearse(ca);
  const orders = plain.map((order) => ({ ...order, ca }));
  if (isOptionSet(invocation, 'dry-run')) {
    return {
      json: { dryRun: true, count: orders.length },
      text: `Nothing was made. It would be ${orders.length} certificates by CA "${ca.name}".\n`,
    };
  }
  if (isNew) context.say(renderNewCa(ca));
  const signer = await unlockSigner(ca, { invocation, context });
  const issued = mintInBatches(
    orders.map((order) => ({ ...order, signer })),
    { invocation, context },
  );
  const folder = formatPath(resolve(context.io.cwd, optionText(invocation, 'out') ?? '.'), context.io.cwd);
  const count = issued.length === 1 ? '1 certificate and key' : `${issued.length} certificates and keys`;
  const text = `\n  ${count} in ${folder}\n`;
  const marked = issued.map((one, i) => ({ ...one, isPinLost: orders[i]?.isPinLost }));
  const promotions = renderPromotions(marked, context);
  return { json: { certificates: issued }, text, next: `${promotions}${renderTrustHint(ca, context) ?? ''}` };
}

/** A line whose spare has taken over keeps its key: the same command may have been cut off before it came to the others. */
async function succeed(order: PairOrder, access: Access): Promise<PairOrder> {
  const { context } = access;
  await assertNotRolled(order, context);
  try {
    return await withSuccession(order, access);
  } catch (cause) {
    if (!isCaError(cause, 'SPARE_USED')) throw cause;
    context.say(`${cause.message}; it keeps its key\n`);
    return { ...order, isNewKey: false };
  }
}

type Choice = Access & { readonly rehearse: (ca: StoredCa) => void };

/** One CA for all lines; the error names the line. */
async function chooseForAll(lines: readonly Line[], what: string, choice: Choice): Promise<ChosenCa> {
  try {
    const names = lines.flatMap((line) => line.names);
    return await chooseCa(names, choice, choice);
  } catch (cause) {
    if (!isCaError(cause, 'NAME_OUTSIDE_SCOPE')) throw cause;
    const line = lines.find(({ names }) => names.some(({ text }) => text === cause.details['name']));
    throw toLineError(cause, what, line?.number ?? 0);
  }
}

function mintInBatches(orders: readonly PairOrder[], access: Access): IssuedCertificate[] {
  const { context } = access;
  const home = context.home();
  const progress = createProgress(context, orders.length);
  const issued: IssuedCertificate[] = [];
  for (let start = 0; start < orders.length; start += BATCH_SIZE) {
    const batch = orders.slice(start, start + BATCH_SIZE);
    const keys = batch.map((order) => createKeyOnce(order));
    // Slow keys are made before the lock; a key that is on disk is mostly kept.
    const isSlow = batch[0]?.keyType.startsWith('rsa') === true;
    if (isSlow)
      for (const [i, { paths }] of batch.entries()) if (context.io.fs.status(paths.keyFile) === undefined) keys[i]?.();
    changeHome(home, () => {
      if (start === 0)
        prepareFolders(
          orders.map(({ paths }) => paths.certFile),
          access,
        );
      const signed = batch.map((order, i) => signPair(home, order, keys[i]));
      issued.push(...commitPairs(home, signed));
    });
    progress.show(issued.length);
  }
  progress.clear();
  return issued;
}

function assertNoConflict(invocation: Invocation): void {
  if (invocation.positionals.length > 0)
    throw cliError('OPTIONS_CONFLICT', { first: '--names-from', second: invocation.positionals[0] ?? '' });
  const second = ['cert-file', 'key-file', 'p12-file', 'password-file', 'reuse-key', 'spare'].find(
    (name) => optionText(invocation, name) !== undefined,
  );
  if (second !== undefined) throw cliError('OPTIONS_CONFLICT', { first: '--names-from', second: `--${second}` });
}

// Far beyond any list of names; a larger input is another kind of file.
const MAX_FILE_BYTES = 16 * 1024 * 1024;
const MAX_LINES = 100_000;

async function readLines(file: string, context: Context): Promise<Line[]> {
  const what = inputName(file);
  const bytes = readInput(file, context, MAX_FILE_BYTES);
  if (bytes.length > MAX_FILE_BYTES)
    throw coreError('INPUT_TOO_LARGE', { what, bytes: bytes.length, maxBytes: MAX_FILE_BYTES });
  const texts = Buffer.from(bytes)
    .toString()
    .split(/\r?\n/, MAX_LINES + 1);
  if (texts.length > MAX_LINES)
    throw cliError('NAMES_FROM_LINE', { file: what, line: MAX_LINES + 1, reason: `more than ${MAX_LINES} lines` });
  const lines: Line[] = [];
  for (const [i, text] of texts.entries()) {
    const words = splitWords(text);
    if (words.length > 0) lines.push({ number: i + 1, names: await parseLine(words, { file: what, number: i + 1 }) });
  }
  if (lines.length === 0) throw cliError('NAMES_FROM_EMPTY', { file: what });
  return lines;
}

/** Names between blanks and commas, up to a `#` that begins a word. */
function splitWords(line: string): string[] {
  const comment = line.search(/(?:^|\s)#/);
  const names = comment < 0 ? line : line.slice(0, comment);
  return names.split(/[\s,]+/).filter((word) => word !== '');
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
    const line = lines[i]?.number ?? 0;
    for (const path of new Set([paths.certFile, paths.keyFile])) {
      const earlier = seen.get(path);
      const reason = `it makes the same file as line ${earlier ?? 0}: ${path}`;
      if (earlier !== undefined) throw cliError('NAMES_FROM_LINE', { file, line, reason });
      seen.set(path, line);
    }
  }
}
