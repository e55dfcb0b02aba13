/**
 * @module Hand out the hash to users of Node: the operator mints, prints the pin in whatever spelling, and the user's program sends
 * its credentials to the holder of that key alone, by name or by address, while somebody in the middle gets nothing.
 */
import { once } from 'node:events';
import { createServer, request } from 'node:https';
import { connect, createServer as createTcpServer, type Socket } from 'node:net';
import { setTimeout } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { listen } from '../clients/throwaway-server.ts';
import { deskMaker } from '../cli/desk.ts';

const desk = deskMaker('hand-out-the-hash-node')();
const received: string[] = [];
const newServer = (title: string) =>
  createServer((incoming, response) => {
    received.push(`${title} got ${incoming.headers.authorization ?? 'nothing'}`);
    response.end(title);
  });
const honest = newServer('honest');
const middle = newServer('middle');
let port = 0;

/** What stands between: it leads to the honest server, or to the one in the middle. */
let target = 0;
const pipes = new Set<Socket>();
const road = createTcpServer((client) => {
  const server = connect(target, '127.0.0.1');
  for (const [end, other] of [
    [client, server],
    [server, client],
  ] as const) {
    pipes.add(end);
    end.on('error', () => other.destroy());
    end.pipe(other);
  }
});

beforeAll(async () => {
  // The middle has the same names from the same CA, as another user of the same machine would get them.
  for (const [server, title] of [
    [honest, 'honest'],
    [middle, 'middle'],
  ] as const) {
    await desk.json(['mint', 'service.internal', '--cert-file', `${title}.pem`, '--key-file', `${title}.key`]);
    server.setSecureContext({ cert: desk.read(`${title}.pem`), key: desk.read(`${title}.key`) });
    await listen(server, 0, '127.0.0.1');
  }
  port = await listen(road, 0, '127.0.0.1');
});
afterAll(() => {
  for (const end of pipes) end.destroy();
  for (const server of [honest, middle]) server.closeAllConnections();
  for (const server of [honest, middle, road]) server.close();
});

const portOf = (server: typeof honest): number => (server.address() as { port: number }).port;
const pin = async (format: string): Promise<string> =>
  (await desk.runOrThrow(['pin', 'honest.pem', '--format', format, '--value'])).stdout.trim();

/** The user's program. */
async function sendCredentials(agent: ReturnType<typeof createPinnedAgent>): Promise<string> {
  const outgoing = request(`https://127.0.0.1:${port}/`, { agent, auth: 'user:secret' }).end();
  const [response] = await once(outgoing, 'response');
  let text = '';
  for await (const chunk of response) text += String(chunk);
  return text;
}

describe.each(['curl', 'okhttp', 'gnutls', 'node', 'php'])('a pin spelled for %s', (format) => {
  it('sends credentials to the server that the operator meant, and none to the middle', async () => {
    received.length = 0;
    const pins = [await pin(format)];
    target = portOf(honest);
    expect(await sendCredentials(createPinnedAgent({ pins }))).toBe('honest');
    target = portOf(middle);
    await expect(sendCredentials(createPinnedAgent({ pins }))).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
    expect(received).toEqual([expect.stringMatching(/^honest got Basic /)]);
  });
});

it('two pins in one text, as the operator prints them with a spare key, open the server with either', async () => {
  received.length = 0;
  desk.write('spare.txt', 'sealed with this\n');
  const spare = ['--backup', 'spare.pem', '--spare-passphrase-file', 'spare.txt'];
  const { stdout } = await desk.runOrThrow(['pin', 'honest.pem', ...spare, '--format', 'curl', '--value']);
  const pins = [stdout.trim()];
  expect(pins[0]).toMatch(/^sha256\/\/[^;]+;sha256\/\/[^;]+$/);
  target = portOf(honest);
  expect(await sendCredentials(createPinnedAgent({ pins }))).toBe('honest');
  target = portOf(middle);
  await expect(sendCredentials(createPinnedAgent({ pins }))).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
  expect(received).toEqual([expect.stringMatching(/^honest got Basic /)]);
});

it('the middle that comes in later gets nothing of a program that has been running', async () => {
  received.length = 0;
  target = portOf(honest);
  const agent = createPinnedAgent({ pins: [await pin('curl')], keepAlive: true });
  expect(await sendCredentials(agent)).toBe('honest');
  target = portOf(middle);
  for (const end of pipes) end.destroy();
  while (Object.keys(agent.freeSockets).length > 0) await setTimeout(1); // until the agent has seen that its socket is gone
  await expect(sendCredentials(agent)).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
  expect(received).toEqual([expect.stringMatching(/^honest got /)]);
});

it('the pin lives on when the certificate is minted again with the same key', async () => {
  target = portOf(honest);
  const agent = createPinnedAgent({ pins: [await pin('curl')] });
  const before = desk.read('honest.pem');
  await desk.json(['mint', 'service.internal', '--cert-file', 'honest.pem', '--key-file', 'honest.key']);
  expect(desk.read('honest.pem')).not.toBe(before);
  honest.setSecureContext({ cert: desk.read('honest.pem'), key: desk.read('honest.key') });
  expect(await sendCredentials(agent)).toBe('honest');
});

describe("the pin of the operator's CA", () => {
  const stranger = deskMaker('hand-out-the-hash-stranger')();
  const lookup = (_name: string, _options: object, done: (cause: null, list: object[]) => void) =>
    done(null, [{ address: '127.0.0.1', family: 4 }]);

  /** What `mintmark pin --chain` says of the issuer that the server sends: the certificate and its key. */
  async function readIssuerPins(): Promise<readonly string[]> {
    const { targets } = await desk.json(['pin', 'honest.pem', '--chain']);
    const [, issuer] = targets as readonly { certSha256Hex: string; spkiSha256Base64: string }[];
    return [issuer?.certSha256Hex ?? '', issuer?.spkiSha256Base64 ?? ''];
  }

  async function visit(server: typeof honest, pin: string, host = 'service.internal'): Promise<string> {
    const agent = createPinnedAgent({ pins: [pin], pinned: 'ca', lookup: lookup as never });
    const outgoing = request(`https://${host}:${portOf(server)}/`, { agent, auth: 'user:secret' }).end();
    const [response] = await once(outgoing, 'response');
    let text = '';
    for await (const chunk of response) text += String(chunk);
    return text;
  }

  it('lets its servers in by their names, and no other CA with a copy of its certificate', async () => {
    received.length = 0;
    await stranger.json(['mint', 'service.internal', '--cert-file', 'forged.pem', '--key-file', 'forged.key']);
    const [forged, issuer] = [stranger.read('forged.pem'), desk.read('honest.pem')].map(splitPem);
    const rogue = newServer('rogue');
    rogue.setSecureContext({ cert: `${forged?.[0]}${issuer?.[1]}`, key: stranger.read('forged.key') });
    await listen(rogue, 0, '127.0.0.1');
    const own = newServer('own');
    own.setSecureContext({ cert: stranger.read('forged.pem'), key: stranger.read('forged.key') });
    await listen(own, 0, '127.0.0.1');
    for (const pin of await readIssuerPins()) {
      expect(await visit(honest, pin)).toBe('honest');
      await expect(visit(honest, pin, 'other.internal')).rejects.toMatchObject({ code: 'PINNED_HOST' });
      for (const server of [rogue, own])
        await expect(visit(server, pin)).rejects.toMatchObject({ code: expect.stringMatching(/^PIN/) });
    }
    for (const server of [rogue, own]) server.close();
    expect(received).toEqual(Array.from({ length: 2 }, () => expect.stringMatching(/^honest got Basic /)));
  });
});

const splitPem = (text: string): readonly string[] => text.match(/-----BEGIN[^]*?-----END CERTIFICATE-----\n/g) ?? [];
