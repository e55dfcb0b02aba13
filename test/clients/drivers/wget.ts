/**
 * @module wget (GnuTLS in Debian). It can't be told where a name is, so it goes through a CONNECT proxy on loopback.
 */
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import { startConnectProxy } from '../connect-proxy.ts';
import { MARKER, visitOneByOne, visitUrl, type Client, type Trust, type Visit } from '../visit.ts';

function wgetArguments(visit: Visit, trust: Trust, proxy: string): string[] {
  return [
    '--no-config',
    '-nv',
    '--tries=1',
    '--timeout=15',
    '--no-hsts',
    '-O',
    '-',
    '-e',
    'use_proxy=yes',
    '-e',
    `https_proxy=${proxy}`,
    '-e',
    'no_proxy=',
    `--ca-certificate=${trust.rootFile}`,
    '--ca-directory=/nowhere',
    visitUrl(visit),
  ];
}

export const wgetClient: Client = {
  name: 'wget',
  programs: ['wget'],
  visitAll: async (visits, trust) => {
    const proxy = await startConnectProxy();
    try {
      return await visitOneByOne(visits, async (visit) => {
        const command = [programPath('wget'), ...wgetArguments(visit, trust, proxy.url)];
        const { exitCode, output } = await run(command);
        return { accepted: exitCode === 0 && output.includes(MARKER), detail: output };
      });
    } finally {
      await proxy.close();
    }
  },
};
