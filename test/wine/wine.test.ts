/**
 * @module Mintmark on Windows, as far as Wine can show it. The certificates it makes there are judged by this machine's OpenSSL and Node.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { isPair, namesOf, openssl, readLeaf } from '../cli/minted-facts.ts';
import { mintmarkJson, textField } from '../programs/mintmark.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { hostPath, requireWine, windowsPath, Wine } from './wine.ts';

const scratch = scratchFolder('wine');
const wine = new Wine(scratch);

beforeAll(() => wine.prepare());
beforeEach(requireWine);
afterAll(() => wine.stop());

/** A folder to work in and a home beside it. */
function desk(name: string) {
  const folder = subfolder(scratch, name);
  const work = subfolder(folder, 'work');
  const home = join(folder, 'home');
  return {
    work,
    home,
    path: (file: string) => join(work, file),
    read: (file: string) => readFileSync(join(work, file), 'utf8'),
    options: { cwd: work, env: { MINTMARK_HOME: windowsPath(home) } },
  };
}

const rootOf = (home: string): string => join(home, 'cas/default/root.pem');

/** OpenSSL of this machine accepts the leaf by the issuer behind it in its file. */
async function verifyByOpenssl(certFile: string, rootFile: string): Promise<void> {
  const { stdout } = await openssl(['verify', '-CAfile', rootFile, '-untrusted', certFile, certFile]);
  expect(stdout).toContain(': OK');
}

/** Wine itself hangs, or ends a Node as it starts, now and then when the machine is busy. What fails three times is ours. */
const WINE_STUMBLES = { retry: 2 };

describe('the home', WINE_STUMBLES, () => {
  it("is the user's local application data, where nothing names another", async () => {
    const work = subfolder(scratch, 'first');
    await wine.json(['mint', 'localhost'], { cwd: work });
    const shown = await wine.json(['ca', 'show'], { cwd: work });
    expect(shown['path']).toMatch(/^C:\\users\\[^\\]+\\AppData\\Local\\mintmark\\cas\\default$/);
    expect(readdirSync(hostPath(textField(shown, 'path'), wine.prefix)).sort()).toEqual([
      'issuer-key.pem',
      'issuer.crl',
      'issuer.pem',
      'root.crl',
      'root.pem',
    ]);
    const { stdout } = await wine.mintmark(['ca', 'path'], { cwd: work });
    expect(stdout.trim()).toBe(shown['path']);
  });
});

describe('mint', WINE_STUMBLES, () => {
  it('makes a certificate and key that OpenSSL elsewhere accepts', async () => {
    const { work, home, path, options } = desk('mint');
    const minted = await wine.json(['mint', 'localhost', '127.0.0.1', '::1'], options);
    expect([minted['certFile'], minted['keyFile']]).toEqual([
      windowsPath(path('localhost+2.pem')),
      windowsPath(path('localhost+2-key.pem')),
    ]);
    expect(readdirSync(work).sort()).toEqual(['localhost+2-key.pem', 'localhost+2.pem']);
    await verifyByOpenssl(path('localhost+2.pem'), rootOf(home));
    expect(isPair(path('localhost+2.pem'), path('localhost+2-key.pem'))).toBe(true);
    expect(namesOf(path('localhost+2.pem'))).toBe('DNS:localhost, IP Address:127.0.0.1, IP Address:0:0:0:0:0:0:0:1');
  });

  it('a second time keeps the key, replaces the certificate and leaves nothing else', async () => {
    const { work, home, path, read, options } = desk('twice');
    await wine.json(['mint', 'a.test'], options);
    const [key, certificate] = [read('a.test-key.pem'), read('a.test.pem')];
    await wine.json(['mint', 'a.test'], options);
    expect(read('a.test-key.pem')).toBe(key);
    expect(read('a.test.pem')).not.toBe(certificate);
    await verifyByOpenssl(path('a.test.pem'), rootOf(home));
    expect(readdirSync(work).sort()).toEqual(['a.test-key.pem', 'a.test.pem']);
    expect(readdirSync(home).sort()).toEqual(['cas', 'ledger.jsonl']);
  });

  it('writes below a folder with spaces, and names files without what Windows forbids', async () => {
    const { path, options } = desk('names');
    const out = ['--out', '.\\my certs\\of today'];
    for (const words of [['*.app.test'], ['::1'], ['me@app.test', 'spiffe://app.test/x', '--client']])
      await wine.json(['mint', ...words, ...out], options);
    const names = readdirSync(path('my certs/of today'));
    expect(names).toEqual(expect.arrayContaining(['_wildcard.app.test.pem', '__1.pem', 'me@app.test+1-client.pem']));
    expect(names).toHaveLength(6);
    for (const name of names) expect(name).not.toMatch(/[<>:"/\\|?*]/);
  });

  it('by four processes at once makes one CA and four certificates of it', async () => {
    const { home, path, options } = desk('at-once');
    const names = ['a.test', 'b.test', 'c.test', 'd.test'];
    await Promise.all(names.map((name) => wine.json(['mint', name], options)));
    expect(readdirSync(join(home, 'cas'))).toEqual(['default']);
    expect(readdirSync(home).sort()).toEqual(['cas', 'ledger.jsonl']);
    expect(readFileSync(join(home, 'ledger.jsonl'), 'utf8').trim().split('\n')).toHaveLength(names.length);
    for (const name of names) await verifyByOpenssl(path(`${name}.pem`), rootOf(home));
  });

  it('cannot replace a file that another program holds open, and then leaves the old pair', async () => {
    const { work, path, read, options } = desk('held');
    await wine.json(['mint', 'a.test'], options);
    const old = [read('a.test.pem'), read('a.test-key.pem')];
    writeFileSync(path('hold.cjs'), HOLD_OPEN);
    const { stdout, output } = await wine.node(
      ['hold.cjs', 'a.test.pem', windowsPath(join(scratch, 'app/node_modules/mintmark/dist/bin.cjs'))],
      options,
    );
    expect(stdout.trim(), output).toBe('1');
    expect([read('a.test.pem'), read('a.test-key.pem')]).toEqual(old);
    expect(readdirSync(work).sort()).toEqual(['a.test-key.pem', 'a.test.pem', 'hold.cjs']);
  });
});

/** Opens a file and mints anew while it is open; prints the exit code. */
const HOLD_OPEN = `
const { spawnSync } = require('node:child_process');
require('node:fs').openSync(process.argv[2], 'r');
const { status } = spawnSync(process.execPath, [process.argv[3], 'mint', 'a.test', '--quiet'], { stdio: 'ignore' });
console.log(status);
`;

describe('requests', WINE_STUMBLES, () => {
  it('of its own and of OpenSSL are signed', async () => {
    const { home, path, options } = desk('requests');
    await wine.json(['csr', 'api.test'], options);
    await openssl(['req', '-in', path('api.test.csr'), '-verify', '-noout']);
    const subject = ['-subj', '/CN=other.test', '-addext', 'subjectAltName=DNS:other.test'];
    const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', path('other.key')];
    await openssl(['req', '-new', ...key, ...subject, '-out', path('other.csr')]);
    for (const file of ['api.test.csr', 'other.csr']) await wine.json(['sign', file], options);
    await verifyByOpenssl(path('api.test.pem'), rootOf(home));
    await verifyByOpenssl(path('other.test.pem'), rootOf(home));
    expect(isPair(path('api.test.pem'), path('api.test-key.pem'))).toBe(true);
    expect(isPair(path('other.test.pem'), path('other.key'))).toBe(true);
  });
});

describe('what it says of a certificate', WINE_STUMBLES, () => {
  it('is what it says here', async () => {
    const { work, home, options } = desk('told');
    await wine.json(['mint', 'localhost', '::1'], options);
    for (const command of ['pin', 'inspect']) {
      const there = await wine.json([command, 'localhost+1.pem'], options);
      expect(there).toEqual(await mintmarkJson([command, 'localhost+1.pem'], { home, cwd: work }));
    }
  });

  it('names files as Windows does', async () => {
    const { path, options } = desk('listed');
    await wine.json(['mint', 'localhost', '--out', 'some certs'], options);
    const { certificates } = (await wine.json(['list'], options)) as { certificates: Record<string, unknown>[] };
    expect(certificates).toHaveLength(1);
    expect(certificates[0]).toMatchObject({
      certFile: windowsPath(path('some certs/localhost.pem')),
      fileState: 'present',
      serialHex: readLeaf(path('some certs/localhost.pem')).serialNumber.toLowerCase(),
    });
  });
});

describe('exec', WINE_STUMBLES, () => {
  const ARGUMENTS = ['a b', 'say "hi"', 'back\\', 'x\\"y', '%PATH%', '^&|<>', '', 'größe', '*', "'q'", '--help'];

  it('hands every argument on as it is, with its exit code and the variables', async () => {
    const { home, path, options } = desk('exec');
    await wine.json(['mint', 'localhost'], options);
    writeFileSync(
      path('show it.cjs'),
      'console.log(JSON.stringify([process.argv.slice(2), process.env.NODE_EXTRA_CA_CERTS])); process.exitCode = 7;',
    );
    const node = windowsPath(join(scratch, 'node copy.exe'));
    await wine.node(['-e', `require('fs').copyFileSync(process.execPath, ${JSON.stringify(node)})`]);
    const { exitCode, stdout, output } = await wine.mintmark(
      ['exec', '--', node, 'show it.cjs', ...ARGUMENTS],
      options,
    );
    expect(exitCode, output).toBe(7);
    const [seen, roots] = JSON.parse(stdout) as [string[], string];
    expect(seen).toEqual(ARGUMENTS);
    expect(readFileSync(hostPath(roots, wine.prefix), 'utf8')).toContain(readFileSync(rootOf(home), 'utf8').trim());
  });
});

describe('the crypt32 worker', WINE_STUMBLES, () => {
  const STORES = ['CurrentUser', 'LocalMachine'] as const;

  async function taskFor(name: string) {
    const { home, options } = desk(name);
    await wine.json(['mint', 'localhost'], options);
    const root = readLeaf(rootOf(home));
    return {
      certDerBase64: root.raw.toString('base64'),
      sha256Hex: root.fingerprint256.replaceAll(':', '').toLowerCase(),
    };
  }

  async function list(location: string): Promise<string[]> {
    const { stdout, output } = await wine.worker('crypt32', { action: 'list', location });
    expect(stdout, output).toMatch(/^\[/);
    return JSON.parse(stdout) as string[];
  }

  it.each(STORES)('puts a root into %s, once, where the next process finds it', async (location) => {
    const task = { ...(await taskFor(`store-${location}`)), location };
    const before = await list(location);
    expect(before).not.toContain(task.sha256Hex);
    for (let round = 0; round < 2; round++) {
      const { exitCode, output } = await wine.worker('crypt32', { ...task, action: 'add' });
      expect(exitCode, output).toBe(0);
    }
    expect((await list(location)).sort()).toEqual([...before, task.sha256Hex].sort());
  });

  it('removes without a fault; that Wine then keeps the certificate is a limit of Wine, whose answer was yes', async () => {
    const task = { ...(await taskFor('store-removal')), location: 'CurrentUser' };
    await wine.worker('crypt32', { ...task, action: 'add' });
    const { exitCode, output } = await wine.worker('crypt32', { ...task, action: 'remove' });
    expect(exitCode, output).toBe(0);
    expect(await list('CurrentUser')).toContain(task.sha256Hex);
  });

  it('refuses a certificate whose hash is another, and changes nothing', async () => {
    const task = { ...(await taskFor('store-hash')), location: 'CurrentUser' };
    const before = await list('CurrentUser');
    const wrong = {
      ...task,
      action: 'add',
      sha256Hex: task.sha256Hex.replace(/^./, (digit) => (digit === '0' ? '1' : '0')),
    };
    const { exitCode, stderr } = await wine.worker('crypt32', wrong);
    expect([exitCode, stderr.trim().split('\n')]).toEqual([1, [expect.stringContaining('another SHA-256')]]);
    expect(await list('CurrentUser')).toEqual(before);
  });
});

describe('install and uninstall', WINE_STUMBLES, () => {
  it('believe what a second look at the store finds, not what a call answered', async () => {
    const { options } = desk('installed');
    await wine.json(['mint', 'localhost'], options);
    const { exitCode, stdout } = await wine.mintmark(['install', '--stores', 'system', '--json'], options);
    // The root is there; Wine's certutil says yes to the revocation list and does nothing.
    const place = (label: string, state: string) => expect.objectContaining({ label, state }) as unknown;
    const places = [place('CurrentUser\\Root', 'trusted'), place('CurrentUser\\CA', 'failed')];
    expect([exitCode, JSON.parse(stdout)]).toEqual([
      1,
      { stores: [expect.objectContaining({ id: 'system', state: 'failed', places })] },
    ]);
    const undone = await wine.mintmark(['uninstall', '--stores', 'system', '--json'], options);
    expect([undone.exitCode, JSON.parse(undone.stdout)]).toEqual([
      1,
      { stores: [expect.objectContaining({ id: 'system', state: 'failed' })] },
    ]);
  });
});
