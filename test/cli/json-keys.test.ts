/**
 * @module The objects of `--json`, key by key: other programs read them, so a key that goes or changes its type is a broken
 * promise. Also what the other streams hold: results on stdout, talk on stderr, --quiet silent.
 */
import { describe, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const desk = deskMaker('json-keys')();

const HEX_256 = /^[0-9a-f]{64}$/;
const BASE64_256 = /^[A-Za-z0-9+/]{43}=$/;
const ISO = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/;
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern);
const anyText: unknown = expect.any(String);

const PINS = { certSha256Hex: matching(HEX_256), spkiSha256Base64: matching(BASE64_256) };
const ISSUED = {
  certFile: matching(/^\/.+\.pem$/),
  names: ['a.test'],
  notBefore: matching(ISO),
  notAfter: matching(ISO),
  serialHex: matching(/^[0-9a-f]{32}$/),
  profile: 'server',
  isKeyKept: false,
  pins: PINS,
};
const CA = {
  name: 'default',
  path: matching(/^\/.+\/cas\/default$/),
  rootFile: matching(/\/root\.pem$/),
  issuerFile: matching(/\/issuer\.pem$/),
  scope: { dns: expect.arrayContaining(['localhost']) as unknown, ips: [] },
  isUnscoped: false,
  keyState: 'plain',
  keyLabel: 'ECDSA P-256',
  rootSha256Hex: matching(HEX_256),
  rootSpkiSha256Base64: matching(BASE64_256),
  notAfter: matching(ISO),
};

describe.sequential('the object of', () => {
  it.each<[string, readonly string[], object]>([
    ['mint', ['mint', 'a.test'], { ...ISSUED, keyFile: matching(/-key\.pem$/), ca: 'default' }],
    ['csr', ['csr', 'a.test', '--key-file', 'c.key'], { csrFile: anyText, keyFile: anyText, names: ['a.test'] }],
    ['sign', ['sign', 'a.test.csr', '--cert-file', 's.pem'], { ...ISSUED, keyFile: null, ca: 'default' }],
    [
      'self-signed',
      ['self-signed', 'a.test', '--out', 'self'],
      { ...ISSUED, keyFile: anyText, ca: null, profile: 'self-signed' },
    ],
    [
      'key',
      ['key', '--out', 'k.pem'],
      {
        keyFile: anyText,
        keyType: 'ecdsa-p256',
        isEncrypted: false,
        pins: { spkiSha256Hex: matching(HEX_256), spkiSha256Base64: matching(BASE64_256) },
      },
    ],
    [
      'pin',
      ['pin', 'a.test.pem'],
      {
        targets: [
          {
            target: 'a.test.pem',
            subject: 'CN=a.test',
            names: ['a.test'],
            role: 'server',
            key: 'ECDSA P-256',
            notAfter: matching(ISO),
            isCa: false,
            certSha256Hex: matching(HEX_256),
            spkiSha256Base64: matching(BASE64_256),
            spkiSha256Hex: matching(HEX_256),
            backupSpkiSha256Base64: null,
            isBackupLost: null,
            formats: expect.objectContaining({ curl: anyText, okhttp: anyText }) as unknown,
          },
        ],
      },
    ],
    ['inspect', ['inspect', 'a.test.pem'], { target: 'a.test.pem', objects: [expect.anything(), expect.anything()] }],
    ['ca show', ['ca', 'show'], CA],
    ['ca list', ['ca', 'list'], { cas: [CA] }],
    ['ca path', ['ca', 'path'], { path: matching(/\/cas\/default$/) }],
    [
      'ca export',
      ['ca', 'export'],
      { name: 'default', file: null, hasKey: false, pem: matching(/^-----BEGIN CERTIFICATE/) },
    ],
    ['completion', ['completion', 'fish'], { shell: 'fish', script: anyText }],
  ])('%s', async (_command, words, expected) => {
    expect(await desk.json(words)).toEqual(expected);
  });

  it('list', async () => {
    const row = {
      serialHex: matching(/^[0-9a-f]{32}$/),
      names: ['a.test'],
      ca: 'default',
      notAfter: matching(ISO),
      daysLeft: 397,
      certFile: matching(/\.pem$/),
      keyFile: matching(/-key\.pem$/),
      fileState: 'present',
      keyState: 'present',
      revoked: false,
      revokedAt: null,
      revocationReason: null,
    };
    const printed = await desk.json(['list']);
    const elsewhere = { ...row, keyFile: null, keyState: null };
    expect(printed).toEqual({ certificates: [row, elsewhere, { ...row, ca: null }] });
  });

  it('an error, on stdout, with the exit code of its kind', async () => {
    const failed = await desk.run(['bank.com', '--json']);
    expect(failed).toMatchObject({ exitCode: 1, stderr: '' });
    expect(JSON.parse(failed.stdout)).toEqual({
      error: {
        code: 'NAME_OUTSIDE_SCOPE',
        message: anyText,
        hint: anyText,
        details: expect.objectContaining({ name: 'bank.com' }) as unknown,
      },
    });
    const misused = await desk.run(['--json', 'frob']);
    expect(misused).toMatchObject({ exitCode: 2, stderr: '' });
    expect(JSON.parse(misused.stdout)).toEqual({
      error: { code: 'COMMAND_UNKNOWN', message: anyText, hint: anyText, details: expect.anything() as unknown },
    });
  });
});

describe('streams', () => {
  it('an error is talk: stderr, code, one line, hint; nothing on stdout', async () => {
    const { exitCode, stdout, stderr } = await desk.run(['mint', '*.com']);
    expect([exitCode, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^error\[WILDCARD_PUBLIC_SUFFIX\]: .+\nhint: .+\n$/);
  });

  it('--verbose adds where it happened, also beside --json', async () => {
    const { stdout, stderr } = await desk.run(['mint', '*.com', '--verbose', '--json']);
    expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'WILDCARD_PUBLIC_SUFFIX' } });
    expect(stderr).toMatch(/\n +at /);
  });

  it('--quiet prints nothing but errors', async () => {
    for (const words of [
      ['mint', 'q.test'],
      ['mint', 'a.test', '--home', 'new-home', '--out', 'new'],
      ['list'],
      ['ca', 'create', 'w', '--unscoped'],
    ])
      expect(await desk.run([...words, '--quiet']), words.join(' ')).toMatchObject({ exitCode: 0, output: '' });
    expect(desk.has('q.test.pem')).toBe(true);
    const { stdout, stderr } = await desk.run(['bank.com', '--ca', 'default', '--quiet']);
    expect([stdout, stderr.startsWith('error[NAME_OUTSIDE_SCOPE]')]).toEqual(['', true]);
  });

  it('--quiet does not silence --json', async () => {
    expect(await desk.json(['--quiet', 'ca', 'path'])).toEqual({ path: anyText });
  });
});
