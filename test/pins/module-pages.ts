/**
 * @module Pages on http://localhost that import modules, one after the other, and send back what those printed: the way to run an
 * emitted module in a browser, unchanged, and to hear what came of it.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import { listen } from '../clients/throwaway-server.ts';

export type Printed = { readonly stdout: string; readonly stderr: string };

type Page = { readonly modules: readonly string[]; readonly settle: (printed: Printed) => void };

const PAGE_LIMIT_MS = 30_000;

export class ModulePages {
  readonly #pages = new Map<string, Page>();
  readonly #server: Server;
  #port = 0;

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
  }

  static async start(): Promise<ModulePages> {
    const pages = new ModulePages();
    pages.#port = await listen(pages.#server, 0, '127.0.0.1');
    return pages;
  }

  /** A page that runs the modules in order. @returns its address, and what was printed once it has run */
  create(modules: readonly string[]): { readonly url: string; readonly printed: Promise<Printed> } {
    const name = `page-${this.#pages.size}`;
    const printed = new Promise<Printed>((settle, reject) => {
      const late = setTimeout(() => reject(new Error('the page never reported')), PAGE_LIMIT_MS);
      this.#pages.set(name, { modules, settle: (one) => (clearTimeout(late), settle(one)) });
    });
    printed.catch(() => {}); // Whoever waits for it hears of it.
    return { url: `http://localhost:${this.#port}/${name}/`, printed };
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((done) => this.#server.close(done));
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const [, name = '', file = ''] = (request.url ?? '').split('/');
    const page = this.#pages.get(name);
    const reply = (type: string, body: string): void =>
      void response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(body);
    if (page === undefined) return void response.writeHead(404).end();
    if (file === '') return reply('text/html; charset=utf-8', renderPage(page.modules.length));
    if (file !== 'printed') return reply('text/javascript', page.modules[Number.parseInt(file, 10)] ?? '');
    page.settle(JSON.parse(await text(request)) as Printed);
    reply('text/plain', '');
  }
}

/** A module that throws ends the row, as it would end a program. */
const renderPage = (count: number): string => `<!doctype html><title>page</title><script type="module">
const printed = { stdout: '', stderr: '' };
console.log = (...words) => { printed.stdout += words.join(' ') + '\\n'; };
console.error = (...words) => { printed.stderr += words.join(' ') + '\\n'; };
try {
  for (let at = 0; at < ${count}; at++) await import('./' + at + '.mjs');
} catch (cause) {
  console.error(cause);
}
await fetch('./printed', { method: 'POST', body: JSON.stringify(printed) });
</script>
`;
