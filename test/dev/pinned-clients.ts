/** @module The two clients of the package behind one face, so that each attack is tried on both. */
import { request, type RequestOptions } from 'node:https';
import { afterAll } from 'vitest';
import { request as undiciRequest } from 'undici';
import { createPinnedAgent, type ClientTlsOptions, type PinnedOptions } from '../../packages/dev/src/index.ts';
import { createPinnedDispatcher } from '../../packages/dev/src/undici/index.ts';
import { SECRET } from './secret.ts';

/** Sends a body and returns that of the response. `host` is the name asked for where that in the address is another. */
type Send = (url: string, body?: string, host?: string) => Promise<string>;
type Open = (options: PinnedOptions & ClientTlsOptions) => Send;
export type PinnedClient = { readonly name: string; readonly open: Open };

const closers: (() => unknown)[] = [];
afterAll(() => Promise.all(closers.map((close) => close())));

export const PINNED_CLIENTS: readonly PinnedClient[] = [
  {
    name: 'createPinnedAgent',
    open: (options) => {
      const agent = createPinnedAgent({ keepAlive: true, ...options });
      closers.push(() => agent.destroy());
      return (url, body, host) => send(url, { agent, headers: hostHeader(host) }, body);
    },
  },
  {
    name: 'createPinnedDispatcher',
    open: (options) => {
      const dispatcher = createPinnedDispatcher(options);
      closers.push(() => dispatcher.destroy());
      return async (url, body = '', host) => {
        const response = await undiciRequest(url, {
          dispatcher,
          method: 'POST',
          body,
          headers: { authorization: SECRET, ...hostHeader(host) },
        });
        return response.body.text();
      };
    },
  },
];

/** Both clients ask for the name in it. */
const hostHeader = (host: string | undefined): { host?: string } => (host === undefined ? {} : { host });

/** One request of node:https. */
export function send(url: string, options: RequestOptions, body = ''): Promise<string> {
  return new Promise((resolve, reject) => {
    const outgoing = request(url, {
      method: 'POST',
      ...options,
      headers: { authorization: SECRET, ...options.headers },
    });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      let text = '';
      response.setEncoding('utf8');
      response.on('data', (chunk: string) => (text += chunk));
      response.on('end', () => resolve(text));
    });
    outgoing.end(body);
  });
}
