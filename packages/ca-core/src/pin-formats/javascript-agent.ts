/**
 * @module Ready programs with an agent of node:https, which they share: it checks each new socket after its handshake and lets
 * the request in only then.
 */
import { MORE_CHECKS, printing, urlOf } from './javascript-text.ts';
import { certColonHex, type PinSubject } from './pin-format.ts';

/** What differs between the programs around the agent. */
type AgentProgram = {
  /** Lines of comment: what it is, and why not the usual recipe. */
  readonly why: string;
  readonly imports: string;
  /** Ends a runtime too old for the agent. */
  readonly guard?: string;
  /** From the agent on: makes one request to the address and prints the answer. */
  readonly main: (url: string) => string;
};

const PINNED_AGENT = `class PinnedAgent extends Agent {
  createConnection(options, callback) {
    // No resumed session: Node shows no certificate there.
    const socket = connect({ ...options, session: null, rejectUnauthorized: false });
    socket.once('error', callback);
    socket.once('secureConnect', () => {
      const shown = socket.getPeerCertificate().fingerprint256 ?? 'no certificate';
      if (shown !== PIN) return socket.destroy(new Error(\`the server shows \${shown}, not the pinned \${PIN}\`));
      socket.off('error', callback);
      callback(null, socket);
    });
  }
}`;

const agentProgram =
  ({ why, imports, guard = '', main }: AgentProgram) =>
  (subject: PinSubject): string =>
    `${why}
${MORE_CHECKS}
${imports}
${guard}
const PIN = '${certColonHex(subject)}';

${PINNED_AGENT}

${main(urlOf(subject.server))}`;

const TLS_IMPORTS = `import { Agent } from 'node:https';
import { connect } from 'node:tls';`;

/** The library's import stands behind those of Node. */
const importsWith = (library: string): string => `${TLS_IMPORTS}\n${library}`;

/**
 * Older releases of Bun and Deno make the connection themselves and never ask the agent: whoever has a certificate of a public CA
 * would get the request, whatever the pin.
 */
const requireRelease = (runtime: string, version: string, first: string): string => `
// Older ones never call createConnection, so that nothing would be compared with the pin.
if (${version}.localeCompare('${first}', 'en', { numeric: true }) < 0) throw new Error('needs ${runtime} ${first}');
`;

const nodeHttps = (why: string, guard = '') =>
  agentProgram({
    why,
    guard,
    imports: `import { once } from 'node:events';
import { Agent, get } from 'node:https';
import { text } from 'node:stream/consumers';
import { connect } from 'node:tls';`,
    main: (url) => `const agent = new PinnedAgent({ keepAlive: true });
${printing(`const [response] = await once(get('${url}', { agent }), 'response');
process.stdout.write(await text(response));`)}`,
  });

export const formatNode = nodeHttps(
  `// Node: sends its request to the server with this certificate and to no other. checkServerIdentity is no pin: with
// rejectUnauthorized off its verdict is ignored, and resumed sessions and reused sockets go past it.`,
);

export const formatBun = nodeHttps(
  `// Bun: sends its request to the server with this certificate and to no other. fetch is no place for a pin: with
// tls.rejectUnauthorized off it does not ask tls.checkServerIdentity.`,
  requireRelease('Bun', 'Bun.version', '1.4'),
);

export const formatDeno = nodeHttps(
  `// Deno: sends its request to the server with this certificate and to no other. fetch takes no pin, only the PEM of a
// self-signed certificate, and then it checks name and dates: { client: Deno.createHttpClient({ caCerts: [PEM] }) }.`,
  requireRelease('Deno', 'Deno.version.deno', '2.8'),
);

export const formatAxios = agentProgram({
  why: `// axios: sends its request to the server with this certificate and to no other. Proxies of the environment, redirects to
// plain http and axios's fetch adapter would go around the agent.`,
  imports: importsWith(`import axios from 'axios';`),
  main: (url) => `const client = axios.create({
  adapter: 'http',
  httpsAgent: new PinnedAgent({ keepAlive: true }),
  maxRedirects: 0,
  proxy: false,
});
${printing(`const { data } = await client.get('${url}', { responseType: 'text' });
process.stdout.write(data);`)}`,
});

export const formatGot = agentProgram({
  why: `// got: sends its request to the server with this certificate and to no other. https.checkServerIdentity is no pin: with
// https.rejectUnauthorized off its verdict is ignored. Redirects to plain http would go around the agent; so would http2.`,
  imports: importsWith(`import got from 'got';`),
  main: (url) => `const client = got.extend({
  agent: { https: new PinnedAgent({ keepAlive: true }) },
  followRedirect: false,
  http2: false,
});
${printing(`process.stdout.write(await client.get('${url}').text());`)}`,
});

export const formatWs = agentProgram({
  why: `// ws: opens a WebSocket to the server with this certificate and to no other. checkServerIdentity is no pin: with
// rejectUnauthorized off its verdict is ignored.`,
  imports: importsWith(`import { WebSocket } from 'ws';`),
  main: (
    url,
  ) => `const socket = new WebSocket('${url.replace(/^https/, 'wss')}', { agent: new PinnedAgent(), followRedirects: false });
socket.on('open', () => {
  console.log('connected');
  socket.close();
});
socket.on('error', (error) => {
  console.error(\`failed: \${error.message || error.code}\`);
  process.exitCode = 1;
});
`,
});
