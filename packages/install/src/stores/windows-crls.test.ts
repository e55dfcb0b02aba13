/** @module The revocation lists of a CA in a Windows store, against a certutil and a registry that behave as documented. Not run on real hardware. */
import { win32 } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, formatPem, parseIssuer, parseKeyType, parsePem } from '@mintmark/ca-core';
import { createNodeSigner, nodeSha256, parsePrivateKey } from '@mintmark/ca-core/node';
import { issueCrl, prepareCrl } from '@mintmark/ca-core/revocation';
import { createCa, openHome } from '@mintmark/ca-store';
import {
  createFakeInstallContext,
  createFakeMachine,
  createFakeWindows,
  createTemporaryFolder,
  type FakeBehaviour,
  type FakeProgram,
  unsyncedFileSystem,
} from '../../../testkit/src/index.ts';
import { createAnchor, type TrustAnchor } from '../anchor.ts';
import { inspectStores, installAnchor, planStores, uninstallAnchor } from '../install.ts';

const now = new Date('2026-01-01T00:00:00Z');
const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const { files } = createCa({ name: 'default', scope, keyType: parseKeyType('ecdsa-p256'), now });
const derOf = (pem = ''): Uint8Array => parsePem(pem, 'a file')[0]?.der ?? new Uint8Array();
const issuer = parseIssuer(derOf(files.issuerPem), nodeSha256);
const signer = createNodeSigner(parsePrivateKey(Buffer.from(files.keyPem ?? ''), { what: 'the key' }));
const issuerCrl = (number: bigint): string =>
  formatPem('X509 CRL', issueCrl(prepareCrl({ revocations: [], number }, { now, issuer, caName: 'default' }), signer));

const HOME = 'C:\\Users\\u\\AppData\\Local\\mintmark\\cas\\default';
const anchor = createAnchor({
  caName: 'default',
  certDer: derOf(files.rootPem) as Uint8Array<ArrayBuffer>,
  certFile: `${HOME}\\root.pem`,
});
const LISTS = { [`${HOME}\\root.crl`]: files.rootCrlPem ?? '', [`${HOME}\\issuer.crl`]: issuerCrl(1n) };

type Options = {
  readonly lists?: Readonly<Record<string, string>>;
  readonly isElevated?: boolean;
  readonly certutil?: FakeBehaviour;
  readonly roots?: readonly TrustAnchor[];
};

/** Another CA of the same home. */
const other = createCa({ name: 'other', scope, keyType: parseKeyType('ecdsa-p256'), now }).files;
const OTHER_HOME = 'C:\\Users\\u\\AppData\\Local\\mintmark\\cas\\other';
const otherAnchor = createAnchor({
  caName: 'other',
  certDer: derOf(other.rootPem) as Uint8Array<ArrayBuffer>,
  certFile: `${OTHER_HOME}\\root.pem`,
});
const OTHER_LISTS = {
  [`${OTHER_HOME}\\root.pem`]: otherAnchor.certPem,
  [`${OTHER_HOME}\\root.crl`]: other.rootCrlPem ?? '',
  [`${OTHER_HOME}\\issuer.crl`]: other.issuerCrlPem ?? '',
};

function createWindows({ lists = LISTS, roots = [anchor, otherAnchor], ...options }: Options = {}) {
  const windows = createFakeWindows({ ...options, roots });
  const folder = 'C:\\Windows\\System32';
  const programs: Record<string, FakeProgram> = {
    [`${folder}\\reg.exe`]: windows.programs.reg,
    ...(options.certutil === 'missing' ? {} : { [`${folder}\\certutil.exe`]: windows.programs.certutil }),
  };
  const machine = createFakeMachine({
    platform: 'win32',
    uid: undefined,
    userFolder: 'C:\\Users\\u',
    env: { SystemRoot: 'C:\\Windows' },
    entries: {
      ...Object.fromEntries(Object.keys(programs).map((path) => [path, 'MZ'])),
      [anchor.certFile]: anchor.certPem,
      ...lists,
    },
    programs: { ...programs, node: windows.programs.worker },
  });
  return { ...windows, machine, context: createFakeInstallContext(machine, 'system', { canAsk: true }) };
}

const placesOf = (reports: readonly { readonly places: readonly object[] }[]): readonly object[] =>
  reports.flatMap(({ places }) => places);

const folder = createTemporaryFolder();
afterAll(folder.remove);

describe('the revocation lists of a CA', () => {
  it('are replaced by newer ones, and an older one that is still there comes out by the journal', async () => {
    const windows = createWindows();
    const context = { ...windows.context, home: openHome(unsyncedFileSystem, folder.next()) };
    await installAnchor(anchor, context);
    windows.machine.entries.set(`${HOME}\\issuer.crl`, issuerCrl(2n));
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'trusted', isChanged: true }]);
    expect(windows.crls.size).toBe(2);
    windows.machine.entries.delete(`${HOME}\\issuer.crl`);
    windows.machine.entries.delete(`${HOME}\\root.crl`);
    await uninstallAnchor(anchor, context);
    expect([windows.crls.size, windows.registry.size]).toEqual([0, 0]);
  });

  it('leave those of another CA alone, when they are replaced and when they come out', async () => {
    const windows = createWindows({ lists: { ...LISTS, ...OTHER_LISTS } });
    const context = { ...windows.context, home: openHome(unsyncedFileSystem, folder.next()) };
    const listsOf = (pems: readonly (string | undefined)[]): string[] =>
      pems.map((pem) => Buffer.from(derOf(pem)).toString('hex')).sort();
    const held = (): string[] => [...windows.crls.values()].map((der) => Buffer.from(der).toString('hex')).sort();
    await installAnchor(otherAnchor, context);
    await installAnchor(anchor, context);
    const newer = issuerCrl(2n);
    windows.machine.entries.set(`${HOME}\\issuer.crl`, newer);
    expect(await installAnchor(anchor, context)).toMatchObject([{ state: 'trusted', isChanged: true }]);
    expect(held()).toEqual(listsOf([files.rootCrlPem, newer, other.rootCrlPem, other.issuerCrlPem]));
    await uninstallAnchor(anchor, context);
    expect(held()).toEqual(listsOf([other.rootCrlPem, other.issuerCrlPem]));
    await uninstallAnchor(otherAnchor, context);
    expect([held(), windows.registry.size]).toEqual([[], 0]);
  });

  it('of two issuers below one root stand beside each other, and all come out with the root', async () => {
    const ceremony = createCa({ name: 'kept', scope, keyType: parseKeyType('ecdsa-p256'), now });
    const root = parseIssuer(derOf(ceremony.files.rootPem), nodeSha256);
    const { rootKey } = ceremony;
    if (rootKey === undefined) throw new TypeError('a new root has a key');
    const parent = { root, signer: createNodeSigner(rootKey) };
    const team = createCa({ name: 'team', scope, keyType: parseKeyType('ecdsa-p256'), now, parent }).files;
    const anchorIn = (folderOf: string) =>
      createAnchor({ caName: 'kept', certDer: root.certDer, certFile: `${folderOf}\\root.pem` });
    const [first, second] = [anchorIn(HOME), anchorIn(OTHER_HOME)];
    const windows = createWindows({
      roots: [first],
      lists: {
        [`${HOME}\\root.crl`]: ceremony.files.rootCrlPem ?? '',
        [`${HOME}\\issuer.crl`]: ceremony.files.issuerCrlPem ?? '',
        [`${OTHER_HOME}\\root.crl`]: ceremony.files.rootCrlPem ?? '',
        [`${OTHER_HOME}\\issuer.crl`]: team.issuerCrlPem ?? '',
      },
    });
    const context = { ...windows.context, home: openHome(unsyncedFileSystem, folder.next()) };
    await installAnchor(first, context);
    await installAnchor(second, context);
    expect(windows.crls.size).toBe(3);
    await uninstallAnchor(second, context);
    expect([windows.crls.size, windows.registry.size]).toEqual([0, 0]);
  });

  it('go in with the root, without a second dialog, and come out with it', async () => {
    const windows = createWindows();
    const installed = await installAnchor(anchor, windows.context);
    expect(installed).toMatchObject([{ state: 'trusted' }]);
    expect(placesOf(installed)).toMatchObject([
      { id: 'CurrentUser\\Root', state: 'trusted' },
      { id: `CurrentUser\\CA\\${anchor.fileStem}`, label: 'CurrentUser\\CA', state: 'trusted', route: 'certutil' },
    ]);
    expect([...windows.crls.values()].map((der) => Buffer.from(der).toString('hex')).sort()).toEqual(
      Object.values(LISTS)
        .map((pem) => Buffer.from(derOf(pem)).toString('hex'))
        .sort(),
    );
    expect(windows.dialogs.count).toBe(1);
    expect(await installAnchor(anchor, windows.context)).toMatchObject([{ isChanged: false }]);
    const removed = await uninstallAnchor(anchor, windows.context);
    expect(removed).toMatchObject([{ state: 'absent' }]);
    expect([windows.crls.size, windows.registry.size]).toEqual([0, 0]);
    expect(JSON.stringify(removed)).not.toContain('Schannel');
  });

  it('are shown as commands in a dry run', async () => {
    const planned = placesOf(await planStores('install', anchor, createWindows().context));
    expect(planned[1]).toMatchObject({
      commands: ['root.crl', 'issuer.crl']
        .map((name) => `C:\\Windows\\System32\\certutil.exe -user -f -addstore CA ${win32.join(HOME, name)}`)
        .map((command) => expect.stringContaining(command.split(' ').slice(1, 5).join(' ')) as unknown),
    });
  });

  it('go into the store of the machine for an administrator', async () => {
    const windows = createWindows({ isElevated: true });
    expect(placesOf(await installAnchor(anchor, windows.context))).toMatchObject([
      { id: 'LocalMachine\\Root' },
      { label: 'LocalMachine\\CA', state: 'trusted' },
    ]);
    expect([...windows.crls.keys()].every((id) => id.startsWith('LocalMachine'))).toBe(true);
    await uninstallAnchor(anchor, windows.context);
    expect(windows.crls.size).toBe(0);
  });

  it('are told as missing beside a root that is there, which the store trusts all the same', async () => {
    const windows = createWindows();
    await installAnchor(anchor, windows.context);
    windows.crls.clear();
    const [report] = await inspectStores(anchor, windows.context);
    expect(report).toMatchObject({ state: 'trusted' });
    expect(report?.places[1]).toMatchObject({ state: 'unavailable', hint: 'mintmark install --stores system' });
    expect(await installAnchor(anchor, windows.context)).toMatchObject([{ state: 'trusted' }]);
    expect([windows.crls.size, windows.dialogs.count]).toEqual([2, 1]);
  });

  it('are believed by their bytes, not by the SHA-1 that names them', async () => {
    const windows = createWindows();
    await installAnchor(anchor, windows.context);
    for (const id of windows.crls.keys()) windows.crls.set(id, Uint8Array.of(0x30, 0));
    expect((await inspectStores(anchor, windows.context))[0]?.places[1]).toMatchObject({ state: 'unavailable' });
  });

  it('that a certutil only pretends to put in are a failure', async () => {
    const windows = createWindows({ certutil: 'idle' });
    const [report] = await installAnchor(anchor, windows.context);
    expect(report?.places[1]).toMatchObject({
      state: 'failed',
      detail: expect.stringContaining('no revocation list') as unknown,
    });
  });

  it.each([
    ['without the list of the issuer', { [`${HOME}\\root.crl`]: files.rootCrlPem ?? '' }],
    ['without that of the root', { [`${HOME}\\issuer.crl`]: issuerCrl(1n) }],
    ['with a damaged one', { ...LISTS, [`${HOME}\\root.crl`]: 'nothing' }],
    ['with a certificate in its place', { ...LISTS, [`${HOME}\\root.crl`]: files.rootPem }],
  ])('are left out %s, for only both are of use', async (_title, lists) => {
    const windows = createWindows({ lists });
    expect(placesOf(await installAnchor(anchor, windows.context))).toHaveLength(1);
    expect(windows.crls.size).toBe(0);
  });

  it('are left out where there is no certutil', async () => {
    expect(placesOf(await installAnchor(anchor, createWindows({ certutil: 'missing' }).context))).toHaveLength(1);
  });

  it('of a CA whose root signs by itself are one', async () => {
    const own = createAnchor({ caName: 'own', certDer: issuer.certDer, certFile: `${HOME}\\root.pem` });
    const windows = createWindows({ lists: { [`${HOME}\\issuer.crl`]: issuerCrl(1n) } });
    await installAnchor(own, windows.context);
    expect(windows.crls.size).toBe(1);
  });
});
