/**
 * @module Headless Firefox with a scratch profile, as the pin tests need it: files laid into the profile before the start, pages
 * that were really shown, and sessions with and without Firefox's own checks.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { FIREFOX_PREFERENCES } from '../clients/drivers/firefox.ts';
import { Marionette } from '../clients/drivers/marionette.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { programPath } from '../programs/program.ts';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

/** A page asks for nothing but itself. */
const QUIET = { 'browser.chrome.site_icons': false };
const START_LIMIT_MS = 40_000;
const PAGE_LIMIT_MS = 15_000;

export class ScratchFirefox {
  readonly #remote: Marionette;
  readonly #end: () => Promise<void>;

  private constructor(remote: Marionette, end: () => Promise<void>) {
    this.#remote = remote;
    this.#end = end;
  }

  /** @param folder scratch; its `profile` is the browser's, and may hold files already */
  static async start(folder: string): Promise<ScratchFirefox> {
    const port = await freePort();
    const profile = subfolder(folder, 'profile');
    const lines = Object.entries({ ...FIREFOX_PREFERENCES, ...QUIET, 'marionette.port': port }).map(
      ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});\n`,
    );
    writeFileSync(join(profile, 'user.js'), lines.join(''));
    const flags = ['--headless', '--no-remote', '--marionette', '--profile', profile];
    const env = scrubbedEnvironment({ HOME: folder, MOZ_CRASHREPORTER_DISABLE: '1' });
    const child = spawn(programPath('firefox-esr'), flags, { env, detached: true, stdio: 'ignore' });
    const ended = new Promise<void>((done) => child.once('exit', () => done()));
    const end = (): Promise<void> => {
      killProcessGroup(child.pid);
      return ended;
    };
    try {
      return new ScratchFirefox(await Marionette.connect(port, START_LIMIT_MS), end);
    } catch (cause) {
      await end();
      throw cause;
    }
  }

  /** @param areChecksOff takes every certificate, as a person would who clicks every warning away */
  async openSession(areChecksOff = false): Promise<void> {
    // Marionette takes them as they are, without the wrapping in `alwaysMatch` that WebDriver knows.
    const capabilities = { acceptInsecureCerts: areChecksOff, timeouts: { pageLoad: PAGE_LIMIT_MS } };
    await this.#sendOrThrow('WebDriver:NewSession', capabilities);
  }

  async closeSession(): Promise<void> {
    await this.#sendOrThrow('WebDriver:DeleteSession', {});
  }

  /** Why the page was not shown, or undefined. */
  load(url: string): Promise<string | undefined> {
    return this.#remote.send('WebDriver:Navigate', { url });
  }

  /** Whether the page shows the text, which holds no quotes. */
  async shows(text: string): Promise<boolean> {
    const where = { using: 'xpath', value: `//*[contains(text(), '${text}')]` };
    return (await this.#remote.send('WebDriver:FindElement', where)) === undefined;
  }

  async close(): Promise<void> {
    this.#remote.close();
    await this.#end();
  }

  async #sendOrThrow(name: string, parameters: Readonly<Record<string, unknown>>): Promise<void> {
    const error = await this.#remote.send(name, parameters);
    if (error !== undefined) throw new Error(`${name}: ${error}`);
  }
}
