/**
 * @module Headless Chromium with the root in its NSS database, in a home of its own. One browser makes all visits as real page loads.
 */
import { join } from 'node:path';
import { programPath } from '../../programs/program.ts';
import { isIp, visitUrl, type Client, type Outcome, type Outcomes, type Visit } from '../visit.ts';
import { DevtoolsPipe } from './devtools-pipe.ts';
import { trustInNss } from './nss.ts';

/** Quiet, and harmless: no sandbox because tests run as root in containers, no update or sync traffic. */
export const CHROMIUM_FLAGS: readonly string[] = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--no-proxy-server',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
  '--remote-debugging-pipe',
];

/** Leads the visited names, and no others, to loopback. */
function resolverRules(visits: readonly Visit[]): string {
  const named = visits.filter((visit) => !isIp(visit.host));
  const rules = new Set(named.map((visit) => `MAP ${visit.host} ${visit.address === '::1' ? '[::1]' : visit.address}`));
  return [...rules].join(', ');
}

/** A tab for each visit. A refusal takes 3 s to show, because Chromium first looks for a captive portal, so tabs wait side by side. */
const TABS_AT_ONCE = 8;

async function load(pipe: DevtoolsPipe, visit: Visit): Promise<Outcome> {
  const { targetId } = await pipe.send({ method: 'Target.createTarget', params: { url: 'about:blank' } });
  const { sessionId } = await pipe.send({ method: 'Target.attachToTarget', params: { targetId, flatten: true } });
  const params = { url: visitUrl(visit) };
  const { errorText } = await pipe.send({ method: 'Page.navigate', params, sessionId: String(sessionId) });
  await pipe.send({ method: 'Target.closeTarget', params: { targetId } });
  return { accepted: errorText === undefined, detail: String(errorText ?? '') };
}

async function loadAll(pipe: DevtoolsPipe, visits: readonly Visit[]): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  const left = [...visits];
  const takeTurns = async (): Promise<void> => {
    for (let visit = left.shift(); visit !== undefined; visit = left.shift())
      outcomes.set(visit.id, await load(pipe, visit));
  };
  await Promise.all(Array.from({ length: TABS_AT_ONCE }, takeTurns));
  return outcomes;
}

export const chromiumClient: Client = {
  name: 'chromium',
  programs: ['chromium', 'certutil'],
  visitAll: async (visits, trust) => {
    const data = join(trust.folder, '.local/share'); // Chromium looks here unless a folder ~/.pki/nssdb exists.
    await trustInNss(join(data, 'pki/nssdb'), trust.rootFile);
    const own = [`--user-data-dir=${join(trust.folder, 'profile')}`, `--host-resolver-rules=${resolverRules(visits)}`];
    const home = { HOME: trust.folder, XDG_DATA_HOME: data };
    const pipe = new DevtoolsPipe([programPath('chromium'), ...CHROMIUM_FLAGS, ...own], home);
    try {
      return await loadAll(pipe, visits);
    } finally {
      await pipe.close();
    }
  },
};
