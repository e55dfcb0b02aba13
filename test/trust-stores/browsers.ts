/**
 * @module Real browsers inside a private machine, with a person's folder and profile, told of no root: pages are loaded by their
 * remote protocols, and a page that was refused never asked the server for anything.
 */
import { spawn } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CHROMIUM_FLAGS } from '../clients/drivers/chromium.ts';
import { DevtoolsPipe } from '../clients/drivers/devtools-pipe.ts';
import { FIREFOX_PREFERENCES } from '../clients/drivers/firefox.ts';
import { Marionette } from '../clients/drivers/marionette.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';
import type { Door, Seen, TrustScene } from './trust-scene.ts';

export interface Browser {
  /** Knocks at doors, in one browser. */
  visit(doors: readonly Door[]): Promise<readonly Seen[]>;
  close(): Promise<void>;
}

/** @param userFolder HOME, where Chromium looks for its NSS database @param profile a folder for everything else */
export function openChromium(scene: TrustScene, userFolder: string, profile: string): Browser {
  const command = ['nsenter', ...scene.machine.enter(), 'chromium', ...CHROMIUM_FLAGS, `--user-data-dir=${profile}`];
  const pipe = new DevtoolsPipe(command, environmentOf(userFolder));
  const visitOne = async (door: Door): Promise<Seen> => {
    const url = scene.url(door);
    const { targetId } = await pipe.send({ method: 'Target.createTarget', params: { url: 'about:blank' } });
    const { sessionId } = await pipe.send({ method: 'Target.attachToTarget', params: { targetId, flatten: true } });
    const page = { method: 'Page.navigate', params: { url: url.href }, sessionId: String(sessionId) };
    const { errorText } = await pipe.send(page);
    await pipe.send({ method: 'Target.closeTarget', params: { targetId } });
    return { accepted: errorText === undefined, arrived: scene.arrived(url), detail: String(errorText ?? '') };
  };
  // Side by side: a refusal takes 3 s to show, because Chromium first looks for a captive portal.
  return { visit: (doors) => Promise.all(doors.map(visitOne)), close: () => pipe.close() };
}

const PAGE_LIMIT_MS = 8_000;
const START_LIMIT_MS = 40_000;

/** A profile as Firefox lists it, with nothing in it yet. Returns its folder. */
export function makeFirefoxProfile(userFolder: string): string {
  const list = join(userFolder, '.config/mozilla/firefox');
  const profile = join(list, 'abcd1234.default-esr');
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  const section = '[Profile0]\nName=default-esr\nIsRelative=1\nPath=abcd1234.default-esr\nDefault=1\n';
  writeFileSync(join(list, 'profiles.ini'), `${section}\n[General]\nStartWithLastProfile=1\nVersion=2\n`);
  writeFileSync(join(profile, 'prefs.js'), '// no preference was changed yet\n');
  return profile;
}

/** @param userFolder HOME @param profile a folder that `makeFirefoxProfile` made */
export async function openFirefox(scene: TrustScene, userFolder: string, profile: string): Promise<Browser> {
  const port = await freePort();
  const preferences = Object.entries({ ...FIREFOX_PREFERENCES, 'marionette.port': port });
  const lines = preferences.map(([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`);
  writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  const flags = ['--headless', '--no-remote', '--marionette', '--profile', profile];
  const child = spawn('nsenter', [...scene.machine.enter(), 'firefox-esr', ...flags], {
    env: scrubbedEnvironment({ ...environmentOf(userFolder), MOZ_CRASHREPORTER_DISABLE: '1' }),
    detached: true,
    stdio: 'ignore',
  });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  const close = (): Promise<void> => {
    killProcessGroup(child.pid);
    return ended;
  };
  try {
    const firefox = await Marionette.connect(port, START_LIMIT_MS);
    // Marionette takes them flat; wrapped as WebDriver has them, they are ignored.
    const capabilities = { acceptInsecureCerts: false, timeouts: { pageLoad: PAGE_LIMIT_MS } };
    const refusal = await firefox.send('WebDriver:NewSession', capabilities);
    if (refusal !== undefined) throw new Error(`Firefox opens no session: ${refusal}`);
    return { visit: (doors) => visitInTurn(scene, firefox, doors), close };
  } catch (cause) {
    await close();
    throw cause;
  }
}

async function visitInTurn(scene: TrustScene, firefox: Marionette, doors: readonly Door[]): Promise<readonly Seen[]> {
  const seen: Seen[] = [];
  for (const door of doors) {
    const url = scene.url(door);
    const error = await firefox.send('WebDriver:Navigate', { url: url.href });
    seen.push({ accepted: error === undefined, arrived: scene.arrived(url), detail: error ?? '' });
  }
  return seen;
}

const environmentOf = (userFolder: string): Record<string, string> => ({
  HOME: userFolder,
  PATH: '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
  XDG_DATA_HOME: join(userFolder, '.local/share'),
  XDG_CONFIG_HOME: join(userFolder, '.config'),
});

/** Accepts the minted and the stolen one and refuses the forged one: what a browser that trusts the root does. */
export const TRUSTING: Readonly<Record<Door, boolean>> = { honest: true, stolen: true, forged: false };
export const TRUSTING_NOBODY: Readonly<Record<Door, boolean>> = { honest: false, stolen: false, forged: false };

/** Who was let in, by the browser's word and the server's, which must agree. */
export async function knock(browser: Browser): Promise<Readonly<Record<string, boolean | string>>> {
  const doors: readonly Door[] = ['honest', 'stolen', 'forged'];
  const seen = await browser.visit(doors);
  return Object.fromEntries(
    doors.map((door, index) => {
      const { accepted = false, arrived = false, detail = 'not visited' } = seen[index] ?? {};
      return [door, accepted === arrived ? accepted : `disagreement: ${detail}`];
    }),
  );
}

/** Opens a browser, knocks, closes it. */
export async function knockOnce(open: Browser | Promise<Browser>): Promise<Readonly<Record<string, boolean | string>>> {
  const browser = await open;
  try {
    return await knock(browser);
  } finally {
    await browser.close();
  }
}
