/** @module `pin` of servers whose TLS begins with words: real ones show their certificate, and strange ones are told in words. */
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { listen } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';
import { requirePrograms } from '../programs/program.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { WORDY_SERVERS } from './mail-and-database.ts';

const desk = deskMaker('start-tls')();
const folder = scratchFolder('start-tls');
const servers: Server[] = [];
afterAll(() => Promise.all(servers.map((server) => new Promise((done) => server.close(done)))));

let curlPin = '';
beforeAll(async () => {
  await desk.json(['self-signed', 'localhost', '127.0.0.1', '--cert-file', 's.pem', '--key-file', 's.key']);
  curlPin = (await desk.runOrThrow(['pin', 's.pem', '--format', 'curl'])).stdout;
});

describe.each(WORDY_SERVERS)('$scheme', ({ scheme, programs, start }) => {
  it('shows the certificate behind the words', async (context) => {
    requirePrograms(context, programs);
    const files = { certFile: desk.path('s.pem'), keyFile: desk.path('s.key') };
    const server = await start(files, subfolder(folder, scheme));
    try {
      const seen = await desk.runOrThrow(['pin', `${scheme}://localhost:${server.port}`, '--format', 'curl']);
      expect(seen.stdout).toBe(curlPin);
    } finally {
      await server.stop();
    }
  });
});

/** A server that says what it is told to, and remembers what it heard. */
async function strangeServer(talk: (socket: Socket) => void): Promise<{ port: number; heard: () => string }> {
  let heard = '';
  const server = createServer((socket) => {
    socket.on('data', (chunk) => (heard += chunk.toString('latin1')));
    socket.on('error', () => {});
    talk(socket);
  });
  servers.push(server);
  return { port: await listen(server, 0, '127.0.0.1'), heard: () => heard };
}

const say =
  (...lines: string[]) =>
  (socket: Socket) => {
    const left = lines.values();
    const next = (): void => {
      const { value } = left.next();
      if (value !== undefined) socket.write(value);
    };
    socket.on('data', next);
    next();
  };

describe('a server that does not begin TLS', () => {
  it.each([
    [
      'smtp',
      'has no STARTTLS',
      say('220 hi\r\n', '250-hi\r\n250 SIZE\r\n', '502 no such command\r\n'),
      /"502 no such command"/,
    ],
    ['smtp', 'is busy', say('421 try later\r\n'), /"421 try later"/],
    ['smtp', 'is no mail server', say('SSH-2.0-OpenSSH_9.2\r\n'), /"SSH-2.0-OpenSSH_9.2"/],
    ['imap', 'refuses', say('* OK hi\r\n', 'a NO not now\r\n'), /"a NO not now"/],
    ['pop3', 'refuses', say('+OK hi\r\n', '-ERR unknown\r\n'), /"-ERR unknown"/],
    ['postgres', 'has no certificate', say('', 'N'), /"N"/],
    ['imap', 'hangs up', (socket: Socket) => void socket.end(), /hung up/],
    ['imap', 'talks without end', (socket: Socket) => void socket.write('x'.repeat(100_000)), /talks without end/],
    ['smtp', 'colours its words', say('421 \u001b[31mred\u001b[0m \u0007\r\n'), /"421 \[31mred\[0m "/],
  ])('%s: %s', async (scheme, _what, talk, reason) => {
    const { port } = await strangeServer(talk);
    const refusal = await desk.refusal(['pin', `${scheme}://localhost:${port}`]);
    expect(refusal).toMatchObject({ code: 'CONNECT_FAILED', message: expect.stringMatching(reason) as string });
    expect(refusal.message).not.toMatch(/[^\x20-\x7e]/);
  });

  it('is heard to the end of its answer, however it comes', async () => {
    const talk = (socket: Socket): void => {
      socket.write('220 hi\r\n');
      socket.once('data', () => {
        socket.write('250-hi\r\n');
        socket.once('data', () => socket.end('500 too early\r\n'));
        setTimeout(() => {
          socket.removeAllListeners('data').on('data', () => socket.end('502 in its turn\r\n'));
          socket.write('250 STARTTLS\r\n');
        }, 200);
      });
    };
    const { port } = await strangeServer(talk);
    expect((await desk.refusal(['pin', `smtp://localhost:${port}`])).message).toContain('502 in its turn');
  });

  it('is sent no more than the words that ask for TLS', async () => {
    const { port, heard } = await strangeServer(say('* OK hi\r\n', 'a NO\r\n'));
    await desk.refusal(['pin', `imap://localhost:${port}`]);
    expect(heard()).toBe('a STARTTLS\r\n');
  });
});

it.each([
  ['smtp://user:secret@mail.test', 'names a user'],
  ['postgres://app:secret@localhost:5432/db', 'names a user'],
  ['ftp://localhost', 'is no address of a TLS server'],
  ['imap://', 'is no HOST:PORT'],
  ['https://localhost:99999', 'is no HOST:PORT'],
])('%s is refused with words, and no password is repeated', async (target, reason) => {
  const { message, ...refusal } = await desk.refusal(['pin', target]);
  expect(refusal).toMatchObject({ exitCode: 2, code: 'SERVER_ADDRESS_INVALID' });
  expect(message).toContain(reason);
  expect(JSON.stringify({ message, refusal })).not.toContain('secret');
});

it('asks for the name that --host gives', async () => {
  const { port, heard } = await strangeServer((socket) => void once(socket, 'data').then(() => socket.end()));
  await desk.refusal(['pin', `127.0.0.1:${port}`, '--host', 'app.test']);
  expect(heard()).toContain('app.test');
});
