/** @module Two issuers below one root: one root for every store, and on Windows the revocation list of each. The certutil and the registry are made up. */
import { readFileSync } from 'node:fs';
import { dirname, win32 } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, parseIssuer, parseKeyType, parsePem } from '@mintmark/ca-core';
import { createNodeSigner, nodeSha256 } from '@mintmark/ca-core/node';
import { addCa, createCa, openHome, readCa, type CaFiles, type Home } from '@mintmark/ca-store';
import { installAnchor, uninstallAnchor, type TrustAnchor } from '@mintmark/install';
import {
  createFakeInstallContext,
  createFakeMachine,
  createFakeWindows,
  createTemporaryFolder,
  unsyncedFileSystem,
} from '../../../testkit/src/index.ts';
import type { Context } from '../command.ts';
import { chooseRootsToInstall } from './choose-roots.ts';

const folder = createTemporaryFolder();
afterAll(folder.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const derOf = (pem = ''): Uint8Array<ArrayBuffer> =>
  new Uint8Array(parsePem(pem, 'a file')[0]?.der ?? new Uint8Array());
const toHex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

type Teams = { readonly home: Home; readonly files: readonly CaFiles[] };

/** A CA "company" and a CA "team" below its root, in a home. */
function createTeams(): Teams {
  const plan = { scope, keyType: parseKeyType('ecdsa-p256'), now: new Date('2026-01-01T00:00:00Z') };
  const company = createCa({ ...plan, name: 'company' });
  if (company.rootKey === undefined) throw new TypeError('a new root has a key');
  const root = parseIssuer(derOf(company.files.rootPem), nodeSha256);
  const { rootCrlPem = '' } = company.files;
  const parent = { root, signer: createNodeSigner(company.rootKey), crlPem: rootCrlPem };
  const team = createCa({ ...plan, name: 'team', parent });
  const home = openHome(unsyncedFileSystem, folder.next());
  addCa(home, 'company', company.files);
  addCa(home, 'team', team.files);
  return { home, files: [company.files, team.files] };
}

async function chooseAll({ home }: Teams, platform: string): Promise<readonly TrustAnchor[]> {
  const io = { platform, fs: home.fs };
  const context = { io, homePath: home.path, home: () => home } as unknown as Context;
  return (await chooseRootsToInstall({ invocation: { positionals: [], options: { all: true } }, context })).anchors;
}

describe('--all', () => {
  it('is one root for two issuers, where there are no lists of issuers', async () => {
    const anchors = await chooseAll(createTeams(), 'linux');
    expect(anchors.map(({ caName }) => caName)).toEqual(['company']);
  });

  it('brings the list of each issuer to Windows, that of the root once, and one dialog', async () => {
    const teams = createTeams();
    const anchors = await chooseAll(teams, 'win32');
    const windows = createFakeWindows({ roots: anchors.slice(0, 1) });
    const programs = {
      'C:\\Windows\\System32\\reg.exe': windows.programs.reg,
      'C:\\Windows\\System32\\certutil.exe': windows.programs.certutil,
    };
    const lists = ['company', 'team'].flatMap((name) => {
      const { path, rootFile } = readCa(teams.home, name);
      const read = (file: string): string => readFileSync(`${path}/${file}`, 'utf8');
      return [
        [rootFile, read('root.pem')],
        ...['root.crl', 'issuer.crl'].map((file) => [win32.join(dirname(rootFile), file), read(file)]),
      ];
    });
    const machine = createFakeMachine({
      platform: 'win32',
      uid: undefined,
      userFolder: 'C:\\Users\\u',
      env: { SystemRoot: 'C:\\Windows' },
      entries: {
        ...Object.fromEntries(Object.keys(programs).map((path) => [path, 'MZ'])),
        ...(Object.fromEntries(lists) as Record<string, string>),
      },
      programs: { ...programs, node: windows.programs.worker },
    });
    const home = openHome(unsyncedFileSystem, folder.next());
    const install = { ...createFakeInstallContext(machine, 'system', { canAsk: true }), home };
    for (const anchor of anchors) expect(await installAnchor(anchor, install)).toMatchObject([{ state: 'trusted' }]);
    const [company, team] = teams.files;
    const wanted = [company?.rootCrlPem, company?.issuerCrlPem, team?.issuerCrlPem];
    expect([...windows.crls.values()].map(toHex).sort()).toEqual(wanted.map((pem) => toHex(derOf(pem))).sort());
    expect(windows.dialogs.count).toBe(1);
    const [first] = anchors;
    if (first !== undefined) await uninstallAnchor(first, install);
    expect([windows.crls.size, windows.registry.size]).toEqual([0, 0]);
  });
});
