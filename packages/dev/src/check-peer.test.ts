/** @module A handshake that shows a certificate and yet proves nothing of it. Live servers: test/dev. */
import type { TLSSocket } from 'node:tls';
import { describe, expect, it } from 'vitest';
import { formatColonHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { createSelfSigned } from '../../testkit/src/index.ts';
import { findPeerFault } from './check-peer.ts';
import { parsePinnedOptions } from './pin-policy.ts';

const { certDer } = createSelfSigned(['localhost']);
const policy = parsePinnedOptions({ pins: [formatColonHex(nodeSha256(certDer))] });
const socketWith = (certificate: object, isReused: boolean): TLSSocket =>
  ({ getPeerCertificate: () => certificate, isSessionReused: () => isReused }) as unknown as TLSSocket;
const check = (socket: TLSSocket) => findPeerFault(socket, policy, { host: 'localhost', peer: 'localhost:443' });

describe('findPeerFault', () => {
  it('takes the pinned certificate of a full handshake', () => {
    expect(check(socketWith({ raw: certDer }, false))).toBeUndefined();
  });

  it('refuses it on a resumed session, and a handshake without any', () => {
    for (const socket of [socketWith({ raw: certDer }, true), socketWith({}, false), socketWith({}, true)])
      expect(check(socket)).toMatchObject({ code: 'PIN_CERTIFICATE_MISSING' });
  });

  it('refuses what can not be read, and a socket that fails', () => {
    expect(check(socketWith({ raw: new Uint8Array([0x30, 0]) }, false))).toBeInstanceOf(Error);
    const failing = socketWith({}, false);
    failing.getPeerCertificate = () => {
      throw new Error('gone');
    };
    expect(check(failing)).toMatchObject({ message: 'gone' });
  });
});
