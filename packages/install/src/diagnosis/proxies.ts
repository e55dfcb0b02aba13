/** @module Whether proxy variables would carry a visit to this machine away from it. Pure. */

type Environment = Readonly<Record<string, string | undefined>>;

const PROXY_VARIABLES = ['https_proxy', 'HTTPS_PROXY', 'all_proxy', 'ALL_PROXY'];

/** Proxy variables that catch https visits to the host, because NO_PROXY does not name it. */
export function findCatchingProxies(env: Environment, host: string): string[] {
  const set = PROXY_VARIABLES.filter((name) => (env[name] ?? '') !== '');
  const exceptions = (env['no_proxy'] ?? env['NO_PROXY'] ?? '').split(/[\s,]+/).filter((word) => word !== '');
  return exceptions.some((word) => isException(word.toLowerCase(), host.toLowerCase())) ? [] : set;
}

/** As curl reads it: a name covers itself and what is below it, `*` everything; a port, where one stands, is left aside. */
function isException(word: string, host: string): boolean {
  if (word === '*') return true;
  const name = word
    .replace(/^\[(.*)\](?::\d+)?$/, '$1')
    .replace(/^([^:]+):\d+$/, '$1')
    .replace(/^\*?\./, '');
  if (name.endsWith('/8') && name.startsWith('127.')) return /^127(?:\.\d+){3}$/.test(host);
  return host === name || host.endsWith(`.${name}`);
}
