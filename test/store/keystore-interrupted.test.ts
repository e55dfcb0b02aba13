/** @module `keystore` killed, on a full disk, and where it may not write: the old store or the new one, both of which open, and no debris. */
import { chownSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readPkcs12 } from '../../packages/ca-core/src/pkcs12/index.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, createScene, errorCode, openToOthers, runIn, tryIn, type Scene } from './home-scene.ts';
import { createKiller, type Moment } from './killed-command.ts';
import { mountMemoryDisk } from './memory-disk.ts';
import { runAsNobody } from './other-user.ts';

const scratch = scratchFolder('keystore-interrupted');
const NOBODY = 65534;
const ROUNDS = 8;
const MAX_ROUNDS = 40;
const COMMAND = ['keystore', '--cert', 'a.test.pem', '--password-file', 'pw'];

async function prepare(scene: Scene): Promise<void> {
  await runIn(scene, ['mint', 'a.test']);
  writeFileSync(join(scene.out, 'pw'), 'changeit\n', { mode: 0o600 });
}

const storeOf = ({ out }: Scene): string => join(out, 'a.test.p12');

/** Opening one takes a second; the same bytes need it once. */
const opened: Buffer[] = [];

/** The bytes of a store that opens; undefined where there is none. */
function readStore(scene: Scene): Buffer | undefined {
  if (!existsSync(storeOf(scene))) return undefined;
  const bytes = readFileSync(storeOf(scene));
  if (opened.some((other) => other.equals(bytes))) return bytes;
  const contents = readPkcs12(bytes, { what: 'a.test.p12', password: 'changeit' });
  expect([contents.certificates.length, contents.privateKeys.length]).toEqual([2, 1]);
  opened.push(bytes);
  return bytes;
}

describe('a key store', () => {
  it('outlives kill -9 whole, and is replaced afterwards without --force', async () => {
    const scene = createScene(scratch);
    await prepare(scene);
    await runIn(scene, COMMAND);
    const start = performance.now();
    await runIn(scene, COMMAND);
    const kill = createKiller(performance.now() - start);
    const moments: Moment[] = [];
    while (moments.length < ROUNDS || (moments.length < MAX_ROUNDS && !moments.includes('midway'))) {
      const before = readStore(scene);
      moments.push(await kill(scene, COMMAND));
      if (moments.at(-1) === 'early') expect(readStore(scene)).toEqual(before);
      expect(readStore(scene)).toBeDefined();
      await runIn(scene, COMMAND);
      checkNothingLeft(scene);
    }
    expect(moments).toContain('midway'); // else no kill hit the command while it changed the disk
  });

  it('stays as it was when the disk is full', async (context) => {
    const disk = await mountMemoryDisk(context, join(scratch, 'full'));
    const scene = { ...createScene(scratch), out: disk.path };
    await prepare(scene);
    await runIn(scene, COMMAND);
    const before = readStore(scene);
    disk.fill(0);
    expect(errorCode(await tryIn(scene, COMMAND))).toBe('NO_SPACE');
    expect(readStore(scene)).toEqual(before);
    disk.empty();
    checkNothingLeft(scene);
    await runIn(scene, COMMAND);
  });

  it('is a clear error where the folder may not be written', (context) => {
    if (process.getuid?.() !== 0) context.skip('needs root');
    openToOthers(scratch);
    const scene = createScene(scratch);
    mkdirSync(scene.home, { mode: 0o700 });
    chownSync(scene.home, NOBODY, NOBODY);
    const words = ['keystore', '--trust', '--cert', 'a.pem', '--password-file', 'pw'];
    writeFileSync(join(scene.out, 'a.pem'), CERTIFICATE, { mode: 0o644 });
    writeFileSync(join(scene.out, 'pw'), 'changeit\n', { mode: 0o644 });
    expect(errorCode(runAsNobody(scene, words))).toBe('NO_PERMISSION');
    expect(existsSync(join(scene.out, 'a-trust.p12'))).toBe(false);
    chownSync(scene.out, NOBODY, NOBODY);
    expect(runAsNobody(scene, words)).toMatchObject({ exitCode: 0 });
  });
});

const CERTIFICATE = `-----BEGIN CERTIFICATE-----
MIIBbTCCAROgAwIBAgIUJFyHuqgYqSetbKR1z6ID1spLcPQwCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCQ0EwIBcNMjYxMTIyMTEwOTA0WhgPMjEyNjEwMjkxMTA5MDRa
MA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLR16p
fzpugpMZOFsc/jfvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL1ooqplcrCpi/3F00a8ns
mQaCHMIHXZCP0o2eo00wSzAdBgNVHQ4EFgQU1kj4joDZBqbiFZ7C1imFVslLxWIw
HwYDVR0jBBgwFoAUmSGEok7wIsoaikA4ibbqWl8kUSkwCQYDVR0TBAIwADAKBggq
hkjOPQQDAgNIADBFAiEA0A0NfSvwB1T/lFFOdVeTf/pvgIuQH3xbeEnoKJB6Oe0C
IF5ZIe02eakew2iSKVWFjUtAESKmr7b9vV3IRXTypbnP
-----END CERTIFICATE-----
`;
