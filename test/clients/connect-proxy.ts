/**
 * @module A CONNECT proxy on loopback that leads every name to a loopback address: for clients that can't be told where a name is
 * (wget). TLS passes through it untouched, so the client still verifies the server and the name it asked for.
 */
import { createServer } from 'node:http';
import { connect, type Socket } from 'node:net';
import { listen } from './throwaway-server.ts';

export interface ConnectProxy {
  readonly url: string;
  close(): Promise<void>;
}

/** Starts the proxy. A CONNECT to `[::1]:PORT` goes there, every other name goes to 127.0.0.1 on the port asked for. */
export async function startConnectProxy(): Promise<ConnectProxy> {
  const sockets = new Set<Socket>();
  const server = createServer((_request, response) => response.writeHead(405).end());
  server.on('connect', (request, client: Socket) => {
    const target = /^(.*):(\d+)$/.exec(request.url ?? '');
    const address = target?.[1] === '[::1]' || target?.[1] === '::1' ? '::1' : '127.0.0.1';
    const upstream = connect(Number(target?.[2]), address, () => {
      client.write('HTTP/1.1 200 Connection established\r\n\r\n');
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => sockets.delete(socket));
    }
    upstream.on('error', () => client.destroy());
  });
  const port = await listen(server, 0, '127.0.0.1');
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise((done) => server.close(done));
    },
  };
}
