/**
 * @module OpenSSL's own client in its strictest mode. It verifies inside the handshake, so a refusal sends no request.
 */
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import { isIp, MARKER, plainRequest, urlHost, visitOneByOne, type Client, type Trust, type Visit } from '../visit.ts';

function sClientArguments(visit: Visit, trust: Trust): string[] {
  const expected = isIp(visit.host)
    ? ['-verify_ip', visit.host, '-noservername']
    : ['-verify_hostname', visit.host, '-servername', visit.host];
  return [
    's_client',
    '-connect',
    `${urlHost(visit.address)}:${visit.port}`,
    '-quiet',
    '-ign_eof',
    '-CAfile',
    trust.rootFile,
    '-no-CApath',
    '-no-CAstore',
    '-x509_strict',
    '-verify_return_error',
    ...expected,
  ];
}

export const opensslClient: Client = {
  name: 'openssl s_client',
  programs: ['openssl'],
  visitAll: (visits, trust) =>
    visitOneByOne(visits, async (visit) => {
      const command = [programPath('openssl'), ...sClientArguments(visit, trust)];
      const { exitCode, output } = await run(command, { input: plainRequest(visit), timeoutMs: 15_000 });
      return { accepted: exitCode === 0 && output.includes(MARKER), detail: output };
    }),
};
