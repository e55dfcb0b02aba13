/** @module OpenSSL's word on a server, as Node asks for it: with one CA as its only anchor. */
import { connect } from 'node:tls';

/** True when it takes the server's chain and, where `name` is given, its name. */
export function isTakenByOpenssl({ port, ca, name }: { port: number; ca: string; name?: string }): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({
      port,
      host: '127.0.0.1',
      ca,
      allowPartialTrustChain: true,
      ciphers: 'DEFAULT:@SECLEVEL=1',
      ...(name === undefined ? { checkServerIdentity: () => undefined } : { servername: name }),
    });
    socket.on('secureConnect', () => {
      resolve(socket.authorized);
      socket.destroy();
    });
    socket.on('error', () => resolve(false));
    socket.on('close', () => resolve(false));
    setTimeout(() => socket.destroy(), 2000).unref();
  });
}
