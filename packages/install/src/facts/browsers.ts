/** @module The browsers that keep roots of their own: what is known of both families, for the stores asked for. */
import type { MachineReader } from '../machine/machine.ts';
import { readChromiumFacts, type ChromiumFacts } from './chromium-family.ts';
import type { FactsRequest } from './facts.ts';
import { readFirefoxFacts, type FirefoxFacts } from './firefox-profiles.ts';

export type BrowserFacts = {
  readonly chromium?: ChromiumFacts;
  readonly firefox?: FirefoxFacts;
};

/** Starts certutil only for a database that can't be read. */
export async function readBrowserFacts(reader: MachineReader, request: FactsRequest): Promise<BrowserFacts> {
  const { stores } = request;
  const chromium = stores.has('chromium') ? await readChromiumFacts(reader, request) : undefined;
  const firefox = stores.has('firefox') ? await readFirefoxFacts(reader, request) : undefined;
  return { ...(chromium === undefined ? {} : { chromium }), ...(firefox === undefined ? {} : { firefox }) };
}
