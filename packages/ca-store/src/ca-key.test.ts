/** @module What protects a CA's key, told from its folder; and its seal changed in one step, whatever the disk does meanwhile. */
import { chmodSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { createScope, parseKeyType } from '@mintmark/ca-core';
import {
  createTemporaryFolder,
  eachOperation,
  expectCode,
  FIXED_NOW,
  listFiles,
  unsyncedFileSystem as disk,
  type Fault,
} from '../../testkit/src/index.ts';
import { addCa, readCa, type CaFiles } from './ca-folder.ts';
import { hasCaKey, isCaKeyEncrypted, markKeyPem, openCaKey, readKeyProtection, resealCaKey } from './ca-key.ts';
import { createCa } from './create-ca.ts';
import { changeHome, type Home } from './home.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
const plan = { name: 'default', scope, keyType: parseKeyType('ecdsa-p256'), now: FIXED_NOW };
const { files } = createCa(plan);
const sealed = createCa({ ...plan, passphrase: 'correct horse' }).files;
const keyPem = files.keyPem ?? '';
const sealedPem = sealed.keyPem ?? '';
const ACCOUNT = 'default-0123456789abcdef0123';

const createHome = (of: CaFiles): Home => {
  const home = { path: root.next(), fs: disk };
  addCa(home, 'default', of);
  return home;
};
const keyFileOf = ({ path }: Home): string => join(path, 'cas/default/issuer-key.pem');

describe('the protection of a key', () => {
  const { keyPem: _none, ...keyless } = files;
  it.each([
    ['none', files, { kind: 'plain' }, true],
    ['a passphrase', sealed, { kind: 'passphrase' }, true],
    [
      'the secret store',
      { ...sealed, keyPem: markKeyPem(sealedPem, ACCOUNT) },
      { kind: 'secret-store', account: ACCOUNT },
      true,
    ],
    ['a token', { ...keyless, tokenJson: '{}' }, { kind: 'token', json: '{}' }, true],
    ['absence', keyless, { kind: 'absent' }, false],
  ] as const)('that is %s is told', (_name, of, protection, hasKey) => {
    const home = createHome(of);
    const ca = readCa(home, 'default');
    expect(readKeyProtection(home, ca)).toEqual(protection);
    expect(hasCaKey(home, ca)).toBe(hasKey);
    if (!hasKey) expectCode(() => isCaKeyEncrypted(home, ca), 'CA_KEY_MISSING');
    else expect(isCaKeyEncrypted(home, ca)).toBe(['passphrase', 'secret-store'].includes(protection.kind));
  });

  it('is that of the key, whatever else the file says', () => {
    const home = createHome(files);
    const ca = readCa(home, 'default');
    for (const [text, kind] of [
      [markKeyPem(keyPem, ACCOUNT), 'plain'],
      [`${sealedPem}Passphrase: secret store, ${ACCOUNT}\n`, 'passphrase'],
      [`Passphrase: secret store, ../../etc\n${sealedPem}`, 'passphrase'],
      [`Passphrase: secret store, ${'x'.repeat(81)}\n${sealedPem}`, 'passphrase'],
      [`# Passphrase: secret store, ${ACCOUNT}\n${sealedPem}`, 'passphrase'],
    ] as const) {
      writeFileSync(keyFileOf(home), text);
      expect(readKeyProtection(home, ca).kind, text.split('\n')[0]).toBe(kind);
    }
  });

  it('by the secret store opens like any other with its passphrase', () => {
    const home = createHome({ ...sealed, keyPem: markKeyPem(sealedPem, ACCOUNT) });
    const ca = readCa(home, 'default');
    expect(openCaKey(home, ca, 'correct horse').subjectKey.spkiDer).toEqual(ca.issuer.subjectKey.spkiDer);
    expectCode(() => openCaKey(home, ca), 'KEY_ENCRYPTED');
  });
});

const FAULTS: readonly Fault[] = [
  { kind: 'stop' },
  { kind: 'torn-stop' },
  ...['ENOSPC', 'EIO', 'EROFS', 'EACCES'].map((code): Fault => ({ kind: 'errno', code })),
];

describe('another seal', () => {
  it.each(FAULTS)('is there whole or not at all under %o, and no key is left lying about', (fault) => {
    const text = markKeyPem(keyPem, ACCOUNT);
    const operations = eachOperation({
      fs: disk,
      fault,
      prepare: () => createHome(files),
      work: ({ path }, fs) => {
        const home = { path, fs };
        changeHome(home, () => resealCaKey(home, readCa(home, 'default'), text));
      },
      check: ({ scene, error }) => {
        const now = readFileSync(keyFileOf(scene), 'utf8');
        expect([keyPem, text]).toContain(now);
        if (error === undefined) expect(now).toBe(text);
        changeHome(scene, () => {});
        expect(listFiles(scene.path).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      },
    });
    expect(operations).toBeGreaterThan(5);
  });

  it('is readable by its owner alone, whatever the old one was', () => {
    const home = createHome(files);
    chmodSync(keyFileOf(home), 0o644);
    resealCaKey(home, readCa(home, 'default'), keyPem);
    expect(statSync(keyFileOf(home)).mode & 0o777).toBe(0o600);
  });
});
