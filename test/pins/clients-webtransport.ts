/** @module Clients of WebTransport: they run emitted modules in order, each time with an empty memory. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { run, type RunResult } from '../programs/run.ts';
import { findDeno } from '../programs/runtimes.ts';
import { subfolder } from '../programs/scratch.ts';
import { resultOf } from './clients-browsers.ts';
import type { ModulePages } from './module-pages.ts';
import { ScratchChromium } from './scratch-chromium.ts';
import { ScratchFirefox } from './scratch-firefox.ts';
import { denoEnvironment } from './webtransport-servers.ts';

export type ModuleClient = {
  readonly name: 'chromium' | 'firefox-esr' | 'deno';
  /** Runs the modules one after the other, in one page or process. */
  readonly run: (modules: readonly string[]) => Promise<RunResult>;
  readonly close: () => Promise<void>;
};

type Surroundings = { readonly folder: string; readonly pages: ModulePages };

/** One browser for all visits, a browsing context for each: Chromium slows a page down after several failures. */
export function createChromium({ folder, pages }: Surroundings): ModuleClient {
  let started: ScratchChromium | undefined;
  return {
    name: 'chromium',
    run: async (modules) => {
      started ??= new ScratchChromium(subfolder(folder, 'chromium'));
      const tab = await started.openTab();
      return visit(pages, modules, (url) => tab.load(url));
    },
    close: async () => started?.close(),
  };
}

export function createFirefox({ folder, pages }: Surroundings): ModuleClient {
  let started: ScratchFirefox | undefined;
  return {
    name: 'firefox-esr',
    run: async (modules) => {
      if (started === undefined) {
        started = await ScratchFirefox.start(subfolder(folder, 'firefox'));
        await started.openSession();
      }
      const browser = started;
      return visit(pages, modules, (url) => browser.load(url));
    },
    close: async () => started?.close(),
  };
}

async function visit(
  pages: ModulePages,
  modules: readonly string[],
  load: (url: string) => Promise<unknown>,
): Promise<RunResult> {
  const { url, printed } = pages.create(modules);
  await load(url);
  const { stdout, stderr } = await printed;
  return resultOf(stdout, stderr);
}

export function createDeno({ folder }: Surroundings): ModuleClient {
  let visits = 0;
  return {
    name: 'deno',
    run: (modules) => {
      const place = join(folder, `deno-visit-${++visits}`);
      mkdirSync(place, { recursive: true });
      modules.forEach((text, at) => writeFileSync(join(place, `${at}.mjs`), text));
      const main = join(place, 'main.mjs');
      writeFileSync(main, modules.map((_, at) => `await import('./${at}.mjs');\n`).join(''));
      const flags = ['run', '--unstable-net', '--allow-net=localhost,127.0.0.1,[::1]', `--allow-read=${place}`];
      return run([findDeno() ?? 'deno', ...flags, main], { env: denoEnvironment(folder), timeoutMs: 30_000 });
    },
    close: async () => {},
  };
}
