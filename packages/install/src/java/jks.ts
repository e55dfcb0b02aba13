/**
 * @module Java's own keystore format, JKS, which most `cacerts` files have: trusted certificates out of one and into one.
 * There is no standard; the source is `sun.security.provider.JavaKeyStore` of OpenJDK. Private keys are passed over.
 */
import { nodeSha1 } from '@mintmark/ca-core/node';
import { decodeModifiedUtf8, encodeModifiedUtf8 } from './modified-utf8.ts';

export type JksEntry = { readonly alias: string; readonly certDer: Uint8Array };

const MAGIC = 0xfeedfeed;
/** Version 2 says the type of each certificate, version 1 knows X.509 alone. */
const VERSIONS = [1, 2];
const TAG_PRIVATE_KEY = 1;
const TAG_TRUSTED_CERTIFICATE = 2;
const CERTIFICATE_TYPE = 'X.509';
const DIGEST_BYTES = 20;
/** Goes into the digest after the password, "just for fun" as the source has it. */
const WHITENER = 'Mighty Aphrodite';
const MAX_UTF_BYTES = 0xffff;

/** Trusted certificates of a JKS file, in its order; undefined when it is none or is damaged. The digest, which needs the password, is not checked. */
export function parseJks(bytes: Uint8Array): JksEntry[] | undefined {
  try {
    return readStore(new Cursor(bytes));
  } catch (cause) {
    if (cause instanceof RangeError) return undefined; // it ends too early, or a length runs past its end
    throw cause;
  }
}

/** Whether a file of version 2 holds this trusted certificate: searched for, which is quicker than reading hundreds of entries. */
export function isInJks(bytes: Uint8Array, certDer: Uint8Array): boolean {
  const file = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  if (file.length < 8 || file.readUInt32BE(0) !== MAGIC || file.readUInt32BE(4) !== 2) return false;
  const length = Buffer.alloc(4);
  length.writeUInt32BE(certDer.length);
  return file.includes(Buffer.concat([Buffer.from('\0\x05X.509'), length, certDer]));
}

function readStore(cursor: Cursor): JksEntry[] | undefined {
  const [magic, version, count] = [cursor.uint32(), cursor.uint32(), cursor.uint32()];
  if (magic !== MAGIC || !VERSIONS.includes(version)) return undefined;
  const entries: JksEntry[] = [];
  for (let n = 0; n < count; n += 1) {
    const tag = cursor.uint32();
    const alias = decodeModifiedUtf8(cursor.utf());
    cursor.take(8); // when it was made
    if (alias === undefined) return undefined;
    if (tag === TAG_TRUSTED_CERTIFICATE) entries.push({ alias, certDer: readCertificate(cursor, version) });
    else if (tag === TAG_PRIVATE_KEY) skipPrivateKey(cursor, version);
    else return undefined;
  }
  return cursor.left === DIGEST_BYTES ? entries : undefined;
}

function readCertificate(cursor: Cursor, version: number): Uint8Array {
  if (version !== 1) cursor.utf();
  return cursor.take(cursor.uint32());
}

function skipPrivateKey(cursor: Cursor, version: number): void {
  cursor.take(cursor.uint32());
  const count = cursor.uint32();
  for (let n = 0; n < count; n += 1) readCertificate(cursor, version);
}

/** Reads big-endian. Every read is held against what is left before anything is made of it. */
class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /** @throws RangeError */
  take(length: number): Uint8Array {
    if (length > this.left) throw new RangeError('the keystore ends too early');
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  uint32(): number {
    return this.take(4).reduce((value, byte) => value * 256 + byte, 0);
  }

  utf(): Uint8Array {
    return this.take(this.take(2).reduce((value, byte) => value * 256 + byte, 0));
  }
}

/** True when the password is the one that the digest at the end was made with. Call it only with what `parseJks` took. */
export function isJksPassword(bytes: Uint8Array, password: string): boolean {
  const end = bytes.length - DIGEST_BYTES;
  return end > 0 && Buffer.compare(digestJks(bytes.subarray(0, end), password), bytes.subarray(end)) === 0;
}

/**
 * A JKS file, version 2, of trusted certificates. Java knows aliases in lower case only, so they are lowered.
 *
 * @param entries `createdMs` is milliseconds since 1970
 * @throws TypeError when two aliases are the same or one is longer than 65 535 bytes
 */
export function encodeJks(
  entries: readonly (JksEntry & { readonly createdMs: number })[],
  password: string,
): Uint8Array<ArrayBuffer> {
  const aliases = new Set(entries.map(({ alias }) => alias.toLowerCase()));
  if (aliases.size !== entries.length) throw new TypeError('two entries of a keystore have the same alias');
  const content = concatBytes([
    ...[MAGIC, 2, entries.length].map(encodeUint32),
    ...entries.flatMap(({ alias, certDer, createdMs }) => [
      encodeUint32(TAG_TRUSTED_CERTIFICATE),
      encodeUtf(alias.toLowerCase()),
      encodeUint64(createdMs),
      encodeUtf(CERTIFICATE_TYPE),
      encodeUint32(certDer.length),
      certDer,
    ]),
  ]);
  return concatBytes([content, digestJks(content, password)]);
}

/** A copy of its own: a `Buffer` may share memory with others. */
const concatBytes = (parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> => new Uint8Array(Buffer.concat(parts));

function encodeUint32(value: number): Uint8Array {
  return Uint8Array.of(value >>> 24, value >>> 16, value >>> 8, value);
}

const encodeUint64 = (value: number): Uint8Array =>
  concatBytes([encodeUint32(Math.floor(value / 2 ** 32)), encodeUint32(value % 2 ** 32)]);

function encodeUtf(text: string): Uint8Array {
  const bytes = encodeModifiedUtf8(text);
  if (bytes.length > MAX_UTF_BYTES) throw new TypeError(`an alias has ${bytes.length} bytes, the limit is 65535`);
  return concatBytes([Uint8Array.of(bytes.length >>> 8, bytes.length), bytes]);
}

/** The password goes in as UTF-16, big end first. */
function digestJks(content: Uint8Array, password: string): Uint8Array {
  const wide = Uint8Array.from({ length: password.length * 2 }, (_, at) => {
    const unit = password.charCodeAt(at >> 1);
    return at % 2 === 0 ? unit >>> 8 : unit & 0xff;
  });
  return nodeSha1(concatBytes([wide, Buffer.from(WHITENER), content]));
}
