/**
 * @module git over HTTPS (libcurl with GnuTLS in Debian). The server is no git server, so git always fails in the end: it accepted the
 * certificate when what it complains about is the repository.
 */
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import { visitOneByOne, visitUrl, type Client } from '../visit.ts';
import { curlResolve } from './curl.ts';

export const gitClient: Client = {
  name: 'git',
  programs: ['git'],
  visitAll: (visits, trust) =>
    visitOneByOne(visits, async (visit) => {
      const place = curlResolve(visit);
      const resolve = place === undefined ? [] : ['-c', `http.curloptResolve=${place}`];
      const options = ['-c', `http.sslCAInfo=${trust.rootFile}`, '-c', 'http.sslVerify=true', ...resolve];
      const env = { GIT_CONFIG_GLOBAL: '/dev/null', GIT_CONFIG_NOSYSTEM: '1', GIT_TERMINAL_PROMPT: '0' };
      const command = [programPath('git'), ...options, 'ls-remote', visitUrl(visit)];
      const { output } = await run(command, { cwd: trust.folder, env, timeoutMs: 15_000 });
      return { accepted: /not valid: is this a git repository\?/.test(output), detail: output };
    }),
};
