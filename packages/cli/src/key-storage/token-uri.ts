/**
 * @module PKCS#11 URIs (RFC 7512): which token, which key, and the module that reaches it. A PIN in the URI is refused, and so is
 * everything that would run a program or load a module from a place that the words don't name.
 */
import { quote } from '@mintmark/ca-core';
import { keyStorageError } from './key-storage-errors.ts';

/** What a URI names; what it leaves out, anything will do for. */
export type TokenUri = {
  readonly modulePath: string;
  readonly token?: string;
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly model?: string;
  /** CKA_LABEL of a key that is there. */
  readonly object?: string;
  /** CKA_ID of a key that is there. */
  readonly id?: Buffer;
  /** Path of a file with the PIN. */
  readonly pinSource?: string;
};

const SCHEME = 'pkcs11:';
const MAX_URI_CHARACTERS = 4096;
const PATH_ATTRIBUTES = ['token', 'serial', 'manufacturer', 'model', 'object', 'id', 'type'];
const QUERY_ATTRIBUTES = ['module-path', 'pin-source'];
/** RFC 7512 section 2.3: attributes that it defines, and that say nothing by which a key is found here. */
const UNTAKEN = ['slot-id', 'slot-description', 'slot-manufacturer', 'library-manufacturer', 'library-version'];

const invalid = (reason: string) => keyStorageError('TOKEN_URI_INVALID', { reason });

/** @throws TOKEN_URI_INVALID, TOKEN_URI_PIN */
export function parseTokenUri(text: string): TokenUri {
  // Before anything is quoted: a PIN must not come back in a message.
  if (/pin-value/i.test(decodeLeniently(text))) throw keyStorageError('TOKEN_URI_PIN', {});
  if (text.length > MAX_URI_CHARACTERS) throw invalid(`it has over ${MAX_URI_CHARACTERS} characters`);
  if (text.slice(0, SCHEME.length).toLowerCase() !== SCHEME) throw invalid(`it does not begin with ${SCHEME}`);
  const [path = '', query = '', ...rest] = text.slice(SCHEME.length).split('?');
  if (rest.length > 0) throw invalid('it has two question marks');
  const attributes = readAttributes(path.split(';'), PATH_ATTRIBUTES);
  const queries = readAttributes(query.split('&'), QUERY_ATTRIBUTES);
  const type = attributes.get('type')?.toString() ?? 'private';
  if (type !== 'private') throw invalid(`type=${quote(type)} is no private key`);
  const modulePath = readPath(queries, 'module-path');
  if (modulePath === undefined) throw invalid('it has no module-path');
  const pinSource = readPath(queries, 'pin-source');
  const id = attributes.get('id');
  if (id?.length === 0) throw invalid('its id is empty');
  return {
    modulePath,
    ...readTexts(attributes),
    ...(id === undefined ? {} : { id }),
    ...(pinSource === undefined ? {} : { pinSource }),
  };
}

function decodeLeniently(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_all, hex: string) => String.fromCodePoint(Number.parseInt(hex, 16)));
}

function readAttributes(parts: readonly string[], known: readonly string[]): Map<string, Buffer> {
  const found = new Map<string, Buffer>();
  for (const part of parts) {
    if (part === '') continue;
    const [, name, value] = /^([^=]+)=(.*)$/s.exec(part) ?? [];
    // No value is quoted: it may be a PIN, under whatever name.
    if (name === undefined || value === undefined) throw invalid('a part of it is no NAME=VALUE');
    if (UNTAKEN.includes(name))
      throw invalid(`${name} is not taken; say token= or serial=, which stay when slots change`);
    if (!known.includes(name)) throw invalid(`${quote(name)} is no attribute that is taken here`);
    // RFC 7512 section 2.3: an attribute stands once.
    if (found.has(name)) throw invalid(`it has ${name} twice`);
    found.set(name, decodePercents(value, name));
  }
  return found;
}

/** Unreserved and reserved characters of RFC 3986 as they are, everything else as %XX. */
function decodePercents(value: string, name: string): Buffer {
  if (!/^(?:%[0-9A-Fa-f]{2}|[A-Za-z0-9._~:[\]@!$'()*+,=&/?|-])*$/.test(value))
    throw invalid(`its ${name} has a character that must be written as %XX`);
  const bytes = value.replaceAll(/%([0-9A-Fa-f]{2})/g, (_all, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  return Buffer.from(bytes, 'latin1');
}

type Texts = Pick<TokenUri, 'token' | 'serial' | 'manufacturer' | 'model' | 'object'>;

function readTexts(attributes: ReadonlyMap<string, Buffer>): Texts {
  const names = ['token', 'serial', 'manufacturer', 'model', 'object'] as const;
  return Object.fromEntries(
    names.flatMap((name) => {
      const value = attributes.get(name);
      return value === undefined ? [] : [[name, decodeText(value, name)]];
    }),
  );
}

function decodeText(bytes: Buffer, name: string): string {
  const text = bytes.toString();
  if (!Buffer.from(text).equals(bytes) || text.includes('\0')) throw invalid(`its ${name} is no UTF-8 text`);
  return text;
}

/** An absolute path, or a `file:` URL of one: a relative one would be looked for in folders of other people. */
function readPath(queries: ReadonlyMap<string, Buffer>, name: string): string | undefined {
  const value = queries.get(name);
  if (value === undefined) return undefined;
  const text = decodeText(value, name);
  if (text.startsWith('|')) throw invalid(`its ${name} names a program to run, which is not done`);
  const path = text.replace(/^file:(?:\/\/)?(?=\/)/, '');
  if (!isAbsolutePath(path)) throw invalid(`its ${name} is no absolute path`);
  return path;
}

const isAbsolutePath = (path: string): boolean => path.startsWith('/') || /^[A-Za-z]:[\\/]/.test(path);
