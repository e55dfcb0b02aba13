/** @module Where a running server is, as people write it: `host:port`, an address, or a URL whose scheme says how TLS begins. */
import { cliError } from '../cli-errors.ts';
import type { StartTlsName } from './start-tls.ts';

/** `startTls` is absent where TLS begins at once; `serverName` is asked for instead of the host. */
export type Server = {
  readonly host: string;
  readonly port: number;
  readonly startTls?: StartTlsName;
  readonly serverName?: string;
};

type Scheme = { readonly port: number; readonly startTls?: StartTlsName };

/** Ports of IANA's registry; a scheme that ends in `s` speaks TLS at once (RFC 8314). */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  https: { port: 443 },
  wss: { port: 443 },
  smtps: { port: 465 },
  imaps: { port: 993 },
  pop3s: { port: 995 },
  ldaps: { port: 636 },
  smtp: { port: 25, startTls: 'smtp' },
  imap: { port: 143, startTls: 'imap' },
  pop3: { port: 110, startTls: 'pop3' },
  postgres: { port: 5432, startTls: 'postgres' },
  postgresql: { port: 5432, startTls: 'postgres' },
};

const HOST_AND_PORT = /^(?:\[([0-9a-f:.]+)\]|([^:[\]/@]+))(?::(\d{1,5}))?$/i;

/** All before the last `@`: a password may hold one, and what is no URL may hold a password too. */
export const hideCredentials = (text: string): string => text.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, '$1…@');

/** `host:port`, `[::1]:port` or a URL; undefined for anything else. @throws SERVER_ADDRESS_INVALID for a URL that is no server's */
export function parseServer(text: string): Server | undefined {
  const scheme = /^([a-z][a-z\d+.-]*):\/\//i.exec(text)?.[1]?.toLowerCase();
  if (scheme === undefined) return parseHostAndPort(text, undefined);
  const refuse = (reason: string) => cliError('SERVER_ADDRESS_INVALID', { target: hideCredentials(text), reason });
  const facts = Object.hasOwn(SCHEMES, scheme) ? SCHEMES[scheme] : undefined;
  if (facts === undefined) throw refuse(`is no address of a TLS server (${Object.keys(SCHEMES).join(', ')})`);
  const authority = text.slice(scheme.length + 3);
  if (/^[^/?#]*@/.test(authority)) throw refuse('names a user, and no handshake needs one');
  const server = parseHostAndPort(authority.replace(/[/?#].*$/s, ''), facts);
  if (server === undefined) throw refuse('is no HOST:PORT and no URL');
  return server;
}

/** @param scheme gives the port where none is written; without one, a port must be */
function parseHostAndPort(text: string, scheme: Scheme | undefined): Server | undefined {
  const match = HOST_AND_PORT.exec(text);
  const host = match?.[1] ?? match?.[2];
  const port = match?.[3] === undefined ? scheme?.port : Number(match[3]);
  if (host === undefined || port === undefined || port < 1 || port > 65_535) return undefined;
  return { host, port, ...(scheme?.startTls === undefined ? {} : { startTls: scheme.startTls }) };
}
