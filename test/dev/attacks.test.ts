/**
 * @module Servers that are not the pinned one and do what they can to pass: both clients must refuse them before they write a
 * byte. And the right server, which both must reach.
 */
import { describe, expect, it } from 'vitest';
import { createCertificate, createKey } from './certificates.ts';
import { PINNED_CLIENTS } from './pinned-clients.ts';
import { SECRET } from './secret.ts';
import { record } from './recording-server.ts';
import { serveReplayedCertificate } from './replaying-server.ts';

const genuine = createCertificate('service', { names: ['localhost'] });
const stranger = createCertificate('service', { names: ['localhost'] });
const BIG = 'x'.repeat(300_000);
const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const;

describe.each(PINNED_CLIENTS)('$name', ({ open }) => {
  describe.each(VERSIONS)('over %s', (maxVersion) => {
    it.each([
      ['key', genuine.keyPin],
      ['certificate', genuine.certPin],
    ])('reaches the server with the pinned %s, whatever its name and issuer', async (_what, pin) => {
      const { port, received } = await record(genuine, { maxVersion });
      expect(await open({ pins: [pin] })(`https://127.0.0.1:${port}/path`, 'body')).toBe('/path');
      expect(received()).toContain(SECRET);
    });

    it('writes nothing to a server with another key, however often and however much', async () => {
      const { port, receivedInAll, connections } = await record(stranger, { maxVersion });
      const send = open({ pins: [genuine.keyPin, genuine.certPin] });
      for (let i = 0; i < 20; i++) {
        await expect(send(`https://localhost:${port}/`, i % 2 === 0 ? 'body' : BIG)).rejects.toMatchObject({
          code: 'PIN_MISMATCH',
          message: expect.stringContaining(`localhost:${port} showed the key ${stranger.keyPin},`),
          details: {
            peer: `localhost:${port}`,
            expected: [genuine.keyPin, genuine.certPin],
            shownKey: stranger.keyPin,
            shownCertificate: stranger.certPin,
          },
        });
      }
      expect(await receivedInAll()).toBe('');
      expect(connections()).toBe(20);
    });

    it('resumes no session, so that each handshake shows the certificate', async () => {
      const { port, resumed, handshakes } = await record(genuine, { maxVersion, answer: () => CLOSING });
      const send = open({ pins: [genuine.keyPin] });
      for (let i = 0; i < 4; i++) await send(`https://127.0.0.1:${port}/`);
      expect([handshakes(), resumed()]).toEqual([4, 0]);
    });

    it('refuses the next connection when the server behind the address has changed', async () => {
      const { port, server, receivedInAll, forget } = await record(genuine, { maxVersion, answer: () => CLOSING });
      const send = open({ pins: [genuine.keyPin] });
      await send(`https://127.0.0.1:${port}/`);
      forget();
      server.setSecureContext({ cert: stranger.pem, key: stranger.keyPem });
      await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
      expect(await receivedInAll()).toBe('');
    });
  });

  it('takes any of several pins', async () => {
    const { port } = await record(genuine);
    expect(await open({ pins: [stranger.keyPin, genuine.keyPin] })(`https://127.0.0.1:${port}/`)).toBe('/');
  });

  it('gives a pinned certificate no credit that is sent behind the certificate of another key', async () => {
    const { port, receivedInAll } = await record(stranger, { chain: [genuine] });
    await expect(open({ pins: [genuine.keyPin] })(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'PIN_MISMATCH',
    });
    expect(await receivedInAll()).toBe('');
  });

  it('speaks of a CA only where that CA has signed: what is merely sent along is a mismatch', async () => {
    const ca = createCertificate('ca', { ca: true });
    const forger = { name: 'ca', privateKey: createKey().privateKey };
    const forged = createCertificate('leaf', { issuer: forger, names: ['localhost'] });
    const { port, receivedInAll } = await record(forged, { chain: [ca] });
    for (const pin of [ca.keyPin, ca.certPin]) {
      const visit = open({ pins: [pin] })(`https://localhost:${port}/`);
      await expect(visit).rejects.toMatchObject({ code: 'PIN_MISMATCH', hint: expect.not.stringMatching(/pinned:/) });
    }
    expect(await receivedInAll()).toBe('');
  });

  it('refuses the pinned certificate anew with another key, and another certificate for the pinned name', async () => {
    const renewed = createCertificate('service', { names: ['localhost'], key: genuine });
    const { port, received } = await record(renewed);
    // The key is the same: its pin holds, that of the old certificate does not.
    expect(await open({ pins: [genuine.keyPin] })(`https://127.0.0.1:${port}/`)).toBe('/');
    const before = received();
    await expect(open({ pins: [genuine.certPin] })(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: 'PIN_MISMATCH',
    });
    expect(received()).toBe(before);
  });

  it.each(['server', 'ca'] as const)('does not take the pin of a %s for the other', async (pinned) => {
    const ca = createCertificate('ca', { ca: true });
    const leaf = createCertificate('leaf', { issuer: ca, names: ['localhost'] });
    const { port, receivedInAll } = await record(leaf, { chain: [ca] });
    const [wrong, code] = pinned === 'server' ? [ca.keyPin, 'PIN_OF_CA'] : [leaf.keyPin, 'PIN_OF_SERVER'];
    await expect(open({ pins: [wrong], pinned })(`https://localhost:${port}/`)).rejects.toMatchObject({ code });
    expect(await receivedInAll()).toBe('');
  });

  it('is stopped by TLS itself when a server shows the pinned certificate without having its key', async () => {
    const forger = await serveReplayedCertificate(genuine, createKey());
    const url = `https://127.0.0.1:${forger.port}/`;
    await expect(open({ pins: [genuine.keyPin] })(url)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:EPROTO|ERR_SSL)/),
    });
    expect(await forger.answer).toBe('refusal');
    // The same server with the key gets on: it was the signature that was refused.
    const owner = await serveReplayedCertificate(genuine, genuine);
    await expect(open({ pins: [genuine.keyPin] })(`https://127.0.0.1:${owner.port}/`)).rejects.toBeInstanceOf(Error);
    expect(await owner.answer).toBe('client key exchange');
  });
});

const CLOSING = 'HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 2\r\n\r\nok';
