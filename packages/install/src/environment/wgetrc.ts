/**
 * @module A wgetrc for wget, whose GnuTLS builds read no variable with roots: the user's own file, word for word, and one line more.
 * wget takes a value as it stands, wget2 (Fedora's wget) takes quotes. Sources: `init.c` of wget, `options.c` of wget2. Pure.
 */

/** The variable that names the file, and how a program writes the setting. */
export type WgetDialect = {
  readonly variable: 'WGETRC' | 'WGET2RC';
  readonly fileStem: string;
  readonly systemFile: string;
  readonly formatSetting: (bundle: string) => string;
};

export const WGET: WgetDialect = {
  variable: 'WGETRC',
  fileStem: 'wgetrc',
  systemFile: '/etc/wgetrc',
  formatSetting: (bundle) => `ca_certificate = ${bundle}`,
};

export const WGET2: WgetDialect = {
  variable: 'WGET2RC',
  fileStem: 'wget2rc',
  systemFile: '/etc/wget2rc',
  formatSetting: (bundle) => `ca-certificate = "${bundle.replaceAll(/["\\]/g, '\\$&')}"`,
};

const TITLE = '# Made by mintmark env from ';

/** The user's text (empty when there is none) with our bundle at the end, where it wins. `source` is the user's file. */
export function formatWgetrc(dialect: WgetDialect, own: { source: string; text: string }, bundle: string): string {
  const text = own.text === '' || own.text.endsWith('\n') ? own.text : `${own.text}\n`;
  return `${TITLE}${JSON.stringify(own.source)}\n${text}${dialect.formatSetting(bundle)}\n`;
}

/** The user's file that a wgetrc of ours was made from; undefined for any other file, empty when there was none. */
export function readWgetrcSource(text: string): string | undefined {
  if (!text.startsWith(TITLE)) return undefined;
  try {
    return String(JSON.parse(text.slice(TITLE.length, text.indexOf('\n'))));
  } catch {
    return '';
  }
}

/** The CA file that a wgetrc names; the last one wins, case, hyphens and underscores don't count. */
export function parseWgetCaFile(text: string): string | undefined {
  const values = text.split(/\r?\n/).flatMap((line) => {
    const [, name = '', value = ''] = /^\s*([\w-]+)\s*=\s*(.*?)\s*$/.exec(line) ?? [];
    return name.toLowerCase().replaceAll(/[-_]/g, '') === 'cacertificate'
      ? [value.replace(/^(["'])(.*)\1$/, '$2')]
      : [];
  });
  const last = values.at(-1);
  return last === '' ? undefined : last;
}
