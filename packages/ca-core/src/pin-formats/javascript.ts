/** @module JavaScript outside browsers: Node and its clients, Bun, Deno, Electron. */
import * as agent from './javascript-agent.ts';
import { formatElectron } from './javascript-electron.ts';
import { formatUndici } from './javascript-undici.ts';
import { certColonHex, certSha256, sha256Slash, type PinFormat, type PinSubject } from './pin-format.ts';

type Row = Pick<PinFormat, 'title' | 'caution' | 'snippet'> & { readonly overview?: string };

/** They all compare `fingerprint256` of the server's own certificate. */
const row = (shape: Row) =>
  ({ ...shape, object: 'certificate', roles: ['leaf'], value: certColonHex }) as const satisfies PinFormat;

const electronPin = (subject: PinSubject): string => sha256Slash(certSha256(subject));

export const JAVASCRIPT_FORMATS = {
  node: row({
    title: 'Node fingerprint256',
    overview: 'Node',
    snippet: { fileName: 'pinned.mjs', text: agent.formatNode },
  }),
  undici: row({
    title: 'undici and its fetch, with a dispatcher',
    snippet: { fileName: 'pinned-undici.mjs', text: formatUndici },
    caution: 'this is for Node: Bun puts its own fetch in the place of undici, and that one ignores the dispatcher',
  }),
  axios: row({
    title: 'axios httpsAgent',
    snippet: { fileName: 'pinned-axios.mjs', text: agent.formatAxios },
  }),
  got: row({
    title: 'got agent.https',
    snippet: { fileName: 'pinned-got.mjs', text: agent.formatGot },
  }),
  ws: row({
    title: 'ws agent (WebSocket)',
    snippet: { fileName: 'pinned-ws.mjs', text: agent.formatWs },
  }),
  bun: row({
    title: 'Bun fingerprint256',
    overview: 'Bun',
    snippet: { fileName: 'pinned-bun.mjs', text: agent.formatBun },
  }),
  deno: row({
    title: 'Deno node:https fingerprint256',
    snippet: { fileName: 'pinned-deno.mjs', text: agent.formatDeno },
  }),
  electron: {
    title: 'Electron certificate.fingerprint',
    object: 'certificate',
    roles: ['leaf'],
    value: electronPin,
    snippet: {
      fileName: 'pinned-electron.cjs',
      text: (subject) => formatElectron(electronPin(subject), subject.server),
    },
    caution: 'the pin holds for requests of this session from the main process: those of node:https go another way',
  },
} as const satisfies Record<string, PinFormat>;
