/**
 * @module The wire form of Firefox's remote protocol: `LENGTH:JSON`, the length in bytes. A command is `[0, id, name,
 * parameters]`, its answer `[1, id, error, result]`. Bytes in, messages out; the socket is elsewhere.
 * @see https://firefox-source-docs.mozilla.org/testing/marionette/Protocol.html
 */

/** The answer to one command; one of `error` and `result` is null. */
export type MarionetteAnswer = { readonly id: number; readonly error: unknown; readonly result: unknown };

const COMMAND = 0;
const ANSWER = 1;

/** A command as it goes over the wire. */
export function encodeCommand(id: number, name: string, parameters: Readonly<Record<string, unknown>>): string {
  const json = JSON.stringify([COMMAND, id, name, parameters]);
  return `${Buffer.byteLength(json)}:${json}`;
}

const COLON = 0x3a;
const MAX_LENGTH_DIGITS = 8;

/**
 * Takes whole messages from the front of what was received. @returns the answers among them (the greeting is none) and the bytes left
 * @throws Error when it is not this protocol
 */
export function parseReceived(received: Buffer): {
  readonly answers: readonly MarionetteAnswer[];
  readonly rest: Buffer;
} {
  const answers: MarionetteAnswer[] = [];
  let rest = received;
  for (;;) {
    const colon = rest.indexOf(COLON);
    if (colon > MAX_LENGTH_DIGITS || (colon === -1 && rest.length > MAX_LENGTH_DIGITS)) throw notTheProtocol();
    if (colon === -1) return { answers, rest };
    const digits = rest.subarray(0, colon).toString('latin1');
    if (!/^[0-9]+$/.test(digits)) throw notTheProtocol();
    const end = colon + 1 + Number(digits);
    if (rest.length < end) return { answers, rest };
    const message: unknown = JSON.parse(rest.subarray(colon + 1, end).toString());
    if (Array.isArray(message) && message[0] === ANSWER)
      answers.push({ id: Number(message[1]), error: message[2], result: message[3] });
    rest = rest.subarray(end);
  }
}

const notTheProtocol = (): Error => new Error('what listens there does not speak the protocol of Firefox');

/** What Firefox says went wrong, as one text. */
export function describeError(error: unknown): string {
  if (typeof error !== 'object' || error === null) return String(error);
  const { error: code, message } = error as Readonly<Record<string, unknown>>;
  return [code, message].filter((part) => typeof part === 'string' && part !== '').join(': ') || JSON.stringify(error);
}
