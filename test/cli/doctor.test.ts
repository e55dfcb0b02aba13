/**
 * @module `doctor` as a command: its words, its JSON, its exit codes, what it repairs and what it leaves alone. Whether clients really
 * trust is for test/doctor.
 */
import { chmodSync, existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from './desk.ts';

const newDesk = deskMaker('doctor');

/** A user's folder of its own: stores of the real one are none of a test's business. */
const alone = (desk: Desk) => ({
  env: { HOME: desk.path('user'), XDG_DATA_HOME: undefined, XDG_CONFIG_HOME: undefined },
});

type Found = { readonly id: string; readonly severity: string; readonly fix: string | null; readonly isFixed: boolean };

async function diagnose(desk: Desk, words: readonly string[] = [], options: object = alone(desk)) {
  const result = await desk.run(['doctor', '--json', '--stores', 'chromium', ...words], options);
  const printed = JSON.parse(result.stdout) as Printed & { readonly findings: readonly Found[] };
  return { exitCode: result.exitCode, stderr: result.stderr, ...printed };
}

describe('without a CA', () => {
  it('says so and what to type, and makes nothing', async () => {
    const desk = newDesk();
    const { exitCode, stdout, stderr } = await desk.run(['doctor'], alone(desk));
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: '' });
    expect(stdout).toContain('there is no CA yet');
    expect(stdout).toContain('fix  mintmark install localhost 127.0.0.1 ::1');
    expect(existsSync(desk.home)).toBe(false);
    expect(await diagnose(desk)).toMatchObject({
      exitCode: 1,
      stores: [],
      clients: [],
      findings: [{ id: 'ca-missing' }],
    });
  });
});

describe('with a CA', () => {
  it('prints stable keys under --json and nothing beside', async () => {
    const desk = newDesk();
    await desk.runOrThrow(['localhost']);
    const printed = await diagnose(desk, [], {
      env: { ...alone(desk).env, HTTPS_PROXY: 'http://127.0.0.1:9', NO_PROXY: undefined },
    });
    expect(printed.stderr).toBe('');
    expect(printed.findings).toEqual([
      {
        id: 'proxy',
        severity: 'advice',
        subject: expect.stringContaining('proxy') as unknown,
        why: expect.stringContaining('HTTPS_PROXY is set') as unknown,
        fix: 'export NO_PROXY="$NO_PROXY,localhost"',
        next: null,
        isFixed: false,
      },
    ]);
    expect(printed).toMatchObject({ exitCode: 0, clients: [], unproven: null });
  });

  it('names the CA that was asked for', async () => {
    const desk = newDesk();
    await desk.runOrThrow(['ca', 'create', 'bank', '--scope', 'bank.example']);
    expect(await diagnose(desk, ['--ca', 'bank'])).toMatchObject({ exitCode: 0 });
    expect(await desk.refusal(['doctor', '--ca', 'other'], alone(desk))).toMatchObject({ code: 'CA_NOT_FOUND' });
  });

  it('finds a variable that leads programs to a list without the root', async () => {
    const desk = newDesk();
    await desk.runOrThrow(['localhost']);
    const env = { ...alone(desk).env, CURL_CA_BUNDLE: desk.write('empty.pem', '') };
    expect(await diagnose(desk, [], { env })).toMatchObject({
      exitCode: 1,
      findings: [{ id: 'variable', severity: 'problem', fix: 'unset CURL_CA_BUNDLE' }],
    });
    const root = join(desk.home, 'cas/default/root.pem');
    expect(await diagnose(desk, [], { env: { ...env, CURL_CA_BUNDLE: root } })).toMatchObject({ findings: [] });
  });
});

describe('keys that others can read', () => {
  it('are told, and closed by --fix alone', async () => {
    const desk = newDesk();
    await desk.runOrThrow(['localhost']);
    const issuerKey = join(desk.home, 'cas/default/issuer-key.pem');
    for (const path of [issuerKey, desk.path('localhost-key.pem')]) chmodSync(path, 0o644);
    const told = await diagnose(desk);
    expect(told).toMatchObject({
      exitCode: 1,
      findings: [{ id: 'key-readable', isFixed: false }, { id: 'key-readable' }],
    });
    expect(desk.mode('localhost-key.pem')).toBe(0o644);
    const repaired = await desk.run(['doctor', '--fix', '--stores', 'homebrew-openssl'], alone(desk));
    expect(repaired.exitCode).toBe(0);
    expect(repaired.stdout).toMatch(/✓ .*can be read by others\n.*\n +done chmod 600/);
    expect(desk.mode('localhost-key.pem')).toBe(0o600);
    expect(await diagnose(desk)).toMatchObject({ exitCode: 0, findings: [] });
  });
});

describe('wrong words', () => {
  it.each([
    [['doctor', 'foo bar'], 'SERVER_ADDRESS_INVALID', 2],
    [['doctor', 'ftp://localhost'], 'SERVER_ADDRESS_INVALID', 2],
    [['doctor', 'user@host:1'], 'SERVER_ADDRESS_INVALID', 2],
    [['doctor', 'localhost:1', '--fix'], 'OPTIONS_CONFLICT', 2],
    [['doctor', '--stores', 'moon'], 'STORE_UNKNOWN', 2],
    [['doctor', 'a', 'b'], 'ARGUMENT_UNEXPECTED', 2],
  ])('%j: %s', async (words, code, exitCode) => {
    const desk = newDesk();
    expect(await desk.refusal(words, alone(desk))).toMatchObject({ code, exitCode });
  });

  it.each([
    ['http://u:hunter2@localhost', 'http://…@localhost'],
    ['https://:hunter2@localhost:8443/path', 'https://…@localhost:8443/path'],
    ['u:hunter2@localhost:8443', '…@localhost:8443'],
    ['https://u:hunter2@x@localhost', 'https://…@localhost'],
    ['ftp://u:hunter2@localhost', '…@localhost'],
    ['https://u:hunter2@local host', 'https://…@local host'],
  ])('%s is refused without its password', async (target, shown) => {
    const desk = newDesk();
    for (const words of [['--json'], ['--verbose']]) {
      const { exitCode, output } = await desk.run(['doctor', target, ...words], alone(desk));
      expect(exitCode).toBe(2);
      expect(output).toContain(shown);
      expect(output).toContain('give a host and its port, or a URL: localhost:8443');
      expect(output).not.toContain('hunter2');
    }
  });
});
