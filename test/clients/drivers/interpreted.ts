/**
 * @module The interpreted runtimes, each by the script that drives it.
 */
import { interpretedClient } from './scripted.ts';

export const nodeClient = interpretedClient({ name: 'node', program: 'node', script: 'visit-node.mjs' });

/** With VERIFY_X509_STRICT, which Python sets by default from 3.13 on. */
export const pythonClient = interpretedClient({
  name: 'python ssl, strict',
  program: 'python3',
  options: ['-I'],
  script: 'visit-ssl.py',
});

export const requestsClient = interpretedClient({
  name: 'python requests',
  program: 'python3',
  options: ['-I'],
  script: 'visit-requests.py',
});

export const rubyClient = interpretedClient({ name: 'ruby net/http', program: 'ruby', script: 'visit.rb' });

/** Without its ini file: the machine's own settings may name other roots. */
export const phpClient = interpretedClient({
  name: 'php streams',
  program: 'php',
  options: ['-n', '-f'],
  script: 'visit.php',
});
