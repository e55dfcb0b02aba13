/**
 * @module Real servers given our files as a user would: nginx and uWSGI.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { programPath } from '../programs/program.ts';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';
import { freePort, type ServedFiles } from './throwaway-server.ts';
import { MARKER } from './visit.ts';

export interface RunningServer {
  readonly port: number;
  stop(): Promise<void>;
}

/** A foreign server program that answers every request on 127.0.0.1 with the marker. */
export interface RealServer {
  readonly name: string;
  readonly program: string;
  /** Starts it in a folder of its own. @throws Error with its log when it does not listen */
  start(files: ServedFiles, folder: string): Promise<RunningServer>;
}

function nginxConfig(files: ServedFiles, port: number): string {
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  return `daemon off; master_process off; pid nginx.pid; error_log stderr; events {}
http {
  access_log off; ${temporary.join(' ')}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${files.certFile};
    ssl_certificate_key ${files.keyFile};
    location / { default_type text/html; return 200 "${MARKER}\\n"; }
  }
}
`;
}

export const nginx: RealServer = {
  name: 'nginx',
  program: 'nginx',
  start: async (files, folder) => {
    const port = await freePort();
    const config = join(folder, 'nginx.conf');
    writeFileSync(config, nginxConfig(files, port));
    return startServer([programPath('nginx'), '-p', folder, '-e', 'stderr', '-c', config], port, folder);
  },
};

export const uwsgi: RealServer = {
  name: 'uwsgi',
  program: 'uwsgi',
  start: async (files, folder) => {
    const port = await freePort();
    const app = join(folder, 'app.py');
    const answer = `    start('200 OK', [('Content-Type', 'text/html')])\n    return [b'${MARKER}\\n']\n`;
    writeFileSync(app, `def application(environ, start):\n${answer}`);
    const https = `127.0.0.1:${port},${files.certFile},${files.keyFile}`;
    const options = ['--plugins', 'http,python3', '--https', https, '--wsgi-file', app, '--master', '--die-on-term'];
    return startServer([programPath('uwsgi'), ...options], port, folder);
  },
};

export async function startServer(
  [program = '', ...args]: readonly string[],
  port: number,
  cwd: string,
): Promise<RunningServer> {
  const child = spawn(program, args, {
    cwd,
    env: scrubbedEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let log = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (log += chunk.toString()));
  let running = true;
  const ended = new Promise<void>((done) => {
    child.once('exit', () => ((running = false), done()));
  });
  const stop = (): Promise<void> => {
    killProcessGroup(child.pid);
    return ended;
  };
  for (let patience = 300; patience > 0 && running; patience--) {
    if (await listens(port)) return { port, stop };
    await new Promise((later) => setTimeout(later, 100));
  }
  await stop();
  throw new Error(`${program} does not listen on port ${port}\n${log}`);
}

function listens(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => (socket.destroy(), resolve(true)));
    socket.once('error', () => resolve(false));
  });
}
