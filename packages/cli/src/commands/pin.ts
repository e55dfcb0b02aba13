/** @module `pin TARGET...`: the SHA-256 digests by which clients know a server, in each client's own spelling. */
import { resolve } from 'node:path';
import { formatHex, quoteWord } from '@mintmark/ca-core';
import {
  findUnsuitableFormat,
  findUnsuitableSnippet,
  isPinFormatName,
  PIN_FORMAT_NAMES,
  PIN_FORMATS,
  type PinFormatName,
} from '@mintmark/ca-core/pin-formats';
import { cliError } from '../cli-errors.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readPinned, type Pinned, type PinnedTarget } from '../pins/pinned.ts';
import { describePinned, renderFormats, renderPins } from '../render/pins.ts';
import { PIN_FILE_OPTION } from './mint-options.ts';

const spec: CommandSpec = {
  name: 'pin',
  usage: 'TARGET...',
  summary: 'SHA-256 pins of a certificate, request, key, p12 or HOST:PORT',
  examples: [
    ['mintmark pin localhost+2.pem', 'every digest, labelled'],
    [
      'curl --insecure --pinnedpubkey "$(mintmark pin localhost+2.pem --format curl)" https://localhost',
      'one value for one client: here the pin alone decides',
    ],
    [
      'mintmark pin localhost+2.pem --format node --host localhost:8443 > client.mjs',
      'a ready program that holds under attack',
    ],
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
    {
      name: 'spare-passphrase-file',
      value: 'F',
      help: 'with --backup: seal the spare with the passphrase in this file',
    },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
    PIN_FILE_OPTION,
    { name: 'password-file', value: 'F', help: 'password of a p12, in a file' },
  ],
  positionals: { min: 0, max: Infinity, what: 'a file or HOST:PORT' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const access = { invocation, context };
  assertTogether(invocation);
  if (isOptionSet(invocation, 'list-formats')) return listFormats();
  const manifest = optionText(invocation, 'check-manifest');
  if (manifest !== undefined) return (await import('../pins/manifest.ts')).checkManifest(manifest, access);
  if (invocation.positionals.length === 0)
    throw cliError('ARGUMENT_MISSING', { command: spec.name, argument: spec.positionals.what });
  const format = readFormat(invocation);
  const check = optionText(invocation, 'check');
  const targets: PinnedTarget[] = [];
  for (const name of invocation.positionals)
    targets.push(
      await readPinned(name, access, { isChain: isOptionSet(invocation, 'chain'), isChecked: check !== undefined }),
    );
  if (check !== undefined) return (await import('../pins/check-pin.ts')).checkPin(check, targets, access);
  const pinned = await addBackup(
    targets.flatMap(({ meant }) => meant),
    access,
  );
  if (optionText(invocation, 'out') !== undefined) return writeOut(pinned, access);
  if (format !== undefined) return present(pinned, format, access);
  return {
    json: { targets: pinned.map(describePinned) },
    text: pinned.map((one) => renderPins(one, context)).join('\n'),
    next: suggest(pinned, access),
  };
}

/** Of two questions in one line, one would go unanswered without a word. */
const APART = [
  ['check', 'format'],
  ['check', 'out'],
  ['check', 'backup'],
  ['out', 'format'],
  ['check-manifest', 'format'],
  ['check-manifest', 'backup'],
  ['check-manifest', 'out'],
] as const;
const ONLY_WITH = [
  ['value', 'format'],
  ['roots', 'check-manifest'],
  ['spare-passphrase-file', 'backup'],
] as const;

function assertTogether(invocation: Invocation): void {
  const isGiven = (name: string): boolean =>
    isOptionSet(invocation, name) || optionText(invocation, name) !== undefined;
  const apart = APART.find(([first, second]) => isGiven(first) && isGiven(second));
  if (apart !== undefined) throw cliError('OPTIONS_CONFLICT', { first: `--${apart[0]}`, second: `--${apart[1]}` });
  const lone = ONLY_WITH.find(([option, partner]) => isGiven(option) && !isGiven(partner));
  if (lone !== undefined) throw cliError('OPTION_ALONE', { option: `--${lone[0]}`, partner: `--${lone[1]}` });
}

/** For one server's certificate in a file, the client that most have at hand. */
function suggest(pinned: readonly Pinned[], { invocation, context }: Access): string | undefined {
  const [name = ''] = invocation.positionals;
  const [first] = pinned;
  if (first === undefined || pinned.length > 1 || findUnsuitableFormat('node', first.pin) !== undefined)
    return undefined;
  if (name === '-' || optionText(invocation, 'password-file') !== undefined) return undefined;
  const { talkStyle } = context;
  return `${talkStyle.signs.next} A ready snippet for one client: mintmark pin ${quoteWord(name)} --format node\n`;
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
  return { json: { formats }, text: renderFormats(formats), isAnswer: true };
}

/** The value or the program of each; what the user must know of it is said beside it. @throws PIN_FORMAT_UNSUITABLE */
function present(all: readonly Pinned[], format: PinFormatName, access: Access): CommandResult {
  const { invocation, context } = access;
  const row = PIN_FORMATS[format];
  const isValue = isOptionSet(invocation, 'value') || row.snippet === undefined;
  const find = isValue ? findUnsuitableFormat : findUnsuitableSnippet;
  const pinned = isOptionSet(invocation, 'chain') ? all.filter(({ pin }) => find(format, pin) === undefined) : all;
  const unfit = (pinned.length === 0 ? all : pinned).find(({ pin }) => find(format, pin) !== undefined);
  const unsuitable = unfit === undefined ? undefined : find(format, unfit.pin);
  if (unfit !== undefined && unsuitable !== undefined)
    throw cliError('PIN_FORMAT_UNSUITABLE', { format, target: unfit.target, ...unsuitable });
  if (!isValue && row.snippet?.isJoinable !== true && !isOptionSet(invocation, 'json'))
    assertOne(pinned, `--format ${format}`);
  const texts = pinned.map(({ pin }) => (isValue ? `${row.value(pin)}\n` : (row.snippet?.text(pin) ?? '')));
  for (const note of listNotes(pinned, { format, isValue }, access))
    context.say(`${context.talkStyle.yellow('note')}: ${note}\n`);
  const targets = pinned.map((one, at) => ({ ...describePinned(one), snippet: isValue ? null : texts[at] }));
  const fileName = isValue ? null : (row.snippet?.fileName ?? null);
  return { json: { format, fileName, targets }, text: texts.join(''), isAnswer: true };
}

type Presented = { readonly format: PinFormatName; readonly isValue: boolean };

function listNotes(pinned: readonly Pinned[], { format, isValue }: Presented, { invocation }: Access): string[] {
  const { caution, object, snippet } = PIN_FORMATS[format];
  const [first] = pinned;
  const others = first?.names.filter((name) => name !== first.pin.server.host) ?? [];
  const isPartial = !isValue && snippet?.isByHost === true && optionText(invocation, 'host') === undefined;
  return [
    ...(caution === undefined ? [] : [caution]),
    ...(isPartial && others.length > 0
      ? [`this pins ${first?.pin.server.host ?? ''} alone; for another name say --host NAME`]
      : []),
    ...(first?.pin.backupSpkiSha256 !== undefined && object !== 'public-key'
      ? ['this client compares the certificate: the spare is not in it, and every renewal changes it']
      : []),
  ];
}

/** `--backup F`: the sealed spare key of the one target, made or found. @throws TARGET_SEVERAL, TARGET_IS_CA, and the codes of `createSpare` */
async function addBackup(pinned: readonly Pinned[], access: Access): Promise<readonly Pinned[]> {
  const file = optionText(access.invocation, 'backup');
  const [first] = pinned;
  if (file === undefined || first === undefined) return pinned;
  assertOne(pinned, '--backup');
  if (first.pin.roles[0] === 'ca') throw cliError('TARGET_IS_CA', { target: first.target });
  const { createSpare } = await import('../pins/spare.ts');
  const { pins } = first.pin;
  const spare = await createSpare(
    resolve(access.context.io.cwd, file),
    { spkiSha256Hex: formatHex(pins.spkiSha256), keyLabel: first.keyLabel },
    access,
  );
  return [
    {
      ...first,
      spareFile: spare.file,
      isSpareLost: spare.isLost,
      pin: { ...first.pin, backupSpkiSha256: spare.spkiSha256 },
    },
  ];
}

async function writeOut(pinned: readonly Pinned[], access: Access): Promise<CommandResult> {
  assertOne(pinned, '--out');
  const { createManifest, writeManifest } = await import('../pins/manifest.ts');
  const [first] = pinned;
  const certDer = first?.pin.certificate?.certDer;
  if (first === undefined || certDer === undefined)
    throw cliError('TARGET_UNREADABLE', {
      target: first?.target ?? '',
      reason: 'holds no certificate, whose pins --out would sign',
    });
  const file = resolve(access.context.io.cwd, optionText(access.invocation, 'out') ?? '');
  const written = writeManifest(file, await createManifest({ target: first.target, certDer }, access), access);
  return { ...written, json: { ...written.json, targets: pinned.map(describePinned) } };
}

/** @throws TARGET_SEVERAL */
function assertOne(pinned: readonly Pinned[], option: string): void {
  if (pinned.length !== 1) throw cliError('TARGET_SEVERAL', { option, count: pinned.length });
}

export const pinCommand: Command = { spec, execute };
