/** @module CAs on disk: names, what is refused, and damage that is told instead of used. */
import { copyFileSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, parseKeyType } from '@mintmark/ca-core';
import { createPrivateKeyOfType } from '@mintmark/ca-core/node';
import {
  createTemporaryFolder,
  expectCode,
  FIXED_NOW,
  listFiles,
  unsyncedFileSystem as disk,
} from '../../testkit/src/index.ts';
import { addCa, caPath, listCaNames, previewCa, readCa, removeCa, type CaFiles } from './ca-folder.ts';
import { isCaKeyEncrypted, openSigner, readCaKeyPem } from './ca-key.ts';
import { createCa } from './create-ca.ts';
import type { Home } from './home.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const plan = { scope, keyType: parseKeyType('ecdsa-p256'), now: FIXED_NOW };
const { files } = createCa({ ...plan, name: 'default' });
const other = createCa({ ...plan, name: 'other' }).files;

const createHome = (cas: Readonly<Record<string, CaFiles>> = {}): Home => {
  const home = { path: root.next(), fs: disk };
  for (const [name, each] of Object.entries(cas)) addCa(home, name, each);
  return home;
};

describe('names of CAs', () => {
  it.each(['', '.', '..', '.hidden', '-x', 'a/b', 'a b', 'ü', `${'x'.repeat(65)}`, 'a\n'])('refuse %j', (name) => {
    expectCode(() => caPath(createHome(), name), 'CA_NAME_INVALID');
  });

  it('are listed with the default one first, then by alphabet, without what is no CA name', () => {
    const home = createHome();
    expect(listCaNames(home)).toEqual([]);
    for (const name of ['b', 'default', 'C', 'a', '.staged-0123456789ab'])
      mkdirSync(join(home.path, 'cas', name), { recursive: true });
    expect(listCaNames(home)).toEqual(['default', 'a', 'b', 'C']);
  });
});

describe('adding a CA', () => {
  it('gives back what is on disk, which is what the preview said', () => {
    const home = createHome();
    const preview = previewCa(home, 'default', files);
    const ca = addCa(home, 'default', files);
    expect(ca.issuer).toEqual(preview.issuer);
    expect(ca.root).toEqual(preview.root);
    expect(ca.chainPem).toBe(files.issuerPem);
    expect(readCaKeyPem(home, ca)).toBe(files.keyPem);
    expect(readCa(home, 'default').root).toEqual(ca.root);
  });

  it('never stores the key of the root', () => {
    const home = createHome({ default: files });
    expect(listFiles(join(home.path, 'cas', 'default'))).toEqual([
      'issuer-key.pem',
      'issuer.crl',
      'issuer.pem',
      'root.crl',
      'root.pem',
    ]);
    const ca = readCa(home, 'default');
    expect(openSigner(home, ca).algorithm).toBeDefined();
    expect(ca.root.subjectKey.spkiDer).not.toEqual(ca.issuer.subjectKey.spkiDer);
  });

  it('refuses a name that is taken', () => {
    const home = createHome({ default: files });
    expectCode(() => addCa(home, 'default', other), 'CA_EXISTS');
    expect(readCaKeyPem(home, readCa(home, 'default'))).toBe(files.keyPem);
  });

  it('refuses a subject that another CA has, naming that one', () => {
    const home = createHome({ default: files });
    const error = expectCode(() => addCa(home, 'copy', files), 'CA_SUBJECT_TAKEN');
    expect(error.details).toMatchObject({ caName: 'copy', other: 'default' });
    expect(listCaNames(home)).toEqual(['default']);
  });

  it('refuses a key that another CA has, naming that one', () => {
    const home = createHome();
    const issuerKey = createPrivateKeyOfType('ecdsa-p256').subjectKey;
    addCa(home, 'one', createCa({ ...plan, name: 'one', issuerKey }).files);
    const error = expectCode(
      () => addCa(home, 'two', createCa({ ...plan, name: 'two', issuerKey }).files),
      'CA_KEY_TAKEN',
    );
    expect(error.details).toMatchObject({ caName: 'two', other: 'one' });
  });

  it('without a key makes one that can be trusted and can not sign', () => {
    const { keyPem: _key, ...trusted } = files;
    const home = createHome({ company: trusted });
    const ca = readCa(home, 'company');
    expect(readCaKeyPem(home, ca)).toBeUndefined();
    expectCode(() => openSigner(home, ca), 'CA_KEY_MISSING');
    expectCode(() => isCaKeyEncrypted(home, ca), 'CA_KEY_MISSING');
  });

  it('with a passphrase makes a key that asks for it', () => {
    const secret = createCa({ ...plan, name: 'secret', passphrase: 'correct horse' }).files;
    const home = createHome({ secret });
    const ca = readCa(home, 'secret');
    expect(isCaKeyEncrypted(home, ca)).toBe(true);
    expectCode(() => openSigner(home, ca), 'KEY_ENCRYPTED');
    expectCode(() => openSigner(home, ca, 'wrong'), 'KEY_PASSPHRASE_WRONG');
    expect(openSigner(home, ca, 'correct horse').algorithm).toBeDefined();
  });
});

describe('a damaged CA', () => {
  const damage: readonly (readonly [string, (folder: string) => void])[] = [
    ['whose root is missing', (folder) => rmSync(join(folder, 'root.pem'))],
    ['whose issuer is empty', (folder) => writeFileSync(join(folder, 'issuer.pem'), '')],
    [
      'whose issuer is no certificate',
      (folder) => copyFileSync(join(folder, 'issuer-key.pem'), join(folder, 'issuer.pem')),
    ],
    ['whose root is cut short', (folder) => writeFileSync(join(folder, 'root.pem'), files.rootPem.slice(0, 200))],
  ];

  it.each(damage)('%s is told, and can be removed', (_title, spoil) => {
    const home = createHome({ default: files });
    spoil(caPath(home, 'default'));
    expectCode(() => readCa(home, 'default').root, 'CA_DAMAGED');
    removeCa(home, 'default');
    expect(listFiles(join(home.path, 'cas'))).toEqual([]);
  });

  it('whose key is of another never signs', () => {
    const home = createHome({ default: files });
    writeFileSync(join(caPath(home, 'default'), 'issuer-key.pem'), other.keyPem ?? '');
    expectCode(() => openSigner(home, readCa(home, 'default')), 'CA_KEY_MISMATCH');
  });
});

describe('a CA that is not there', () => {
  it('can be neither read nor removed', () => {
    const home = createHome({ other });
    expectCode(() => readCa(home, 'default'), 'CA_NOT_FOUND');
    expectCode(() => removeCa(home, 'default'), 'CA_NOT_FOUND');
    expect(listCaNames(home)).toEqual(['other']);
  });
});
