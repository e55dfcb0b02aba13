/**
 * @module PHP reads no variable for its curl extension, but a folder of ini files beside its own: PHP_INI_SCAN_DIR, where an empty
 * element stands for the folder that PHP was built with (php.net, "The configuration file"). Pure.
 */

/** An ini file that names one bundle for both of PHP's TLS clients. */
export function formatPhpIni(bundle: string): string {
  const value = `"${bundle.replaceAll(/["\\]|\$\{/g, '\\$&')}"`;
  return `; Made by mintmark env.\ncurl.cainfo=${value}\nopenssl.cafile=${value}\n`;
}

/** The variable with our folder behind the user's own folders. `own` undefined is PHP's default; empty is the user's wish for none. */
export function addIniFolder(own: string | undefined, folder: string, delimiter: string): string {
  if (own === '') return folder;
  const folders = (own ?? '').split(delimiter);
  return folders.includes(folder) ? (own ?? '') : [...folders, folder].join(delimiter);
}
