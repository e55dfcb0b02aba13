/** @module The plain connection below a handshake. */
import { connect, type Socket } from 'node:net';
import type { Server } from './server-address.ts';

/** Resolvers that know no `app.localhost` are common; browsers lead it to loopback by themselves (RFC 6761 section 6.3). */
export const openSocket = ({ host, port }: Server): Socket =>
  connect({ host: host.endsWith('.localhost') ? 'localhost' : host, port });
