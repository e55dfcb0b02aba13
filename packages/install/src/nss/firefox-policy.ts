/**
 * @module `policies.json` of Firefox, as far as `Certificates.Install` goes. Whatever else stands in it is kept.
 * @see https://mozilla.github.io/policy-templates/#certificates--install
 */

/** The values of `Certificates.Install`: paths or bare names of files. Undefined when the text is no JSON object. */
export function parseInstalledFiles(text: string): string[] | undefined {
  const root = parseObject(text);
  if (root === undefined) return undefined;
  const values = member(member(root, 'policies'), 'Certificates')['Install'];
  return Array.isArray(values) ? values.filter((value): value is string => typeof value === 'string') : [];
}

/** The text with one more file to install; undefined when the text can't be understood. */
export const addInstalledFile = (text: string, path: string): string | undefined =>
  editInstall(text, (values) => (values.includes(path) ? values : [...values, path]));

/** The text without these files, and without what then is empty; undefined when the text can't be understood. */
export const removeInstalledFiles = (text: string, paths: readonly string[]): string | undefined =>
  editInstall(text, (values) => values.filter((value) => !paths.includes(String(value))));

/** True when both texts are JSON of the same content. */
export function isSamePolicy(one: string, other: string): boolean {
  const [a, b] = [parseObject(one), parseObject(other)];
  return a !== undefined && b !== undefined && JSON.stringify(a) === JSON.stringify(b);
}

/** The text of a file without any policy. */
export const NO_POLICIES = '{"policies":{}}\n';

type JsonObject = Record<string, unknown>;

function parseObject(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isObject(parsed) ? parsed : undefined;
  } catch {
    return undefined;
  }
}

const isObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const member = (object: JsonObject, name: string): JsonObject => {
  const value = object[name];
  return isObject(value) ? value : {};
};

function editInstall(text: string, edit: (values: readonly unknown[]) => readonly unknown[]): string | undefined {
  const root = parseObject(text);
  if (root === undefined) return undefined;
  const policies = member(root, 'policies');
  const certificates = member(policies, 'Certificates');
  const held: unknown = certificates['Install'];
  const values = edit(Array.isArray(held) ? held : []);
  const edited = setOrDrop(certificates, 'Install', values.length === 0 ? undefined : values);
  const isEmpty = Object.keys(edited).length === 0;
  const result = { ...root, policies: setOrDrop(policies, 'Certificates', isEmpty ? undefined : edited) };
  const indent = /\n([ \t]+)"/.exec(text)?.[1] ?? '  '; // the hand of who wrote it
  return `${JSON.stringify(result, null, indent)}${/\s*$/.exec(text)?.[0] ?? ''}`;
}

function setOrDrop(object: JsonObject, name: string, value: unknown): JsonObject {
  const { [name]: _old, ...rest } = object;
  return value === undefined ? rest : { ...object, [name]: value };
}
