/** @module The list for the store of Windows: true, or not there. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, parseKeyType, parsePem } from '@mintmark/ca-core';
import { parseCrl, type Crl } from '@mintmark/ca-core/revocation';
import {
  addCa,
  appendRevocations,
  createCa,
  issuerKeyHex,
  openHome,
  readCa,
  type Home,
  type StoredCa,
} from '@mintmark/ca-store';
import { createTemporaryFolder, unsyncedFileSystem } from '../../../testkit/src/index.ts';
import type { Context } from '../command.ts';
import { listDueStoreCrls, refreshStoreCrls, removeStoreCrl } from './store-crl.ts';

const folder = createTemporaryFolder();
afterAll(folder.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const begun = Date.parse('2026-01-01T00:00:00Z');

type Scene = {
  readonly home: Home;
  readonly ca: StoredCa;
  readonly said: string[];
  readonly refresh: () => Promise<void>;
  readonly due: () => string[];
  /** Sets the clock forward. */
  readonly skip: (ms: number) => void;
};

function createScene(passphrase?: string): Scene {
  const home = openHome(unsyncedFileSystem, folder.next());
  const secret = passphrase === undefined ? {} : { passphrase };
  const plan = { name: 'default', scope, keyType: parseKeyType('ecdsa-p256'), now: new Date(begun), ...secret };
  addCa(home, 'default', createCa(plan).files);
  const said: string[] = [];
  let seconds = 0;
  const now = (): Date => new Date(begun + ++seconds * 1000);
  const context = { home: () => home, io: { now }, say: (text: string) => void said.push(text) };
  return {
    home,
    ca: readCa(home, 'default'),
    said,
    refresh: () => refreshStoreCrls(['default', 'default'], context as unknown as Context),
    due: () => listDueStoreCrls(['default', 'default'], context as unknown as Context),
    skip: (ms) => void (seconds += ms / 1000),
  };
}

const fileOf = ({ ca }: Scene): string => join(ca.path, 'issuer.crl');
function readList(scene: Scene): Crl | undefined {
  if (!existsSync(fileOf(scene))) return undefined;
  const [block] = parsePem(readFileSync(fileOf(scene), 'utf8'), 'it');
  return block === undefined ? undefined : parseCrl(block.der, 'it');
}

function revoke({ home, ca }: Scene, serialHex: string): void {
  const times = { at: new Date(begun).toISOString(), notAfter: '2027-01-01T00:00:00.000Z' };
  const digests = { certSha256Hex: serialHex, spkiSha256Hex: serialHex, issuerSpkiSha256Hex: issuerKeyHex(ca.issuer) };
  appendRevocations(home, [{ event: 'revoked', ca: 'default', serialHex, reason: 'superseded', ...times, ...digests }]);
}

describe('the list', () => {
  it('of a new CA is true and stays as it is', async () => {
    const scene = createScene();
    const before = readFileSync(fileOf(scene));
    await scene.refresh();
    expect(readFileSync(fileOf(scene))).toEqual(before);
    expect(readList(scene)).toMatchObject({ numberHex: '1', entries: [] });
  });

  it('is signed anew after a revocation, for as long as the issuer lasts', async () => {
    const scene = createScene();
    revoke(scene, '5a');
    await scene.refresh();
    const list = readList(scene);
    expect(list?.entries).toMatchObject([{ serialHex: '5a', reason: 'superseded' }]);
    expect(list?.nextUpdate).toEqual(scene.ca.issuer.notAfter);
    const before = readFileSync(fileOf(scene));
    await scene.refresh();
    expect(readFileSync(fileOf(scene))).toEqual(before);
    removeStoreCrl(scene.home, scene.ca);
    removeStoreCrl(scene.home, scene.ca);
    await scene.refresh();
    expect(BigInt(`0x${readList(scene)?.numberHex ?? '0'}`)).toBeGreaterThan(BigInt(`0x${list?.numberHex ?? '0'}`));
  });

  it.each(['', 'nothing', '-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n'])(
    'that is damaged (%j) is signed anew',
    async (text) => {
      const scene = createScene();
      writeFileSync(fileOf(scene), text);
      await scene.refresh();
      expect(readList(scene)).toMatchObject({ entries: [] });
    },
  );

  it('is told to a dry run where one would be signed, which signs none', async () => {
    const scene = createScene();
    expect(scene.due()).toEqual([]);
    removeStoreCrl(scene.home, scene.ca);
    expect(scene.due()).toEqual(['default']);
    expect(readList(scene)).toBeUndefined();
    await scene.refresh();
    expect(scene.due()).toEqual([]);
  });

  it('stays as it is when what it no longer holds was told after its end', async () => {
    const scene = createScene();
    revoke(scene, '5a');
    scene.skip(400 * 86_400_000);
    removeStoreCrl(scene.home, scene.ca);
    await scene.refresh();
    removeStoreCrl(scene.home, scene.ca);
    await scene.refresh();
    expect(readList(scene)).toMatchObject({ entries: [] });
    const before = readFileSync(fileOf(scene));
    await scene.refresh();
    expect(readFileSync(fileOf(scene))).toEqual(before);
  });

  it('that an expired issuer can sign no more stops no install', async () => {
    const scene = createScene();
    scene.skip(3651 * 86_400_000);
    expect(scene.due()).toEqual([]);
    await scene.refresh();
    expect(scene.said.join('')).toContain('Windows gets no revocation list of CA "default": ');
  });

  it('of a CA with a locked key stays while it is true, and is taken away when it is not', async () => {
    const scene = createScene('correct horse');
    await scene.refresh();
    expect(readList(scene)).toMatchObject({ entries: [] });
    revoke(scene, '5a');
    await scene.refresh();
    expect(readList(scene)).toBeUndefined();
    expect(scene.said.join('')).toContain('mintmark crl --ca default --days 3649 --out ca.crl');
  });
});
