/** @module `token.json` of a CA: the module, the token and the key by which its signer is found again. No PIN, no key. */
import { isAbsolute } from 'node:path';
import { formatHex, parseHex, quote } from '@mintmark/ca-core';
import { storeError } from '@mintmark/ca-store';

export type TokenRecord = {
  readonly modulePath: string;
  readonly token: string;
  readonly serial: string;
  readonly manufacturer: string;
  readonly keyLabel: string;
  readonly keyId: Buffer;
  /** True where the key was made for this CA, and not taken as it lay there. */
  readonly isMadeHere: boolean;
  /** A file with the PIN, where the user named one for good. */
  readonly pinSource?: string;
};

const VERSION = 1;

/** The token that holds a key, and the key in it: as --json tells it. */
export type TokenPlace = {
  readonly label: string;
  readonly serial: string;
  readonly modulePath: string;
  readonly keyLabel: string;
  readonly keyIdHex: string;
};

export const describeTokenKey = ({ token: label, serial, modulePath, keyLabel, keyId }: TokenRecord): TokenPlace => ({
  label,
  serial,
  modulePath,
  keyLabel,
  keyIdHex: formatHex(keyId),
});

export const renderTokenKey = ({ token, keyLabel, keyId }: TokenRecord): string =>
  `${quote(keyLabel)}, id ${formatHex(keyId)}, in ${quote(token)}`;

export function formatTokenRecord({ keyId, ...record }: TokenRecord): string {
  return `${JSON.stringify({ version: VERSION, ...record, keyIdHex: formatHex(keyId) }, undefined, 2)}\n`;
}

/** @throws CA_DAMAGED */
export function parseTokenRecord(json: string, caName: string): TokenRecord {
  const damaged = (reason: string) => storeError('CA_DAMAGED', { caName, reason: `token.json ${reason}` });
  const fields = readObject(json);
  if (fields === undefined) throw damaged('is no JSON object');
  if (fields['version'] !== VERSION) throw damaged('is of a version that is not known here');
  const text = (name: string): string => {
    const value = fields[name];
    if (typeof value !== 'string') throw damaged(`has no ${name}`);
    return value;
  };
  const keyId = parseHex(text('keyIdHex'));
  if (keyId === undefined || keyId.length === 0) throw damaged('has a keyIdHex that is no hex');
  const modulePath = text('modulePath');
  const pinSource = fields['pinSource'] === undefined ? undefined : text('pinSource');
  for (const path of [modulePath, pinSource])
    if (path !== undefined && !isAbsolute(path)) throw damaged('names a file by a path that is not absolute');
  return {
    modulePath,
    token: text('token'),
    serial: text('serial'),
    manufacturer: text('manufacturer'),
    keyLabel: text('keyLabel'),
    keyId: Buffer.from(keyId),
    isMadeHere: fields['isMadeHere'] === true,
    ...(pinSource === undefined ? {} : { pinSource }),
  };
}

function readObject(json: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(json);
    return typeof value === 'object' && value !== null ? (value as Readonly<Record<string, unknown>>) : undefined;
  } catch {
    return undefined;
  }
}
