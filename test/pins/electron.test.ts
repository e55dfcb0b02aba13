/**
 * @module The program of Electron, whose downloads are out of the tests' reach: it is run with a stand-in for the module `electron`
 * that asks its verdict as Electron's documentation says, so this holds its form and its verdicts, not Electron.
 */
import { X509Certificate, createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { run } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { createServed } from './certificates.ts';
import { printProgram } from './describe-programs.ts';

const folder = scratchFolder('pins-electron');
const genuine = createServed(folder, 'genuine');
const stranger = createServed(folder, 'stranger');

/** The server shows `shown`; a request is refused with anything but 0, and fails when the session is not as it should be. */
const STAND_IN = `const steps = [];
const pinned = {
  setCertificateVerifyProc: (proc) => void (steps.push('pin'), (pinned.proc = proc)),
  setProxy: async ({ mode }) => void steps.push('proxy ' + mode),
  fetch: async (url, { redirect }) => {
    steps.push('fetch ' + url + ' ' + redirect);
    const request = { hostname: 'localhost', certificate: { fingerprint: process.env.SHOWN }, errorCode: -202 };
    const verdict = await new Promise((resolve) => pinned.proc(request, resolve));
    if (verdict !== 0) throw new Error('net::ERR_FAILED ' + verdict);
    return { text: async () => steps.join('\\n') + '\\n' };
  },
};
exports.app = { whenReady: async () => {}, exit: (code) => process.exit(code) };
exports.session = { fromPartition: (name) => (steps.push('partition ' + name), pinned) };
`;

it.for([
  ['the pinned certificate', genuine, 0],
  ['another certificate', stranger, 1],
] as const)('judges %s', async ([, shown, expected]) => {
  const into = join(folder, `shown-${expected}`);
  const file = await printProgram('electron', genuine.certFile, 'localhost:8443', into);
  writeFileSync(join(subfolder(into, 'node_modules'), 'electron.js'), STAND_IN);
  const der = new X509Certificate(readFileSync(shown.certFile)).raw;
  const env = { SHOWN: `sha256/${createHash('sha256').update(der).digest('base64')}` };
  const { exitCode, stdout, stderr } = await run([process.execPath, file], { env });
  expect({ exitCode, stdout, stderr }).toEqual(
    expected === 0
      ? {
          exitCode: 0,
          stdout: 'partition pinned\npin\nproxy direct\nfetch https://localhost:8443/ error\n',
          stderr: '',
        }
      : { exitCode: 1, stdout: '', stderr: 'failed: net::ERR_FAILED -2\n' },
  );
});
