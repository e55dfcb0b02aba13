/**
 * @module Proof by handshake, both ways and with real clients: accepted where the root is in the store that a client reads, refused where
 * it is not. And what proof may not do: change the user's folder, leave anything behind, believe a client that verifies nothing.
 */
import { mkdtempSync, readdirSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from '../cli/desk.ts';
import { trustInNss } from '../clients/drivers/nss.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';
import { inOwnJavaList, inOwnStore, requireNamespace } from './namespace.ts';

const newDesk = deskMaker('doctor-live');
const desk = newDesk();
const rootFile = join(desk.home, 'cas/default/root.pem');

beforeAll(() => desk.runOrThrow(['localhost']));

type Client = {
  readonly id: string;
  readonly verdict: string;
  readonly detail: string | null;
  readonly hint: string | null;
};
type Store = { readonly id: string; readonly state: string; readonly proven: boolean };
type Diagnosed = Printed & {
  readonly stores: readonly Store[];
  readonly clients: readonly Client[];
  readonly findings: readonly { readonly id: string }[];
};

let users = 0;
const newUser = (): string => subfolder(desk.folder, `user-${++users}`);

/** Scratch folders of probes go to a place where a forgotten one is seen. Go is left out: it takes half a minute. */
async function diagnose(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
  prefix: string[] = [],
) {
  const scratch = mkdtempSync('/tmp/mmd-'); // short: browsers put sockets below it
  const command = [...prefix, process.execPath, MINTMARK_BIN, 'doctor', '--json', ...words];
  const apart = {
    PATH: '/usr/bin:/bin',
    XDG_DATA_HOME: undefined,
    XDG_CONFIG_HOME: undefined,
    MINTMARK_HOME: desk.home,
    TMPDIR: scratch,
  };
  const result = await run(command, { cwd: desk.folder, env: { ...apart, ...env }, timeoutMs: 110_000 });
  expect(readdirSync(scratch)).toEqual([]);
  rmdirSync(scratch);
  return { exitCode: result.exitCode, ...(JSON.parse(result.stdout) as Diagnosed) };
}

const storeOf = ({ stores }: Diagnosed, id: string) => stores.find((store) => store.id === id);
const clientOf = ({ clients }: Diagnosed, id: string) => clients.find((client) => client.id === id);

/** Every file below a folder, with its size: enough to see that something was written. */
const listTree = (folder: string): string[] => readdirSync(folder, { recursive: true, encoding: 'utf8' }).sort();

describe('Chromium', () => {
  it('proves the database of the user, and nothing is added to their folder', async (context) => {
    requirePrograms(context, ['chromium', 'certutil']);
    const user = newUser();
    await trustInNss(join(user, '.local/share/pki/nssdb'), rootFile);
    const before = listTree(user);
    const seen = await diagnose(['--stores', 'chromium'], { HOME: user });
    expect(seen).toMatchObject({ exitCode: 0, stores: [{ id: 'chromium', state: 'trusted', proven: true }] });
    expect(listTree(user)).toEqual(before);
  });

  it('refuses where the database lacks the root, and gets no database where there is none', async (context) => {
    requirePrograms(context, ['chromium']);
    const user = newUser();
    const seen = await diagnose(['--stores', 'chromium', '--live'], { HOME: user });
    expect(storeOf(seen, 'chromium')).toMatchObject({ state: 'absent', proven: false });
    expect(clientOf(seen, 'chromium')).toMatchObject({
      verdict: 'refused',
      detail: 'ERR_CERT_AUTHORITY_INVALID',
      hint: 'mintmark install --stores chromium',
    });
    expect(listTree(user)).toEqual([]);
  });
});

describe('Firefox', () => {
  it.for([
    ['accepts', true],
    ['refuses', false],
  ] as const)('%s by the profile of the user', async ([, isTrusted], context) => {
    requirePrograms(context, ['firefox-esr', 'certutil']);
    const user = newUser();
    const profile = subfolder(user, '.mozilla/firefox/a b.default');
    writeFileSync(join(user, '.mozilla/firefox/profiles.ini'), '[Profile0]\nName=a\nIsRelative=1\nPath=a b.default\n');
    if (isTrusted) await trustInNss(profile, rootFile);
    else await runOrThrow([programPath('certutil'), '-N', '-d', `sql:${profile}`, '--empty-password']);
    const before = listTree(user);
    const seen = await diagnose(['--stores', 'firefox', '--live'], { HOME: user });
    const client = seen.clients.find(({ id }) => id.startsWith('firefox:'));
    expect(client).toMatchObject(
      isTrusted ? { verdict: 'accepted' } : { verdict: 'refused', detail: 'it does not know the CA' },
    );
    expect(storeOf(seen, 'firefox')?.proven).toBe(isTrusted);
    expect(listTree(user)).toEqual(before);
  });
});

describe("the system's store", () => {
  it('is proven by curl where the root is in it, whatever variables say', async (context) => {
    await requireNamespace(context);
    requirePrograms(context, ['curl', 'wget', 'git']);
    const own = inOwnStore(subfolder(desk.folder, 'with'), rootFile);
    const user = newUser();
    const elsewhere = desk.write('other.pem', '');
    const seen = await diagnose(['--stores', 'system', '--live'], { HOME: user, CURL_CA_BUNDLE: elsewhere }, own);
    expect(storeOf(seen, 'system')).toMatchObject({ state: 'trusted', proven: true });
    expect(clientOf(seen, 'wget')).toMatchObject({ verdict: 'accepted' });
    expect(clientOf(seen, 'git')).toMatchObject({ verdict: 'accepted' });
    expect(clientOf(seen, 'curl')).toMatchObject({
      verdict: 'refused',
      detail: 'CURL_CA_BUNDLE leads it astray; without it it accepts',
      hint: 'unset CURL_CA_BUNDLE',
    });
    expect(seen).toMatchObject({ exitCode: 1 });
    expect(seen.findings.map(({ id }) => id)).toEqual(expect.arrayContaining(['variable', 'client-refuses:curl']));
  });

  it('without the root is refused by all that read it', async (context) => {
    await requireNamespace(context);
    requirePrograms(context, ['curl']);
    const own = inOwnStore(subfolder(desk.folder, 'without'), undefined);
    const seen = await diagnose(['--stores', 'system', '--live'], { HOME: newUser() }, own);
    expect(storeOf(seen, 'system')).toMatchObject({ state: 'absent', proven: false });
    const readers = ['curl', 'wget', 'git', 'openssl', 'python', 'ruby', 'php', 'go'];
    const verdicts = seen.clients.filter(({ id }) => readers.includes(id)).map(({ verdict }) => verdict);
    expect(new Set(verdicts)).toEqual(new Set(['refused']));
  });
});

describe('Java', () => {
  it.for([
    ['accepts', true],
    ['refuses', false],
  ] as const)('%s by its list, with each runtime that reads it', async ([, isTrusted], context) => {
    await requireNamespace(context);
    requirePrograms(context, ['java', 'keytool']);
    const folder = subfolder(desk.folder, `java-${String(isTrusted)}`);
    const own = await inOwnJavaList(folder, isTrusted ? rootFile : undefined);
    const seen = await diagnose(['--stores', 'java', '--live'], { HOME: newUser(), JAVA_HOME: undefined }, own);
    const shared = seen.clients.filter(({ id }) => id.startsWith('java:'));
    expect(shared.length).toBeGreaterThan(0);
    expect(new Set(shared.map(({ verdict }) => verdict))).toEqual(new Set([isTrusted ? 'accepted' : 'refused']));
    expect(storeOf(seen, 'java')).toMatchObject({ state: isTrusted ? 'trusted' : 'absent', proven: isTrusted });
  });
});

describe('--fix', () => {
  it('puts the root where no root rights are needed, and proves it', async (context) => {
    requirePrograms(context, ['chromium', 'certutil']);
    const user = newUser();
    const folder = subfolder(user, '.local/share/pki/nssdb');
    await runOrThrow([programPath('certutil'), '-N', '-d', `sql:${folder}`, '--empty-password']);
    const told = await diagnose(['--stores', 'chromium'], { HOME: user });
    expect(told.stores).toMatchObject([{ state: 'absent', hint: 'mintmark install --stores chromium' }]);
    const fixed = await diagnose(['--stores', 'chromium', '--fix'], { HOME: user });
    expect(fixed).toMatchObject({ exitCode: 0, stores: [{ id: 'chromium', state: 'trusted', proven: true }] });
  });
});

it('without the key of the CA says calmly that nothing can be proven', async (context) => {
  requirePrograms(context, ['chromium', 'certutil']);
  const locked: Desk = newDesk();
  locked.write('secret', 'correct horse\n');
  await locked.runOrThrow(['ca', 'create', 'default', '--passphrase-file', 'secret']);
  const user = subfolder(locked.folder, 'user');
  await trustInNss(join(user, '.local/share/pki/nssdb'), join(locked.home, 'cas/default/root.pem'));
  const options = { env: { HOME: user, XDG_DATA_HOME: undefined } };
  const { stdout, exitCode } = await locked.run(['doctor', '--stores', 'chromium'], options);
  expect(exitCode).toBe(0);
  expect(stdout).toContain('not proven: the key of CA "default" is encrypted');
  const opened = await locked.json(['doctor', '--stores', 'chromium', '--passphrase-file', 'secret'], options);
  expect(opened).toMatchObject({ stores: [{ id: 'chromium', proven: true }], unproven: null });
});
