/**
 * @module JAVA_TOOL_OPTIONS, which every Java virtual machine reads: options separated by white space, with quotes of both kinds and
 * no escapes (`Arguments::parse_options_buffer` of HotSpot). Pure.
 */

const STORE_OPTION = '-Djavax.net.ssl.trustStore=';
const PLAIN = /^[^\s'"]+$/;

/** What another trust store in the options is called; the one that is there wins, so a user's own stays. */
export function findTrustStore(options: string): string | undefined {
  return splitOptions(options)
    .findLast((option) => option.startsWith(STORE_OPTION))
    ?.slice(STORE_OPTION.length);
}

/** The options with our store behind them. */
export function addTrustStore(options: string, path: string): string {
  // A password of the user's would be tried on our store, whose password is Java's customary one.
  const password = /-Djavax\.net\.ssl\.trustStorePassword=/.test(options)
    ? [`-Djavax.net.ssl.trustStorePassword=${STORE_PASSWORD}`]
    : [];
  const added = [`${STORE_OPTION}${quotePath(path)}`, '-Djavax.net.ssl.trustStoreType=JKS', ...password];
  return [...(options.trim() === '' ? [] : [options.trim()]), ...added].join(' ');
}

/** The password that Java's own store has; it guards nothing, for the certificates are public. */
export const STORE_PASSWORD = 'changeit';

/** Single quotes around all but single quotes, which stand in double ones. */
function quotePath(path: string): string {
  if (PLAIN.test(path)) return path;
  return (path.match(/'+|[^']+/g) ?? []).map((part) => (part.startsWith("'") ? `"${part}"` : `'${part}'`)).join('');
}

function splitOptions(options: string): string[] {
  const words = options.match(/(?:'[^']*'|"[^"]*"|[^\s'"])+/g) ?? [];
  return words.map((word) =>
    word.replaceAll(/'([^']*)'|"([^"]*)"/g, (_all, one?: string, two?: string) => one ?? two ?? ''),
  );
}
