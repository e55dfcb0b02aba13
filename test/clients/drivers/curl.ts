/**
 * @module curl, built on OpenSSL in Debian.
 */
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import { isIp, MARKER, urlHost, visitOneByOne, visitUrl, type Client, type Visit } from '../visit.ts';

/** Where the name is found, in curl's and git's words. Addresses need no telling. */
export function curlResolve(visit: Visit): string | undefined {
  if (isIp(visit.host)) return undefined;
  return `${visit.host}:${visit.port}:${urlHost(visit.address)}`;
}

export const curlClient: Client = {
  name: 'curl',
  programs: ['curl'],
  visitAll: (visits, trust) =>
    visitOneByOne(visits, async (visit) => {
      const place = curlResolve(visit);
      const resolve = place === undefined ? [] : ['--resolve', place];
      const options = [
        '-q',
        '-sS',
        '--max-time',
        '15',
        '--noproxy',
        '*',
        '--capath',
        '/nowhere',
        '--cacert',
        trust.rootFile,
      ];
      const { exitCode, output } = await run([programPath('curl'), ...options, ...resolve, visitUrl(visit)]);
      return { accepted: exitCode === 0 && output.includes(MARKER), detail: output };
    }),
};
