/**
 * @module The line of SDP, in a browser: two connections of one page, the one with a certificate whose pin the command line prints,
 * the other told to expect it.
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it, type TestContext } from 'vitest';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createServed } from './certificates.ts';
import { versionOf } from './clients-tools.ts';
import { isRecording, readMeasured, writeMeasured, type Measured } from './measured.ts';
import { ModulePages } from './module-pages.ts';
import { ScratchChromium, type ChromiumTab } from './scratch-chromium.ts';

const FOLDER = scratchFolder('pins-webrtc');
const PAGE = fileURLToPath(new URL('sources/webrtc-page.mjs', import.meta.url));
/** No name of this machine is asked for on the network. */
const FLAGS = ['--allow-loopback-in-peer-connection', '--disable-features=WebRtcHideLocalIpsWithMdns'];

type Met = { readonly outcome: string; readonly certificates: readonly string[]; readonly own: string };

const endings: (() => Promise<void>)[] = [];
afterAll(async () => {
  for (const end of endings) await end();
});

const printLine = async (certFile: string): Promise<string> =>
  (await mintmarkOrThrow(['pin', certFile, '--format', 'webrtc'], { home: join(FOLDER, 'home') })).stdout.trim();

async function openTab(context: TestContext): Promise<ChromiumTab> {
  requirePrograms(context, ['chromium']);
  const [chromium, pages] = [new ScratchChromium(FOLDER, FLAGS), await ModulePages.start()];
  endings.push(
    () => chromium.close(),
    () => pages.stop(),
  );
  const { url, printed } = pages.create([readFileSync(PAGE, 'utf8')]);
  const tab = await chromium.openTab();
  await tab.load(url);
  expect(await printed).toEqual({ stdout: '', stderr: '' });
  return tab;
}

const meet = async (tab: ChromiumTab, line: string): Promise<Met> =>
  JSON.parse(await tab.evaluate(`meet(${JSON.stringify(line)})`)) as Met;

/** The certificate that the caller showed in a first connection with the browser's own line. */
async function fetchCertificate(tab: ChromiumTab): Promise<string> {
  const { outcome, certificates, own } = await meet(tab, '');
  expect(outcome).toBe('hello');
  for (const [at, base64] of certificates.entries()) {
    const file = join(FOLDER, `shown-${at}.der`);
    writeFileSync(file, Buffer.from(base64, 'base64'));
    if ((await printLine(file)).toLowerCase().endsWith(` ${own}`)) return file;
  }
  return expect.fail('the browser tells no certificate');
}

it('connects with the printed line, and with no other', async (context) => {
  const tab = await openTab(context);
  const right = await printLine(await fetchCertificate(tab));
  const wrong = await printLine(createServed(FOLDER, 'stranger').certFile);
  expect((await meet(tab, wrong)).outcome).toBe('failed');
  expect((await meet(tab, right)).outcome).toBe('hello');
  const seen = { right: 'accepted', wrong: 'refused', again: 'one connection' };
  if (!isRecording) return expect(readMeasured('webrtc')['webrtc']).toMatchObject(seen);
  const version = await versionOf('chromium', '--version');
  // Its certificates name no host, and a page can't show a chain or an old one: those columns stay empty.
  const measured = { client: 'Chromium, RTCPeerConnection', target: 'self-signed', version, ...seen };
  writeMeasured('webrtc', { webrtc: measured as unknown as Measured });
});

it('is an attribute of RFC 8122: the name of the hash in lower case, pairs of upper-case digits', async () => {
  const line = await printLine(createServed(FOLDER, 'formal').certFile);
  expect(line).toMatch(/^a=fingerprint:sha-256 [0-9A-F]{2}(?::[0-9A-F]{2}){31}$/);
});
