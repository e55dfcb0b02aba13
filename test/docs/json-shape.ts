/** @module The shape of a JSON value: names of fields and kinds of values, of a list its first element alone. */

/** A shape to compare with another. `null` fits anything, because a page can't show both a value and its absence. */
export function shapeOf(value: unknown): unknown {
  if (value === null) return null;
  if (Array.isArray(value)) return value.slice(0, 1).map(shapeOf);
  if (typeof value !== 'object') return typeof value;
  return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, shapeOf(inner)]));
}

/** Where two shapes differ: paths in words, none when they agree. An empty list agrees with every list. */
export function diffShapes(page: unknown, printed: unknown, path = 'object'): readonly string[] {
  if (page === null || printed === null) return [];
  if (Array.isArray(page) && Array.isArray(printed))
    return page.length === 0 || printed.length === 0 ? [] : diffShapes(page[0], printed[0], `${path}[]`);
  if (!isRecord(page) || !isRecord(printed))
    return page === printed ? [] : [`${path}: the page has ${kindOf(page)}, the program ${kindOf(printed)}`];
  const names = new Set([...Object.keys(page), ...Object.keys(printed)]);
  return [...names].flatMap((name) => {
    if (!(name in page)) return [`${path}.${name} is missing from the page`];
    if (!(name in printed)) return [`${path}.${name} is not printed`];
    return diffShapes(page[name], printed[name], `${path}.${name}`);
  });
}

const kindOf = (shape: unknown): string =>
  typeof shape === 'string' ? shape : Array.isArray(shape) ? 'list' : 'object';

function isRecord(shape: unknown): shape is Readonly<Record<string, unknown>> {
  return typeof shape === 'object' && shape !== null && !Array.isArray(shape);
}
