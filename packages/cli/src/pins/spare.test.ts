/** @module Another spare in place of the one on record, by --force: the newest counts, and only it takes over. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { formatHex } from '@mintmark/ca-core';
import { openHome, readSpareRecords } from '@mintmark/ca-store';
import { createTemporaryFolder, expectCode, FIXED_NOW, unsyncedFileSystem as fs } from '../../../testkit/src/index.ts';
import type { Access } from '../command.ts';
import { createSpare, findSpare } from './spare.ts';

const root = createTemporaryFolder();
afterAll(root.remove);

const PINNED = { spkiSha256Hex: 'ab'.repeat(32), keyLabel: 'ECDSA P-256' };

function createScene() {
  const folder = root.next();
  mkdirSync(join(folder, 'out'));
  const home = openHome(fs, join(folder, 'home'));
  const said: string[] = [];
  const access = (options: Record<string, boolean> = {}): Access =>
    ({
      invocation: { positionals: [], options },
      context: {
        home: () => home,
        io: { fs, cwd: folder, now: () => FIXED_NOW },
        talkStyle: { yellow: (text: string) => text },
        say: (text: string) => void said.push(text),
      },
    }) as unknown as Access;
  return { home, said, access, file: join(folder, 'out', 'spare.pem'), other: join(folder, 'out', 'other.pem') };
}

describe('createSpare with --force', () => {
  it('makes another, in another file or the same, and forgets the one before', async () => {
    const { home, access, file, other } = createScene();
    const first = await createSpare(file, PINNED, access());
    const second = await createSpare(other, PINNED, access({ force: true }));
    expect(formatHex(second.spkiSha256)).not.toBe(formatHex(first.spkiSha256));
    expect(findSpare(PINNED.spkiSha256Hex, home)).toEqual(second);
    await expect(createSpare(file, PINNED, access())).rejects.toMatchObject({ code: 'SPARE_EXISTS' });
    expect(await createSpare(other, PINNED, access())).toEqual(second);
  });

  it('makes another when the file is gone; without it the pin on record is told', async () => {
    const { said, access, file } = createScene();
    const first = await createSpare(file, PINNED, access());
    fs.unlink(file);
    expect(await createSpare(file, PINNED, access())).toEqual({ ...first, isLost: true });
    expect(said.join('')).toMatch(/lost, or elsewhere for now: .*spare\.pem holds none/);
    expect(await createSpare(file, PINNED, access({ force: true }))).not.toEqual(first);
  });

  it("goes over another's file, and only so", async () => {
    const { access, file } = createScene();
    writeFileSync(file, 'notes');
    await expect(createSpare(file, PINNED, access())).rejects.toMatchObject({ code: 'FILE_EXISTS' });
    await createSpare(file, PINNED, access({ force: true }));
    expect(readFileSync(file, 'utf8')).toMatch(/ENCRYPTED PRIVATE KEY/);
  });
});

describe('the records of spares', () => {
  it('bear torn and foreign lines, and a damaged digest is told', async () => {
    const { home, access, file } = createScene();
    const spare = await createSpare(file, PINNED, access());
    const path = join(home.path, 'spares.jsonl');
    const lines = readFileSync(path, 'utf8');
    writeFileSync(path, `null\n{"event":"sealed"}\n{"event":7,"file":"x"}\n${lines}{"event":"promoted","spkiSha2`);
    expect(readSpareRecords(home)).toHaveLength(2);
    expect(findSpare(PINNED.spkiSha256Hex, home)).toEqual(spare);
    writeFileSync(path, lines.replaceAll(formatHex(spare.spkiSha256), 'damaged'));
    expectCode(() => findSpare(PINNED.spkiSha256Hex, home), 'PIN_INVALID');
  });
});
