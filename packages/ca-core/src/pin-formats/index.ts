/** @module The table of clients, and what it says of one certificate, key or CA. Load it where pins are printed, not to mint. */
import { APP_FORMATS } from './apps.ts';
import { BROWSER_FORMATS } from './browsers.ts';
import { COMPILED_FORMATS } from './compiled.ts';
import { DANE_FORMATS } from './dane.ts';
import { DIGEST_FORMATS } from './digests.ts';
import { findUnsuitable, findUnsuitableText } from './find-unsuitable.ts';
import { JAVASCRIPT_FORMATS } from './javascript.ts';
import type { PinFormat, PinSubject, Unsuitable } from './pin-format.ts';
import { PYTHON_FORMATS } from './python.ts';
import { SCRIPTING_FORMATS } from './scripting.ts';
import { SERVICE_FORMATS } from './services.ts';
import { TOOL_FORMATS } from './tools.ts';

export type { PinFormat, PinnedCertificate, PinRole, PinServer, PinSubject, Unsuitable } from './pin-format.ts';

const ROWS = {
  ...TOOL_FORMATS,
  ...DANE_FORMATS,
  ...JAVASCRIPT_FORMATS,
  ...BROWSER_FORMATS,
  ...PYTHON_FORMATS,
  ...SCRIPTING_FORMATS,
  ...COMPILED_FORMATS,
  ...APP_FORMATS,
  ...SERVICE_FORMATS,
  ...DIGEST_FORMATS,
};

export type PinFormatName = keyof typeof ROWS;

/** Every client, in the order in which they are listed. */
export const PIN_FORMATS: Readonly<Record<PinFormatName, PinFormat>> = ROWS;
export const PIN_FORMAT_NAMES = Object.keys(ROWS) as readonly PinFormatName[];

export const isPinFormatName = (name: string): name is PinFormatName => Object.hasOwn(ROWS, name);

/** Undefined when that client can be pinned by the subject. */
export function findUnsuitableFormat(name: PinFormatName, subject: PinSubject): Unsuitable | undefined {
  return findUnsuitable(name, PIN_FORMATS[name], subject);
}

/** The same for the whole text of a row that has one. */
export function findUnsuitableSnippet(name: PinFormatName, subject: PinSubject): Unsuitable | undefined {
  return findUnsuitableText(name, PIN_FORMATS[name], subject);
}

/** The values of all clients that can be pinned by the subject, by name. */
export function formatPinValues(subject: PinSubject): Partial<Record<PinFormatName, string>> {
  const values: Partial<Record<PinFormatName, string>> = {};
  for (const name of PIN_FORMAT_NAMES)
    if (findUnsuitableFormat(name, subject) === undefined) values[name] = PIN_FORMATS[name].value(subject);
  return values;
}
