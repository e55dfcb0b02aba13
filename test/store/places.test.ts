/** @module Where files go and with what modes: links, loose old files, umasks, odd paths, homes that are not told. */
import { chmodSync, lstatSync, mkdirSync, readFileSync, renameSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { listFiles, readDiskPair } from '../../packages/testkit/src/index.ts';
import { mintmark, MINTMARK_BIN, mintmarkOrThrow } from '../programs/mintmark.ts';
import { run } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, checkPairs, createScene, errorCode, runIn, tryIn, type Scene } from './home-scene.ts';

const scratch = scratchFolder('places');
const mode = (path: string): string => (lstatSync(path).mode & 0o777).toString(8);
const certFile = ({ out }: Scene): string => join(out, 'a.test.pem');
const keyFile = ({ out }: Scene): string => join(out, 'a.test-key.pem');

describe('a link where the key goes', () => {
  it('is refused when it leads to a file that is not ours, and never followed when forced', async () => {
    const scene = createScene(scratch);
    const target = join(scratch, 'precious');
    writeFileSync(target, 'precious');
    symlinkSync(target, keyFile(scene));
    expect(errorCode(await tryIn(scene, ['mint', 'a.test']))).toBe('FILE_EXISTS');
    await runIn(scene, ['mint', 'a.test', '--force']);
    expect(readFileSync(target, 'utf8')).toBe('precious');
    expect(lstatSync(keyFile(scene)).isFile()).toBe(true);
    expect(mode(keyFile(scene))).toBe('600');
    expect(checkPairs(scene)).toEqual(['a.test']);
  });

  it('is replaced when it leads to our own key, which stays as it was', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    const moved = join(scratch, 'moved-key.pem');
    renameSync(keyFile(scene), moved);
    const old = readFileSync(moved, 'utf8');
    symlinkSync(moved, keyFile(scene));
    await runIn(scene, ['mint', 'a.test']);
    expect(readFileSync(moved, 'utf8')).toBe(old);
    expect(lstatSync(keyFile(scene)).isFile()).toBe(true);
    expect(checkPairs(scene)).toEqual(['a.test']);
    checkNothingLeft(scene);
  });

  it('that leads nowhere is replaced, and nothing appears where it led', async () => {
    const scene = createScene(scratch);
    const nowhere = join(scene.out, 'nowhere');
    symlinkSync(nowhere, keyFile(scene));
    await runIn(scene, ['mint', 'a.test']);
    expect(listFiles(scene.out)).toEqual(['a.test-key.pem', 'a.test.pem']);
    expect(checkPairs(scene)).toEqual(['a.test']);
  });
});

describe('modes', () => {
  it('of a key that others could read are not kept, nor is the key', async () => {
    const scene = createScene(scratch);
    await runIn(scene, ['mint', 'a.test']);
    const old = readDiskPair(certFile(scene), keyFile(scene));
    chmodSync(keyFile(scene), 0o644);
    await runIn(scene, ['mint', 'a.test']);
    expect(mode(keyFile(scene))).toBe('600');
    expect(readDiskPair(certFile(scene), keyFile(scene)).keyPem).not.toBe(old.keyPem);
  });

  it.each(['000', '022', '077'])('are the same under umask %s', async (umask) => {
    const scene = createScene(scratch);
    const script = `umask ${umask}; exec "$@"`;
    const words = ['mint', 'a.test', '--out', 'made'];
    const result = await run(['/bin/sh', '-c', script, 'sh', process.execPath, MINTMARK_BIN, ...words], {
      cwd: scene.out,
      env: { MINTMARK_HOME: scene.home },
    });
    expect(result).toMatchObject({ exitCode: 0 });
    const made = join(scene.out, 'made');
    const found = [
      ...listFiles(scene.home).map((path) => join(scene.home, path)),
      ...listFiles(made).map((path) => join(made, path)),
    ];
    const wanted = (path: string): string =>
      path.endsWith('/') ? '700' : /-key\.pem$|\.jsonl$/.test(path) ? '600' : '644';
    expect(found.map((path) => [path, mode(path)])).toEqual(found.map((path) => [path, wanted(path)]));
    expect([mode(scene.home), mode(made)]).toEqual(['700', '700']);
  });
});

describe('homes', () => {
  it('and folders may have spaces and letters of all scripts in their names', async () => {
    const { out } = createScene(scratch);
    const scene = { home: join(out, 'my höme ☂'), out: join(out, 'my certs') };
    mkdirSync(scene.out);
    await runIn(scene, ['mint', 'a.test']);
    expect(checkPairs(scene)).toEqual(['a.test']);
  });

  it('are asked for when the environment tells none', async () => {
    const { out } = createScene(scratch);
    const env = { MINTMARK_HOME: undefined, HOME: undefined, XDG_DATA_HOME: undefined };
    expect(errorCode(await mintmark(['mint', 'a.test'], { home: '', cwd: out, env }))).toBe('HOME_UNKNOWN');
    expect(listFiles(out)).toEqual([]);
    await mintmarkOrThrow(['mint', 'a.test', '--home', 'here'], { home: '', cwd: out, env });
    expect(listFiles(out)).toContain('here/cas/default/root.pem');
  });

  it('follow the XDG folder, unless it is relative', async () => {
    const { out } = createScene(scratch);
    const [data, user] = [join(out, 'data'), join(out, 'user')];
    const start = (xdg: string) =>
      mintmarkOrThrow(['mint', 'a.test'], {
        home: '',
        cwd: out,
        env: { MINTMARK_HOME: undefined, HOME: user, XDG_DATA_HOME: xdg },
      });
    await start(data);
    expect(listFiles(data)).toContain('mintmark/cas/default/root.pem');
    await mintmarkOrThrow(['ca', 'create'], {
      home: '',
      cwd: out,
      env: { MINTMARK_HOME: undefined, HOME: user, XDG_DATA_HOME: 'relative' },
    });
    expect(listFiles(user)).toContain('.local/share/mintmark/cas/default/root.pem');
  });

  it('do not wait for each other', async () => {
    const [first, second] = [createScene(scratch), createScene(scratch)];
    await runIn(first, ['ca', 'create']);
    writeFileSync(join(first.home, 'lock'), `${process.pid} elsewhere\n`); // as if somebody worked there
    await runIn(second, ['mint', 'a.test']);
    expect(checkPairs(second)).toEqual(['a.test']);
  });
});
