/**
 * @module JSON that has one spelling only (RFC 8785), so that a signature over it can be checked by anyone who parsed it; and reading
 * JSON in which no two readers can see different things. Numbers are integers: nothing here needs others.
 */

/** The canonical form of strings, safe integers, booleans, null, arrays and plain objects. @throws TypeError for anything else */
export function encodeCanonicalJson(value: unknown): string {
  if (value === null || typeof value === 'boolean') return String(value);
  if (typeof value === 'string') return encodeText(value);
  if (Number.isSafeInteger(value)) return String(value);
  if (Array.isArray(value)) return `[${value.map(encodeCanonicalJson).join(',')}]`;
  if (typeof value !== 'object') throw new TypeError(`no canonical form for a ${typeof value}`);
  // Keys in the order of their UTF-16 code units (RFC 8785 section 3.2.3), which is what sort() does.
  const members = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${members.map(([key, member]) => `${encodeText(key)}:${encodeCanonicalJson(member)}`).join(',')}}`;
}

/** JSON.stringify spells strings as RFC 8785 section 3.2.2.2 wants them, but for halves of characters. */
function encodeText(text: string): string {
  if (/\p{Surrogate}/u.test(text)) throw new TypeError('half a character');
  return JSON.stringify(text);
}

const MAX_DEPTH = 16;

/**
 * The value of a JSON text in UTF-8 without a repeated key, of which some readers take the first and others the last.
 * @throws SyntaxError, TypeError
 */
export function parseStrictJson(bytes: Uint8Array): unknown {
  const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  const value: unknown = JSON.parse(text);
  assertDistinctKeys(text);
  return value;
}

const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]/g;

/** Walks the tokens of a text that is known to be JSON. */
function assertDistinctKeys(text: string): void {
  const open: Set<unknown>[] = [];
  let previous = '';
  for (const [token] of text.matchAll(TOKEN)) {
    if (token === '{' || token === '[') open.push(new Set());
    if (open.length > MAX_DEPTH) throw new TypeError('nested too deep');
    if (token === '}' || token === ']') open.pop();
    if (token === ':') {
      const key: unknown = JSON.parse(previous);
      if (open.at(-1)?.has(key) === true) throw new TypeError('a key stands twice');
      open.at(-1)?.add(key);
    }
    previous = token;
  }
}
