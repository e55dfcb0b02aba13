/**
 * @module Headless Firefox with the root in the NSS database of a profile of its own. One browser makes all visits as real page loads.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../../programs/program.ts';
import { killProcessGroup, scrubbedEnvironment } from '../../programs/run.ts';
import { subfolder } from '../../programs/scratch.ts';
import { freePort } from '../throwaway-server.ts';
import { isIp, visitOneByOne, visitUrl, type Client, type Trust, type Visit } from '../visit.ts';
import { Marionette } from './marionette.ts';
import { trustInNss } from './nss.ts';

/** A page that is refused is sometimes never reported: give up on it soon. */
const PAGE_LIMIT_MS = 8_000;

/** Quiet, harmless, and as strict as for a person. */
export const FIREFOX_PREFERENCES: Readonly<Record<string, unknown>> = {
  // Marionette would relax security settings for the comfort of ordinary tests.
  'remote.prefs.recommended': false,
  'network.trr.mode': 5,
  'network.proxy.type': 0,
  'dom.security.https_only_mode': false,
  'security.OCSP.enabled': 0,
  'browser.shell.checkDefaultBrowser': false,
  'datareporting.policy.dataSubmissionEnabled': false,
  'toolkit.telemetry.enabled': false,
  'app.update.enabled': false,
  'network.captive-portal-service.enabled': false,
  'network.connectivity-service.enabled': false,
  'browser.safebrowsing.malware.enabled': false,
  'browser.safebrowsing.phishing.enabled': false,
};

function preferences(visits: readonly Visit[], port: number): Readonly<Record<string, unknown>> {
  const names = new Set(visits.map((visit) => visit.host).filter((host) => !isIp(host)));
  return { ...FIREFOX_PREFERENCES, 'marionette.port': port, 'network.dns.localDomains': [...names].join(',') };
}

async function prepareProfile(visits: readonly Visit[], trust: Trust, port: number): Promise<string> {
  const profile = subfolder(trust.folder, 'profile');
  await trustInNss(profile, trust.rootFile);
  const lines = Object.entries(preferences(visits, port)).map(
    ([name, value]) => `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
  );
  writeFileSync(join(profile, 'user.js'), `${lines.join('\n')}\n`);
  return profile;
}

function startFirefox(profile: string, trust: Trust): () => Promise<void> {
  const flags = ['--headless', '--no-remote', '--marionette', '--profile', profile];
  const env = scrubbedEnvironment({ HOME: trust.folder, MOZ_CRASHREPORTER_DISABLE: '1' });
  const child = spawn(programPath('firefox-esr'), flags, { env, detached: true, stdio: 'ignore' });
  const ended = new Promise<void>((done) => child.once('exit', () => done()));
  return () => {
    killProcessGroup(child.pid);
    return ended;
  };
}

async function loadAll(firefox: Marionette, visits: readonly Visit[]) {
  // Marionette takes them flat; wrapped as WebDriver has them, they are ignored.
  const capabilities = { acceptInsecureCerts: false, timeouts: { pageLoad: PAGE_LIMIT_MS } };
  const refusal = await firefox.send('WebDriver:NewSession', capabilities);
  if (refusal !== undefined) throw new Error(`Firefox opens no session: ${refusal}`);
  return visitOneByOne(visits, async (visit) => {
    const error = await firefox.send('WebDriver:Navigate', { url: visitUrl(visit) });
    return { accepted: error === undefined, detail: error ?? '' };
  });
}

export const firefoxClient: Client = {
  name: 'firefox',
  programs: ['firefox-esr', 'certutil'],
  visitAll: async (visits, trust) => {
    const port = await freePort();
    const profile = await prepareProfile(visits, trust, port);
    const stop = startFirefox(profile, trust);
    try {
      const firefox = await Marionette.connect(port, 40_000);
      return await loadAll(firefox, visits).finally(() => firefox.close());
    } finally {
      await stop();
    }
  },
};
