/** @module Browsers with a pin in the place that they have for it. */
import { copyFileSync } from 'node:fs';
import { join } from 'node:path';
import { urlHost } from '../clients/visit.ts';
import type { RunResult } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { versionOf } from './clients-tools.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';
import { WELCOME } from './pinned-server.ts';
import { ScratchChromium, type ChromiumTab } from './scratch-chromium.ts';
import { ScratchFirefox } from './scratch-firefox.ts';

/** A browser's visit in the words of a program: it says what it showed, and ends in order when it showed all. */
export const resultOf = (stdout: string, stderr: string): RunResult => ({
  exitCode: stderr === '' ? 0 : 1,
  stdout,
  stderr,
  output: stdout + stderr,
  timedOut: false,
});

/** Lays the emitted file into a new profile, and starts Firefox with it. */
async function withFirefox<T>(emitted: Emitted, use: (firefox: ScratchFirefox) => Promise<T>): Promise<T> {
  const { file, folder } = emitted;
  if (file !== undefined) copyFileSync(file, join(subfolder(folder, 'profile'), 'cert_override.txt'));
  const firefox = await ScratchFirefox.start(folder);
  try {
    return await use(firefox);
  } finally {
    await firefox.close();
  }
}

async function look(firefox: ScratchFirefox, { host, port }: Emitted): Promise<RunResult> {
  const refusal = await firefox.load(`https://${urlHost(host)}:${port}/`);
  if (refusal !== undefined) return resultOf('', refusal);
  return (await firefox.shows(WELCOME)) ? resultOf(WELCOME, '') : resultOf('', 'the page is another');
}

export const firefox: PinnedClient = {
  format: 'firefox',
  client: 'Firefox, cert_override.txt',
  programs: ['firefox-esr'],
  version: () => versionOf('firefox-esr', '--version'),
  visit: (emitted) =>
    withFirefox(emitted, async (browser) => {
      await browser.openSession();
      return look(browser, emitted);
    }),
  visitAgain: (emitted) =>
    withFirefox(emitted, async (browser) => {
      await browser.openSession(true);
      const careless = await browser.load(`https://${emitted.host}:${emitted.port}/unpinned`);
      if (careless !== undefined) throw new Error(`the careless visit failed: ${careless}`);
      await browser.closeSession();
      await browser.openSession();
      const [first, second] = [await look(browser, emitted), await look(browser, emitted)];
      return resultOf(first.stdout + second.stdout, first.stderr + second.stderr);
    }),
};

async function lookWithChromium(tab: ChromiumTab, { host, port }: Emitted): Promise<RunResult> {
  const shown = await tab.load(`https://${urlHost(host)}:${port}/`);
  return 'refusal' in shown ? resultOf('', shown.refusal) : resultOf(shown.text, '');
}

/** Starts Chromium with the printed list in the flag that it is for. */
async function withChromium<T>(emitted: Emitted, use: (tab: ChromiumTab) => Promise<T>): Promise<T> {
  const browser = new ScratchChromium(emitted.folder, [`--ignore-certificate-errors-spki-list=${emitted.text}`]);
  try {
    return await use(await browser.openTab());
  } finally {
    await browser.close();
  }
}

export const chromium: PinnedClient = {
  format: 'chromium',
  client: 'Chromium, --ignore-certificate-errors-spki-list (no pin)',
  programs: ['chromium'],
  version: () => versionOf('chromium', '--version'),
  visit: (emitted) => withChromium(emitted, (tab) => lookWithChromium(tab, emitted)),
  visitAgain: (emitted) =>
    withChromium(emitted, async (tab) => {
      await tab.setChecksOff(true);
      const careless = await tab.load(`https://${emitted.host}:${emitted.port}/unpinned`);
      if ('refusal' in careless) throw new Error(`the careless visit failed: ${careless.refusal}`);
      await tab.setChecksOff(false);
      const [first, second] = [await lookWithChromium(tab, emitted), await lookWithChromium(tab, emitted)];
      return resultOf(first.stdout + second.stdout, first.stderr + second.stderr);
    }),
};
