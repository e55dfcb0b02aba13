/**
 * @module Use case 9: warned 20, 10 and 1 days before expiry; renewed in one command; nginx shows the new certificate without a restart
 * and without one refused visitor, and again when the timer's command runs by itself.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { connect } from 'node:tls';
import { afterEach, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from '../cli/desk.ts';
import { readLeaf } from '../cli/minted-facts.ts';
import { daysFromNow } from '../cli/shifted-clock.ts';
import { startServer, type RunningServer } from '../clients/real-servers.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { programPath, requirePrograms } from '../programs/program.ts';

const newDesk = deskMaker('renewal');

let server: RunningServer | undefined;
afterEach(() => server?.stop());

function configure(desk: Desk, port: number): string {
  mkdirSync(desk.path('nginx'), { mode: 0o700 });
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((kind) => `${kind}_temp_path ${kind};`);
  const config = join(desk.path('nginx'), 'nginx.conf');
  writeFileSync(
    config,
    `daemon off; ${process.getuid?.() === 0 ? 'user root;' : ''} worker_processes 1; pid nginx.pid; error_log stderr; events {}
http { access_log off; ${temporary.join(' ')} ssl_session_tickets off;
  server { listen 127.0.0.1:${port} ssl; ssl_certificate ${desk.path('localhost.pem')};
    ssl_certificate_key ${desk.path('localhost-key.pem')}; location / { return 200 "here\\n"; } } }
`,
  );
  return config;
}

/** One visitor after the other, each with a handshake of its own, who believes the CA alone. */
function visitAlways(port: number, ca: Buffer) {
  const seen: string[] = [];
  const failures: string[] = [];
  let isOver = false;
  const visit = (): Promise<void> =>
    new Promise((done) => {
      const socket = connect({ port, host: '127.0.0.1', servername: 'localhost', ca }, () => {
        seen.push(socket.getPeerX509Certificate()?.serialNumber ?? '');
        socket.end();
        done();
      });
      socket.on('error', (cause) => {
        failures.push(cause.message);
        done();
      });
    });
  const ended = (async () => {
    while (!isOver) {
      await visit();
      await wait(5);
    }
  })();
  const stop = async (): Promise<void> => {
    isOver = true;
    await ended;
  };
  return { seen, failures, stop };
}

const serialOf = (desk: Desk): string => readLeaf(desk.path('localhost.pem')).serialNumber;

it('nginx takes each renewal up by the hook, and nobody is turned away', async (context) => {
  requirePrograms(context, ['nginx']);
  const desk = newDesk();
  await desk.json(['mint', 'localhost', '--days', '25']);
  const port = await freePort();
  const config = configure(desk, port);
  const nginx = [programPath('nginx'), '-p', desk.path('nginx'), '-e', 'stderr', '-c', config];
  server = await startServer(nginx, port, desk.folder);
  const visitors = visitAlways(port, readFileSync(String((await desk.json(['ca', 'show']))['rootFile'])));
  const untilSeen = (serial: string): Promise<void> =>
    expect.poll(() => visitors.seen.at(-1), { timeout: 20_000 }).toBe(serial);
  const first = serialOf(desk);
  await untilSeen(first);

  expect((await desk.runOrThrow(['ca', 'list'], daysFromNow(desk, 4))).stderr).toBe('');
  const warned = await desk.runOrThrow(['ca', 'list'], daysFromNow(desk, 6));
  expect(warned.stderr).toBe('› localhost expires in 19 days: mintmark renew ./localhost.pem\n');

  const hook = `'${nginx.join("' '")}' -s reload`;
  const { stdout, stderr } = await desk.runOrThrow(['renew', './localhost.pem', '--deploy-hook', hook]);
  expect(stdout).toMatch(/^ {2}✓ \.\/localhost\.pem .*same key\n {2}✓ deploy hook .*-s reload\n$/);
  expect(stderr).not.toContain('Restart');
  const second = serialOf(desk);
  await untilSeen(second);
  expect(visitors.seen[0]).toBe(first);

  // What a timer runs; the hook is remembered.
  const { renewed } = JSON.parse(
    (await desk.runOrThrow(['renew', '--all', '--within', '30', '--json'])).stdout,
  ) as Printed;
  expect(renewed).toMatchObject([{ deployHook: { isDone: true } }]);
  expect(new Set([first, second, serialOf(desk)]).size).toBe(3);
  await untilSeen(serialOf(desk));
  await visitors.stop();
  expect(visitors.failures).toEqual([]);
  expect(visitors.seen.length).toBeGreaterThan(50);
});
