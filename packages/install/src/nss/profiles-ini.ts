/**
 * @module `profiles.ini` and `installs.ini` of the Firefox family: which folders are profiles.
 * @see https://searchfox.org/firefox-main/source/toolkit/profile
 */

/** A profile's folder; relative ones lie below the folder of the file. */
export type ProfilePath = { readonly path: string; readonly isRelative: boolean };

/** Folders that either file names, in its order. Text that makes no sense names none. */
export function parseProfilePaths(text: string): ProfilePath[] {
  return parseSections(text).flatMap(({ name, values }) => {
    if (/^Profile\d+$/.test(name)) {
      const path = values.get('Path');
      return path === undefined ? [] : [{ path, isRelative: values.get('IsRelative') !== '0' }];
    }
    // `[Install4F96…]` of profiles.ini and the bare `[4F96…]` of installs.ini: the profile that this installation starts.
    const path = values.get('Default');
    return path === undefined || name === 'General' ? [] : [{ path, isRelative: !isAbsolute(path) }];
  });
}

const isAbsolute = (path: string): boolean => /^([/\\]|[A-Za-z]:[/\\])/.test(path);

type Section = { readonly name: string; readonly values: ReadonlyMap<string, string> };

function parseSections(text: string): Section[] {
  const sections: { name: string; values: Map<string, string> }[] = [];
  for (const line of text.split(/\r?\n/)) {
    const name = /^\s*\[(.*)\]\s*$/.exec(line)?.[1];
    if (name !== undefined) sections.push({ name, values: new Map() });
    const [, key, value] = /^([^=[;#]+)=(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined && value !== '') sections.at(-1)?.values.set(key.trim(), value);
  }
  return sections;
}
