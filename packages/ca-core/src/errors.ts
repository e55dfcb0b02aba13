/**
 * @module The one error class of the toolkit and the way a package declares its table of codes.
 * A table turns a code and its details into one line for people and a hint (what to type). No subclass per code.
 */

/** Facts a program can use: numbers, names, paths. Never secrets, never PEM. */
export type ErrorDetails = Readonly<Record<string, unknown>>;

/** One row of a table of codes. The hint is an action, with the command to type where there is one. */
export type ErrorDefinition<D extends ErrorDetails> = {
  readonly message: (details: D) => string;
  readonly hint: (details: D) => string;
  /** `usage`: the words of the call are wrong (exit 2); otherwise the work failed (exit 1). */
  readonly kind?: 'usage' | 'failure';
};

// A table's rows differ in their details; `never` is the one argument type that all of them accept.
type AnyDefinition = ErrorDefinition<never>;
export type ErrorTable = Readonly<Record<string, AnyDefinition>>;

const CA_ERROR = Symbol.for('mintmark.CaError');

/** An error a person can reach: a stable code, one line, a hint, plain details. */
export class CaError extends Error {
  override readonly name = 'CaError';
  readonly [CA_ERROR] = true;
  readonly code: string;
  readonly hint: string;
  readonly details: ErrorDetails;
  readonly kind: 'usage' | 'failure';

  constructor(
    code: string,
    details: ErrorDetails,
    options: { message: string; hint: string; kind?: 'usage' | 'failure'; cause?: unknown },
  ) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = details;
    this.hint = options.hint;
    this.kind = options.kind ?? 'failure';
  }
}

/** True for a CaError of this or any other copy of the package. Never throws. */
export function isCaError(value: unknown, code?: string): value is CaError {
  if (typeof value !== 'object' || value === null || !(CA_ERROR in value)) return false;
  return code === undefined || (value as CaError).code === code;
}

type DetailsOf<T extends ErrorTable, C extends keyof T> = Parameters<T[C]['message']>[0];

/** Makes a package's typed error constructor from its table: `throw coreError('DNS_NAME_EMPTY', { name })`. */
export function createErrorFactory<const T extends ErrorTable>(table: T) {
  return <C extends keyof T & string>(
    code: C,
    details: DetailsOf<T, C>,
    options: { cause?: unknown } = {},
  ): CaError => {
    const row = table[code] as unknown as ErrorDefinition<ErrorDetails>;
    const facts = details as ErrorDetails;
    return new CaError(code, facts, {
      message: row.message(facts),
      hint: row.hint(facts),
      ...(row.kind === undefined ? {} : { kind: row.kind }),
      ...options,
    });
  };
}

/** A name to put into a command that people will paste: itself, or `NAME` where it holds what a shell or terminal reads. */
export function pasteable(name: string): string {
  return /^[\p{L}\p{N}.:*@_-]{1,253}$/u.test(name) ? name : 'NAME';
}

// C0, C1, bidirectional and invisible characters, lone surrogates: what moves a cursor or hides what is written.
const CONTROLS = /[\u0000-\u001f\u007f-\u009f\u061c\u200b-\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]/gu;

/** A stranger's text made safe for a terminal, at any length: control characters as `\u{…}`, line breaks among them. */
export function escapeControls(text: string): string {
  return text.replace(CONTROLS, (character) => `\\u{${character.codePointAt(0)?.toString(16) ?? ''}}`);
}

const QUOTE_MAX_CHARACTERS = 60;

/** Quotes hostile text for a message: control characters escaped, long text shortened in the middle. */
export function quote(text: string): string {
  const shown =
    text.length <= QUOTE_MAX_CHARACTERS ? text : `${text.slice(0, QUOTE_MAX_CHARACTERS - 20)}…${text.slice(-16)}`;
  return `"${escapeControls(shown.replaceAll(/["\\]/g, (character) => `\\${character}`))}"`;
}

const PLAIN_WORD = /^~?[\p{L}\p{N}_./:@%+=,-]+$/u;

/** A word of a command that people paste into a POSIX shell: itself where that is plain, else in quotes. */
export const quoteWord = (word: string): string =>
  PLAIN_WORD.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
