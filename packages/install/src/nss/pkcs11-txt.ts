/**
 * @module `pkcs11.txt`, the list of modules beside an NSS database: stanzas of `key=value` lines with empty lines between.
 */

/** A module that the file names. */
export type Pkcs11Module = { readonly library: string; readonly name: string };

/** The modules, in order. */
export function parsePkcs11Modules(text: string): Pkcs11Module[] {
  return splitStanzas(text).map((stanza) => ({
    library: /^library=(.*)$/m.exec(stanza)?.[1] ?? '',
    name: /^name=(.*)$/m.exec(stanza)?.[1] ?? '',
  }));
}

/** The text with one more module, which is asked for roots like the built-in one. */
export function addPkcs11Module(text: string, { library, name }: Pkcs11Module): string {
  const gap = text.endsWith('\n\n') || text === '' ? '' : text.endsWith('\n') ? '\n' : '\n\n';
  return `${text}${gap}${formatStanza({ library, name })}`;
}

/** The text without the module of that name; what stands around it is left as it is. */
export function removePkcs11Module(text: string, name: string): string {
  return splitStanzas(text)
    .filter((stanza) => /^name=(.*)$/m.exec(stanza)?.[1] !== name)
    .join('');
}

const formatStanza = ({ library, name }: Pkcs11Module): string =>
  `library=${library}\nname=${name}\nNSS=trustOrder=100\n\n`;

/** Each with the empty lines after it. */
const splitStanzas = (text: string): string[] => text.match(/(?:[^\n]+\n?)+\n*/g) ?? [];
