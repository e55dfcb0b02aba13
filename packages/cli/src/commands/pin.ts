/** @module `pin TARGET...`: the SHA-256 digests by which clients know a server, in each client's own spelling. */
import { resolve } from 'node:path';
import { formatHex } from '@mintmark/ca-core';
import {
  findUnsuitableFormat,
  isPinFormatName,
  PIN_FORMAT_NAMES,
  PIN_FORMATS,
  type PinFormatName,
} from '@mintmark/ca-core/pin-formats';
import { cliError } from '../cli-errors.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { checkPin } from '../pins/check-pin.ts';
import { readPinned, type Pinned, type PinnedTarget } from '../pins/pinned.ts';
import { describePinned, renderFormats, renderPins } from '../render/pins.ts';

const spec: CommandSpec = {
  name: 'pin',
  usage: 'TARGET...',
  summary: 'SHA-256 pins of a certificate, request, key, p12 or HOST:PORT',
  examples: [
    ['mintmark pin localhost+2.pem', 'every digest, labelled'],
    [
      'curl --pinnedpubkey "$(mintmark pin localhost+2.pem --format curl)" https://localhost',
      'one value for one client',
    ],
    ['mintmark pin localhost+2.pem --format node > client.mjs', 'a ready program that holds under attack'],
    ['mintmark pin localhost:8443 smtp://mail.test imap://mail.test', 'what running servers show'],
    ['mintmark pin localhost+2.pem --check sha256//AAAA…', 'does this pin belong to it? exit 0 or 1'],
    ['mintmark pin localhost+2.pem --backup spare.pem', 'make the next key now, and hand out both pins'],
    ['mintmark pin localhost+2.pem --out pins.json', 'a signed list of pins for others to check'],
    ['mintmark pin --list-formats', 'the clients that --format knows'],
  ],
  options: [
    { name: 'format', value: 'CLIENT', help: 'a ready value, or a whole ready program, for this client' },
    { name: 'value', help: 'with --format: the bare digest as this client spells it' },
    { name: 'list-formats', help: 'the clients that --format knows' },
    { name: 'host', value: 'NAME', help: 'name to ask the server for, and to connect to in programs; NAME:PORT too' },
    { name: 'chain', help: 'every certificate of the file, not the first alone' },
    { name: 'check', value: 'PIN', help: 'say whether this pin, in any spelling, belongs to the target' },
    { name: 'backup', value: 'F', help: 'make a sealed spare key in this file, and print its pin as well' },
    { name: 'force', help: 'with --backup: another spare than the one on record; with --out: replace the file' },
    { name: 'out', value: 'F', help: 'write the pins to a file, signed by who issued the certificate' },
    { name: 'check-manifest', value: 'F', help: 'check a file that --out wrote, and print its pins' },
    { name: 'roots', value: 'F', help: 'with --check-manifest: the CA to trust, instead of those of this home' },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
    { name: 'password-file', value: 'F', help: 'password of a p12, in a file' },
  ],
  positionals: { min: 0, max: Infinity, what: 'a file or HOST:PORT' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const access = { invocation, context };
  if (isOptionSet(invocation, 'list-formats')) return listFormats();
  const manifest = optionText(invocation, 'check-manifest');
  if (manifest !== undefined) return (await import('../pins/manifest.ts')).checkManifest(manifest, access);
  if (invocation.positionals.length === 0)
    throw cliError('ARGUMENT_MISSING', { command: spec.name, argument: spec.positionals.what });
  const format = readFormat(invocation);
  const targets: PinnedTarget[] = [];
  for (const name of invocation.positionals)
    targets.push(await readPinned(name, access, isOptionSet(invocation, 'chain')));
  const check = optionText(invocation, 'check');
  if (check !== undefined) return checkPin(check, targets, context);
  const pinned = await addBackup(
    targets.flatMap(({ meant }) => meant),
    access,
  );
  if (optionText(invocation, 'out') !== undefined) return writeOut(pinned, access);
  if (format !== undefined) return present(pinned, format, access);
  return {
    json: { targets: pinned.map(describePinned) },
    text: pinned.map((one) => renderPins(one, context)).join('\n'),
    next: suggest(invocation, context),
  };
}

function suggest({ positionals: [name = ''] }: Invocation, { talkStyle }: Context): string | undefined {
  if (name === '-' || !/^[\w.+/:[\]~-]+$/.test(name)) return undefined;
  return `${talkStyle.signs.next} A ready snippet for one client: mintmark pin ${name} --format node\n`;
}

function readFormat(invocation: Invocation): PinFormatName | undefined {
  const format = optionText(invocation, 'format');
  if (format === undefined) return undefined;
  if (!isPinFormatName(format)) throw cliError('PIN_FORMAT_UNKNOWN', { format });
  return format;
}

function listFormats(): CommandResult {
  const formats = PIN_FORMAT_NAMES.map((name) => {
    const { title, object, snippet } = PIN_FORMATS[name];
    return { name, title, object, isSnippet: snippet !== undefined };
  });
  return { json: { formats }, text: renderFormats(formats) };
}

/** The value or the program of each; what the user must know of it is said beside it. @throws PIN_FORMAT_UNSUITABLE */
function present(pinned: readonly Pinned[], format: PinFormatName, { invocation, context }: Access): CommandResult {
  const row = PIN_FORMATS[format];
  const isValue = isOptionSet(invocation, 'value') || row.snippet === undefined;
  const texts = pinned.map(({ target, pin }) => {
    const unsuitable = findUnsuitableFormat(format, pin);
    if (unsuitable !== undefined) throw cliError('PIN_FORMAT_UNSUITABLE', { format, target, ...unsuitable });
    return isValue ? `${row.value(pin)}\n` : (row.snippet?.text(pin) ?? '');
  });
  if (row.caution !== undefined) context.say(`${context.talkStyle.yellow('note')}: ${row.caution}\n`);
  const targets = pinned.map((one, at) => ({ ...describePinned(one), snippet: isValue ? null : texts[at] }));
  return { json: { format, fileName: row.snippet?.fileName ?? null, targets }, text: texts.join('') };
}

/** `--backup F`: the sealed spare key of the one target, made or found. @throws OPTION_VALUE, and the codes of `createSpare` */
async function addBackup(pinned: readonly Pinned[], access: Access): Promise<readonly Pinned[]> {
  const file = optionText(access.invocation, 'backup');
  const [first] = pinned;
  if (file === undefined || first === undefined) return pinned;
  assertOne(pinned, '--backup');
  const { createSpare } = await import('../pins/spare.ts');
  const { pins } = first.pin;
  const spare = await createSpare(
    resolve(access.context.io.cwd, file),
    { spkiSha256Hex: formatHex(pins.spkiSha256), keyLabel: first.keyLabel },
    access,
  );
  return [{ ...first, spareFile: spare.file, pin: { ...first.pin, backupSpkiSha256: spare.spkiSha256 } }];
}

async function writeOut(pinned: readonly Pinned[], access: Access): Promise<CommandResult> {
  assertOne(pinned, '--out');
  const { createManifest, writeManifest } = await import('../pins/manifest.ts');
  const [first] = pinned;
  const certDer = first?.pin.certificate?.certDer;
  if (first === undefined || certDer === undefined)
    throw cliError('OPTION_VALUE', { option: '--out', reason: 'takes the pins of a certificate, not of a key alone' });
  const file = resolve(access.context.io.cwd, optionText(access.invocation, 'out') ?? '');
  const written = writeManifest(file, await createManifest({ target: first.target, certDer }, access), access);
  return { ...written, json: { ...written.json, targets: pinned.map(describePinned) } };
}

function assertOne(pinned: readonly Pinned[], option: string): void {
  if (pinned.length !== 1) throw cliError('OPTION_VALUE', { option, reason: 'goes with one target' });
}

export const pinCommand: Command = { spec, execute };
