/**
 * @module Where programs keep a CA file in their own configuration, which a variable would override: git, pip, cargo, the AWS CLI,
 * gcloud, npm. The files are of one family (sections in brackets, `name = value`); only the one setting is read. Pure.
 */
import { posix, win32 } from 'node:path';

export type SettingOwner = 'git' | 'pip' | 'cargo' | 'aws' | 'gcloud' | 'npm';

/** Where the user's files are; the parts of a machine that this needs. */
export type Places = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly userFolder: string;
};

type Owner = {
  readonly files: (places: Places, at: (...parts: string[]) => string) => readonly (string | undefined)[];
  /** Undefined for a file without sections. */
  readonly section?: RegExp;
  /** True where the first file with the setting is the only one that counts. */
  readonly takesFirst?: true;
  readonly name: RegExp;
};

const OWNERS: Readonly<Record<SettingOwner, Owner>> = {
  git: {
    files: ({ env }, at) => [
      env['GIT_CONFIG_SYSTEM'] ?? '/etc/gitconfig',
      env['GIT_CONFIG_GLOBAL'] ?? at(env['XDG_CONFIG_HOME'] ?? at('~', '.config'), 'git', 'config'),
      env['GIT_CONFIG_GLOBAL'] ?? at('~', '.gitconfig'),
    ],
    section: /^http(?:\s+".*")?$/i,
    name: /^sslcainfo$/i,
  },
  pip: {
    files: ({ env, platform }, at) => [
      '/etc/pip.conf',
      at('~', '.pip', 'pip.conf'),
      platform === 'win32'
        ? at(env['APPDATA'] ?? '', 'pip', 'pip.ini')
        : at(env['XDG_CONFIG_HOME'] ?? at('~', '.config'), 'pip', 'pip.conf'),
      env['PIP_CONFIG_FILE'],
    ],
    section: /^global$/i,
    name: /^cert$/i,
  },
  cargo: {
    files: ({ env }, at) => ['config', 'config.toml'].map((file) => at(env['CARGO_HOME'] ?? at('~', '.cargo'), file)),
    section: /^http$/,
    name: /^cainfo$/,
  },
  aws: {
    files: ({ env }, at) => [env['AWS_CONFIG_FILE'] ?? at('~', '.aws', 'config')],
    section: /./,
    name: /^ca_bundle$/,
  },
  gcloud: {
    files: ({ env }, at) => {
      const folder = env['CLOUDSDK_CONFIG'] ?? at('~', '.config', 'gcloud');
      return [at(folder, 'configurations', 'config_default'), at(folder, 'properties')];
    },
    section: /^core$/,
    name: /^custom_ca_certs_file$/,
  },
  npm: {
    files: ({ env }, at) => [
      env['NPM_CONFIG_USERCONFIG'] ?? env['npm_config_userconfig'] ?? at('~', '.npmrc'),
      env['NPM_CONFIG_GLOBALCONFIG'] ?? env['npm_config_globalconfig'],
      ...listPrefixes(env['PATH'] ?? '').flatMap((prefix) => [
        at(prefix, 'etc', 'npmrc'),
        at(prefix, 'lib', 'node_modules', 'npm', 'npmrc'),
      ]),
    ],
    takesFirst: true,
    name: /^cafile$/,
  },
};

/** Where programs of PATH are installed: `/usr` for `/usr/bin`. npm keeps its global settings there. */
const listPrefixes = (path: string): string[] =>
  path.split(':').flatMap((folder) => /^(\/.*)\/bin\/?$/.exec(folder)?.[1] ?? []);

/** The CA files that a program's configuration names, by whoever reads its files. */
export function findCaFiles(
  owner: SettingOwner,
  places: Places,
  readText: (path: string) => string | undefined,
): string[] {
  const found = settingFiles(owner, places).map((file) => parseCaFiles(readText(file) ?? '', owner, places));
  return OWNERS[owner].takesFirst === true ? (found.find(({ length }) => length > 0) ?? []) : found.flat();
}

/** The files a program reads its configuration from, whether they exist or not. */
export function settingFiles(owner: SettingOwner, places: Places): string[] {
  const paths = places.platform === 'win32' ? win32 : posix;
  const at = (first: string, ...rest: string[]): string =>
    paths.join(first === '~' ? places.userFolder : first, ...rest);
  const files = OWNERS[owner].files(places, (first = '', ...rest) => at(first, ...rest));
  return [...new Set(files.filter((path) => path !== undefined && paths.isAbsolute(path)))] as string[];
}

/** Paths of CA files that a configuration text names, in order; `~/` is the user's folder, other relative paths are left out. */
export function parseCaFiles(text: string, owner: SettingOwner, places: Places): string[] {
  const { section, name } = OWNERS[owner];
  const paths = places.platform === 'win32' ? win32 : posix;
  const found: string[] = [];
  let isInside = section === undefined;
  for (const line of text.split(/\r?\n/)) {
    const head = /^\s*\[(.*)\]\s*$/.exec(line)?.[1];
    if (head !== undefined) isInside = section?.test(head.trim()) ?? false;
    const [, key = '', value = ''] = /^\s*([\w.-]+)\s*=\s*(.*)$/.exec(line) ?? [];
    if (!isInside || !name.test(key)) continue;
    const path = unquote(value)
      .replace(/^~(?=[/\\])/, () => places.userFolder)
      .replaceAll(/\$\{(\w+)\}/g, (_all, variable: string) => places.env[variable] ?? ''); // npm's way
    if (paths.isAbsolute(path)) found.push(path);
  }
  return [...new Set(found)];
}

/** Double quotes take backslash escapes, single quotes (TOML) none; without quotes a comment ends the value. */
function unquote(value: string): string {
  const double = /^"((?:[^"\\]|\\.)*)"/.exec(value)?.[1];
  if (double !== undefined) return double.replaceAll(/\\(.)/g, '$1');
  return /^'([^']*)'/.exec(value)?.[1] ?? value.replace(/\s+[#;].*$/, '').trim();
}
