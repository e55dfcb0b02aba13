/** @module Pins for people: who it is, what survives renewal and what doesn't, one line a client. */
import { escapeControls, formatHex, formatSpkiPin } from '@mintmark/ca-core';
import {
  findUnsuitableFormat,
  formatPinValues,
  PIN_FORMATS,
  PIN_FORMAT_NAMES,
  type PinFormatName,
} from '@mintmark/ca-core/pin-formats';
import type { Context } from '../command.ts';
import type { Pinned } from '../pins/pinned.ts';
import { formatDate, formatPath } from '../terminal/text.ts';

/** Lines that share a spelling are one line; clients in the order of the table. */
export function renderPins(pinned: Pinned, context: Context): string {
  const { names, subject, roleWords, keyLabel, pin, spareFile } = pinned;
  const who = escapeControls(names.length > 0 ? names.join(', ') : subject);
  const what = [...(who === roleWords ? [] : [roleWords]), keyLabel].join(', ');
  const title = [who, what, ...(pin.certificate === undefined ? [] : [formatEnd(pin.certificate.notAfter, context)])];
  const { backupSpkiSha256, certificate, ...key } = pin;
  const current = certificate === undefined ? key : { ...key, certificate };
  const blocks = [renderBlock('public key', 'survives renewal with the same key', groupLines(current, 'public-key'))];
  if (certificate !== undefined)
    blocks.push(renderBlock('certificate', 'changes at every renewal', groupLines(current, 'certificate')));
  if (backupSpkiSha256 !== undefined && spareFile !== undefined) {
    const next = { ...key, pins: { spkiSha256: backupSpkiSha256 } };
    const place = formatPath(spareFile, context.io.cwd);
    const words =
      pinned.isSpareLost === true
        ? `lost, or elsewhere for now: ${place}`
        : `sealed in ${place}, for when --new-key is said`;
    blocks.push(renderBlock('next key', words, groupLines(next, 'public-key')));
  }
  return `${title.join(' · ')}\n${blocks.map((block) => block(context)).join('')}`;
}

function formatEnd(notAfter: Date, { io, style }: Context): string {
  return notAfter <= io.now() ? style.red(`expired on ${formatDate(notAfter)}`) : `until ${formatDate(notAfter)}`;
}

type Lines = readonly (readonly [clients: string, value: string])[];

const renderBlock =
  (label: string, words: string, lines: Lines) =>
  ({ style }: Context): string => {
    if (lines.length === 0) return '';
    const width = Math.max(...lines.map(([clients]) => clients.length)) + 1;
    const rows = lines.map(([clients, value]) => `    ${style.dim(clients.padEnd(width))}${value}\n`);
    return `\n  ${label.padEnd(13)} ${style.dim(words)}\n${rows.join('')}`;
  };

function groupLines(pin: Pinned['pin'], object: 'public-key' | 'certificate'): Lines {
  const values = formatPinValues(pin);
  const groups = new Map<string, string[]>();
  const add = (value: string, client: string) => groups.set(value, [...(groups.get(value) ?? []), client]);
  for (const name of PIN_FORMAT_NAMES) {
    const { overview, object: compared } = PIN_FORMATS[name];
    if (overview === undefined || compared !== object) continue;
    const value = values[name];
    if (value !== undefined) add(value, overview);
    else if (name === 'webtransport' && pin.roles[0] === 'leaf')
      add(`no: ${findUnsuitableFormat(name, pin)?.reason ?? ''}`, overview);
  }
  return [...groups].map(([value, clients]) => [clients.join(', '), value]);
}

/** A client that --format knows; `isSnippet`: it gets a whole program or file. */
export type FormatRow = {
  readonly name: PinFormatName;
  readonly title: string;
  readonly object: string;
  readonly isSnippet: boolean;
};

/** A line each. */
export function renderFormats(rows: readonly FormatRow[]): string {
  const width = Math.max(...rows.map(({ name }) => name.length)) + 2;
  const lines = rows.map(({ name, title, object, isSnippet }) => {
    const cells = [name.padEnd(width), object.padEnd(13), (isSnippet ? 'program' : 'value').padEnd(9), title];
    return `  ${cells.join('')}\n`;
  });
  return lines.join('');
}

/** What `--json` prints of one. `formats` holds the values of all clients that can be pinned by it. */
export function describePinned(pinned: Pinned): object {
  const { target, subject, names, isCa, roleWords, keyLabel, pin, isSpareLost } = pinned;
  const { certificate, pins, backupSpkiSha256 } = pin;
  return {
    target,
    subject,
    names,
    role: roleWords,
    key: keyLabel,
    notAfter: certificate === undefined ? null : toIso(certificate.notAfter),
    isCa,
    certSha256Hex: pins.certSha256 === undefined ? null : formatHex(pins.certSha256),
    spkiSha256Base64: formatSpkiPin(pins),
    spkiSha256Hex: formatHex(pins.spkiSha256),
    backupSpkiSha256Base64: backupSpkiSha256 === undefined ? null : formatSpkiPin({ spkiSha256: backupSpkiSha256 }),
    isBackupLost: isSpareLost ?? null,
    formats: formatPinValues(pin),
  };
}

/** A date that a certificate of others holds can be beyond what Date can say. */
const toIso = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString());
