/** @module Headless Chromium with a scratch profile, as the pin tests need it: every page in a browsing context of its own. */
import { join } from 'node:path';
import { CHROMIUM_FLAGS } from '../clients/drivers/chromium.ts';
import { DevtoolsPipe } from '../clients/drivers/devtools-pipe.ts';
import { programPath } from '../programs/program.ts';

/** What a page shows, or why it was refused. */
export type Shown = { readonly text: string } | { readonly refusal: string };

const READ_PAGE = `new Promise((done) => {
  const read = () => done(document.body.innerText);
  if (document.readyState === 'complete') read();
  else addEventListener('load', read);
})`;

export class ScratchChromium {
  readonly #pipe: DevtoolsPipe;

  /** @param folder scratch: home, profile, and `.local/share/pki/nssdb` for roots to trust */
  constructor(folder: string, flags: readonly string[] = []) {
    const own = [`--user-data-dir=${join(folder, 'profile')}`, ...flags];
    const home = { HOME: folder, XDG_DATA_HOME: join(folder, '.local/share') };
    this.#pipe = new DevtoolsPipe([programPath('chromium'), ...CHROMIUM_FLAGS, ...own], home);
  }

  /** A page with an empty memory: no cookies, sockets, sessions or throttling of another page's. */
  async openTab(): Promise<ChromiumTab> {
    const { browserContextId } = await this.#pipe.send({ method: 'Target.createBrowserContext' });
    const params = { url: 'about:blank', browserContextId };
    const { targetId } = await this.#pipe.send({ method: 'Target.createTarget', params });
    const attach = { method: 'Target.attachToTarget', params: { targetId, flatten: true } };
    return new ChromiumTab(this.#pipe, String((await this.#pipe.send(attach))['sessionId']));
  }

  close(): Promise<void> {
    return this.#pipe.close();
  }
}

export class ChromiumTab {
  readonly #pipe: DevtoolsPipe;
  readonly #sessionId: string;

  constructor(pipe: DevtoolsPipe, sessionId: string) {
    this.#pipe = pipe;
    this.#sessionId = sessionId;
  }

  async load(url: string): Promise<Shown> {
    const { errorText } = await this.#send('Page.navigate', { url });
    return errorText === undefined ? { text: await this.evaluate(READ_PAGE) } : { refusal: String(errorText) };
  }

  /** The text that a script comes to. @throws Error when it throws */
  async evaluate(expression: string): Promise<string> {
    const params = { expression, awaitPromise: true, returnByValue: true };
    const { result, exceptionDetails } = await this.#send('Runtime.evaluate', params);
    if (exceptionDetails !== undefined) throw new Error(JSON.stringify(exceptionDetails));
    return String((result as { value?: unknown }).value);
  }

  /** Takes every certificate, as a person would who clicks every warning away. */
  async setChecksOff(ignore: boolean): Promise<void> {
    await this.#send('Security.setIgnoreCertificateErrors', { ignore });
  }

  #send(method: string, params: Readonly<Record<string, unknown>>): Promise<Readonly<Record<string, unknown>>> {
    return this.#pipe.send({ method, params, sessionId: this.#sessionId });
  }
}
