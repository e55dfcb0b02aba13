/** @module `pin TARGET...`: the SHA-256 digests by which clients know a server, in each client's own spelling. */
import {
  coreError,
  createPins,
  escapeControls,
  formatHex,
  formatPins,
  formatSpkiPin,
  isEqualBytes,
  parsePin,
  PIN_FORMATS,
  type PinFormatName,
  type PinRole,
  type Pins,
} from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { formatAttributes } from '@mintmark/ca-core/read';
import { cliError } from '../cli-errors.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { readTarget, type Target, type TargetObject } from '../targets.ts';
import { formatDate } from '../terminal/text.ts';

const spec: CommandSpec = {
  name: 'pin',
  usage: 'TARGET...',
  summary: 'SHA-256 pins of a certificate, request, key or HOST:PORT',
  examples: [
    ['mintmark pin localhost+2.pem', 'every digest, labelled'],
    [
      'curl --pinnedpubkey "$(mintmark pin localhost+2.pem --format curl)" https://localhost',
      'one line for one client',
    ],
    ['mintmark pin localhost:8443', 'what a running server shows'],
    ['mintmark pin localhost+2.pem --check sha256//AAAA…', 'does this pin belong to it? exit 0 or 1'],
    ['mintmark pin --list-formats', 'the clients that --format knows'],
  ],
  options: [
    { name: 'format', value: 'CLIENT', help: 'one line, for this client' },
    { name: 'list-formats', help: 'the clients that --format knows' },
    { name: 'chain', help: 'every certificate of the file, not the first alone' },
    { name: 'check', value: 'PIN', help: 'say whether this pin, in any spelling, belongs to the target' },
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
  ],
  positionals: { min: 1, max: Infinity, what: 'a file or HOST:PORT' },
};

type Pinned = {
  readonly target: string;
  readonly subject: string;
  readonly names: readonly string[];
  readonly notAfter: Date | undefined;
  readonly role: PinRole;
  readonly keyLabel: string;
  readonly pins: Pins;
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  if (isOptionSet(invocation, 'list-formats')) return listFormats();
  const format = readFormat(invocation);
  const check = optionText(invocation, 'check');
  const wanted = check === undefined ? undefined : parsePin(check);
  const pinned: Pinned[] = [];
  for (const name of invocation.positionals) {
    const target = await readTarget(name, invocation, context);
    pinned.push(
      ...selectObjects(target, isOptionSet(invocation, 'chain') || check !== undefined).map((object) =>
        describeObject(name, object),
      ),
    );
  }
  if (wanted !== undefined) return checkPin(wanted, pinned, context);
  const json = { targets: pinned.map(toJson) };
  if (format !== undefined) return { json, text: pinned.map((one) => `${formatOne(one, format)}\n`).join('') };
  return { json, text: pinned.map((one) => render(one, context)).join('') };
}

function readFormat(invocation: Invocation): PinFormatName | undefined {
  const format = optionText(invocation, 'format');
  if (format === undefined) return undefined;
  if (!Object.hasOwn(PIN_FORMATS, format)) throw cliError('PIN_FORMAT_UNKNOWN', { format });
  return format as PinFormatName;
}

function listFormats(): CommandResult {
  const formats = Object.entries(PIN_FORMATS).map(([name, { title, object }]) => ({ name, title, object }));
  return {
    json: { formats },
    text: formats.map(({ name, title, object }) => `  ${name.padEnd(14)}${object.padEnd(13)}${title}\n`).join(''),
  };
}

/** A chain file speaks for its leaf; several unrelated certificates are a mistake unless --chain says otherwise. */
function selectObjects({ name, objects }: Target, isChain: boolean): readonly TargetObject[] {
  if (isChain) return objects;
  const certificates = objects.filter((object) => object.kind === 'certificate');
  const [leaf, ...others] = certificates;
  if (leaf === undefined) return objects.slice(0, 1);
  const isLinked = others.every(({ facts }, i) =>
    isEqualBytes(certificates[i]?.facts.issuerDer ?? new Uint8Array(), facts.subjectDer),
  );
  if (!isLinked) throw coreError('PEM_SEVERAL', { what: name, wanted: 'certificates', count: certificates.length });
  return [leaf];
}

function describeObject(target: string, object: TargetObject): Pinned {
  if (object.kind === 'key') {
    const { spkiDer, keyLabel, isPrivate } = object.facts;
    return {
      target,
      subject: isPrivate ? 'private key' : 'public key',
      names: [],
      notAfter: undefined,
      role: 'key',
      keyLabel,
      pins: createPins({ spkiDer }, nodeSha256),
    };
  }
  const { facts } = object;
  return {
    target,
    subject: formatAttributes(facts.subject),
    names: facts.names.map(({ text }) => text),
    notAfter: object.kind === 'certificate' ? object.facts.notAfter : undefined,
    role: object.kind === 'csr' ? 'key' : facts.isCa ? 'ca' : 'leaf',
    keyLabel: facts.keyLabel,
    pins: createPins(object.kind === 'certificate' ? object.facts : { spkiDer: facts.spkiDer }, nodeSha256),
  };
}

function toJson({ target, subject, names, notAfter, role, pins }: Pinned): object {
  return {
    target,
    subject,
    names,
    notAfter: notAfter?.toISOString() ?? null,
    isCa: role === 'ca',
    certSha256Hex: pins.certSha256 === undefined ? null : formatHex(pins.certSha256),
    spkiSha256Base64: formatSpkiPin(pins),
    spkiSha256Hex: formatHex(pins.spkiSha256),
    formats: formatPins(pins, role),
  };
}

function formatOne({ target, pins, role }: Pinned, format: PinFormatName): string {
  const line = formatPins(pins, role)[format];
  if (line === undefined) throw cliError('PIN_FORMAT_UNSUITABLE', { format, target });
  return line;
}

/** Lines that share a spelling are one line; clients in the order of the table. */
function render(pinned: Pinned, { style }: Context): string {
  const { names, subject, role, keyLabel, notAfter } = pinned;
  const title = [
    escapeControls(names.length > 0 ? names.join(', ') : subject),
    ...(role === 'ca' ? ['CA'] : []),
    keyLabel,
    ...(notAfter === undefined ? [] : [`until ${formatDate(notAfter)}`]),
  ].join(' · ');
  const blocks = [
    ['public-key', 'public key', 'survives renewal with the same key'],
    ['certificate', 'certificate', 'changes at every renewal'],
  ] as const;
  const text = blocks.map(([object, label, words]) => {
    const lines = groupLines(pinned, object);
    const width = Math.max(0, ...lines.map(([clients]) => clients.length)) + 2;
    return lines.length === 0
      ? ''
      : `\n  ${label.padEnd(13)} ${style.dim(words)}\n${lines.map(([clients, value]) => `    ${style.dim(clients.padEnd(width))}${value}\n`).join('')}`;
  });
  return `${title}\n${text.join('')}\n`;
}

function groupLines({ pins, role }: Pinned, object: 'public-key' | 'certificate'): [clients: string, value: string][] {
  const groups = new Map<string, string[]>();
  for (const [name, value] of Object.entries(formatPins(pins, role)) as [PinFormatName, string][]) {
    if (PIN_FORMATS[name].object === object) groups.set(value, [...(groups.get(value) ?? []), name]);
  }
  return [...groups].map(([value, clients]) => [clients.join(', '), value]);
}

function checkPin(wanted: Uint8Array, pinned: readonly Pinned[], { style }: Context): CommandResult {
  const match = pinned.flatMap(({ pins, names, subject }) => {
    const who = escapeControls(names[0] ?? subject);
    if (isEqualBytes(pins.spkiSha256, wanted)) return [{ object: 'public-key', who }];
    return pins.certSha256 !== undefined && isEqualBytes(pins.certSha256, wanted)
      ? [{ object: 'certificate', who }]
      : [];
  })[0];
  const words =
    match === undefined
      ? `${style.red(style.signs.failed)} the pin belongs to nothing in it`
      : `${style.green(style.signs.ok)} the pin is the ${match.object.replace('-', ' ')} of ${match.who}`;
  return {
    json: { isMatch: match !== undefined, matched: match?.object ?? null },
    text: `  ${words}\n`,
    exitCode: match === undefined ? 1 : 0,
  };
}

export const pinCommand: Command = { spec, execute };
