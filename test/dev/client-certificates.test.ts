/** @module A client's own certificate is for the pinned server alone: a stranger must not learn who asks. */
import { describe, expect, it } from 'vitest';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { createPinnedDispatcher } from '../../packages/dev/src/undici/index.ts';
import { createCertificate, type Identity } from './certificates.ts';
import { PINNED_CLIENTS } from './pinned-clients.ts';
import { record } from './recording-server.ts';

const genuine = createCertificate('service', { names: ['localhost'] });
const stranger = createCertificate('service', { names: ['localhost'] });
const client = createCertificate('client');
const identity = { cert: client.pem, key: client.keyPem };
const pins = [genuine.keyPin];

/** A server that asks for a certificate, and what it was shown. */
async function askFor(own: Identity, maxVersion: 'TLSv1.2' | 'TLSv1.3') {
  const shown: string[] = [];
  const recording = await record(own, { requestCert: true, rejectUnauthorized: false, maxVersion });
  recording.server.on('secureConnection', (socket) => shown.push(socket.getPeerCertificate().fingerprint256));
  return { ...recording, shown };
}

describe.each(PINNED_CLIENTS)('$name', ({ open }) => {
  it('shows it to the pinned server', async () => {
    const { port, shown } = await askFor(genuine, 'TLSv1.3');
    expect(await open({ pins, ...identity })(`https://127.0.0.1:${port}/`)).toBe('/');
    expect(shown).toEqual([client.certPin]);
  });

  it('shows it to no stranger, however often', async () => {
    const { port, shown, receivedInAll, connections } = await askFor(stranger, 'TLSv1.3');
    const send = open({ pins, ...identity });
    for (let i = 0; i < 20; i++)
      await expect(send(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({ code: 'PIN_MISMATCH' });
    expect([await receivedInAll(), connections(), shown]).toEqual(['', 20, []]);
  });

  it.each([
    ['the pinned server', genuine],
    ['a stranger', stranger],
  ])('shows it to %s in no older TLS, in which everybody could read it', async (_what, own) => {
    const { port, shown, receivedInAll } = await askFor(own, 'TLSv1.2');
    await expect(open({ pins, ...identity })(`https://127.0.0.1:${port}/`)).rejects.toMatchObject({
      code: expect.stringMatching(/^(?:EPROTO|ERR_SSL)/),
    });
    expect([await receivedInAll(), shown]).toEqual(['', []]);
  });
});

describe.each([
  ['createPinnedAgent', createPinnedAgent],
  ['createPinnedDispatcher', createPinnedDispatcher],
] as const)('%s', (_name, create) => {
  it.each(['minVersion', 'maxVersion'] as const)('lets nobody lower the version beside it: %s', (limit) => {
    expect(() => create({ pins, ...identity, [limit]: 'TLSv1.2' })).toThrow(new RegExp(`^${limit} must be TLSv1.3`));
    expect(() => create({ pins, pfx: Buffer.alloc(1), [limit]: 'TLSv1.2' })).toThrow(TypeError);
    for (const options of [{ ...identity, [limit]: 'TLSv1.3' }, { [limit]: 'TLSv1.2' }])
      expect(() => create({ pins, ...options })).not.toThrow();
  });
});
