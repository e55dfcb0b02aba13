/** @module A program with a server whose certificate is kept fresh, for other processes and runtimes. Prints what becomes of it. */
import { copyFileSync, rmSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { connect } from 'node:tls';
import { createServer } from '../../packages/dev/src/index.ts';

const [mode = '', certFile = '', keyFile = ''] = process.argv.slice(2);
const say = (text: string): void => void process.stdout.write(`${text}\n`);

const throwing = {
  onFault: () => {
    throw new Error('thrown by onFault');
  },
  onRenewed: () => Promise.reject(new Error('rejected by onRenewed')) as never,
};

function start() {
  try {
    return createServer({ certFile, keyFile, ...(mode === 'throwing' ? throwing : {}) }, (_request, response) =>
      response.end(),
    );
  } catch (cause) {
    say(cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause));
    process.exit();
  }
}

const server = start();
const shown = (): Promise<string> =>
  new Promise((resolve) => {
    const { port } = server.address() as AddressInfo;
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false }, () => {
      resolve(socket.getPeerCertificate().fingerprint256);
      socket.destroy();
    });
    socket.on('error', ({ message }) => resolve(message));
  });

/** The next pair lies beside the first. */
async function renew(): Promise<void> {
  for (const path of [keyFile, certFile]) copyFileSync(`${path}.next`, path);
  await sleep(1500);
}

if (mode !== 'idle') {
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
  say(await shown());
  if (mode !== 'closed') await renew();
  if (mode === 'throwing' || mode === 'silent') {
    rmSync(certFile);
    await sleep(2200);
  }
  say(await shown());
  server.close();
}
say('done');
