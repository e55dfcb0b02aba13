/**
 * @module GnuTLS's own client.
 */
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import { isIp, MARKER, plainRequest, visitOneByOne, type Client, type Visit } from '../visit.ts';

function expectedName(visit: Visit): string[] {
  const verify = `--verify-hostname=${visit.host}`;
  return isIp(visit.host) ? [verify, '--disable-sni'] : [verify, `--sni-hostname=${visit.host}`];
}

export const gnutlsClient: Client = {
  name: 'gnutls-cli',
  programs: ['gnutls-cli'],
  visitAll: (visits, trust) =>
    visitOneByOne(visits, async (visit) => {
      const place = ['-p', String(visit.port), visit.address];
      const command = [programPath('gnutls-cli'), `--x509cafile=${trust.rootFile}`, ...expectedName(visit), ...place];
      // It hangs up when its input ends, which can be before the answer: the server closes first.
      const { exitCode, output } = await run(command, {
        input: plainRequest(visit),
        holdInput: true,
        timeoutMs: 15_000,
      });
      return { accepted: exitCode === 0 && output.includes(MARKER), detail: output };
    }),
};
