/** @module `--listen ADDRESS:PORT`: an IP address, or localhost, and a port. Nothing is resolved: what it says is what listens. */
import { isIP } from 'node:net';
import { revokeError } from './revocation-errors.ts';

export type ListenAddress = { readonly host: string; readonly port: number };

/** `127.0.0.1:2560`, `[::1]:2560`, `localhost:2560`, `:2560` or `2560` (both of them 127.0.0.1). @throws LISTEN_ADDRESS_INVALID */
export function parseListenAddress(text: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]:|([0-9.]+):|(localhost):|:)?(\d{1,5})$/.exec(text);
  const host = match?.[1] ?? match?.[2] ?? '127.0.0.1';
  const port = Number(match?.[4] ?? -1);
  if (match === null || port > 65_535 || isIP(host) === 0)
    throw revokeError('LISTEN_ADDRESS_INVALID', { address: text });
  return { host, port };
}

/** As a URL has it. */
export const formatUrl = ({ host, port }: ListenAddress): string =>
  `http://${host.includes(':') ? `[${host}]` : host}:${port}/`;
