/**
 * @module What is printed for clients that don't run here, held to their documented grammar: XML and property lists through real parsers,
 * digests recomputed by OpenSSL, programs for the calls on which the pin hangs and their order.
 */
import { beforeAll, describe, expect, it } from 'vitest';
import { deskMaker, type Printed } from '../cli/desk.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { NOT_RUN } from './not-run.ts';

const desk = deskMaker('forms')();
let spki = '';
let spare = '';
let rootFile = '';
beforeAll(async () => {
  await desk.json(['api.test', '--cert-file', 'a.pem', '--key-file', 'a.key']);
  await desk.json(['self-signed', 'short.test', '--webtransport', '--cert-file', 's.pem', '--key-file', 's.key']);
  rootFile = String((await desk.json(['ca', 'show']))['rootFile']);
  const printed = await desk.json(['pin', 'a.pem', '--backup', 'spare.pem']);
  const [target] = printed['targets'] as readonly Printed[];
  spki = String(target?.['spkiSha256Base64']);
  spare = String(target?.['backupSpkiSha256Base64']);
  expect(spare).toMatch(/^[A-Za-z0-9+/]{43}=$/);
});

const emit = async (format: string, ...words: string[]): Promise<string> =>
  (await desk.runOrThrow(['pin', 'a.pem', '--format', format, ...words])).stdout;

/** What Python's own parsers make of a file. */
async function parseWith(script: string, text: string): Promise<unknown> {
  const { stdout } = await runOrThrow([programPath('python3'), '-c', script], { input: text });
  return JSON.parse(stdout);
}
const PLIST = 'import json,plistlib,sys; print(json.dumps(plistlib.loads(sys.stdin.buffer.read())))';
const XML = `import json,sys
import xml.etree.ElementTree as tree
root = tree.fromstring(sys.stdin.buffer.read())
print(json.dumps([[e.tag, e.attrib, (e.text or "").strip()] for e in root.iter()]))`;

describe('android', () => {
  it('is a network security configuration with both pins and the day of expiry', async (context) => {
    requirePrograms(context, ['python3']);
    const day = String(((await desk.json(['pin', 'a.pem']))['targets'] as readonly Printed[])[0]?.['notAfter']).slice(
      0,
      10,
    );
    expect(await parseWith(XML, await emit('android', '--backup', 'spare.pem'))).toEqual([
      ['network-security-config', {}, ''],
      ['domain-config', { cleartextTrafficPermitted: 'false' }, ''],
      ['domain', { includeSubdomains: 'false' }, 'api.test'],
      ['trust-anchors', {}, ''],
      ['certificates', { src: '@raw/pinned', overridePins: 'false' }, ''],
      ['pin-set', { expiration: day }, ''],
      ['pin', { digest: 'SHA-256' }, spki],
      ['pin', { digest: 'SHA-256' }, spare],
    ]);
  });

  it('of a key alone has no day, and tells of the spare', async (context) => {
    requirePrograms(context, ['python3']);
    const { stdout } = await desk.runOrThrow(['pin', 'a.key', '--format', 'android', '--host', 'api.test']);
    expect(await parseWith(XML, stdout)).toContainEqual(['pin-set', {}, '']);
    expect(stdout).toContain('of a spare key');
  });
});

describe('ios', () => {
  const domain = (list: string, pins: readonly string[]): unknown => ({
    NSAppTransportSecurity: {
      NSPinnedDomains: {
        'api.test': {
          NSIncludesSubdomains: false,
          [list]: pins.map((pin) => ({ 'SPKI-SHA256-BASE64': pin })),
        },
      },
    },
  });

  it('is a property list of leaves for a server and of CAs for a CA', async (context) => {
    requirePrograms(context, ['python3']);
    const leaf = await emit('ios', '--backup', 'spare.pem');
    expect(await parseWith(PLIST, leaf)).toEqual(domain('NSPinnedLeafIdentities', [spki, spare]));
    const ca = await desk.runOrThrow(['pin', rootFile, '--format', 'ios', '--host', 'api.test']);
    const value = await desk.runOrThrow(['pin', rootFile, '--format', 'spki-base64']);
    expect(await parseWith(PLIST, ca.stdout)).toEqual(domain('NSPinnedCAIdentities', [value.stdout.trim()]));
  });

  it('is refused for an address', async () => {
    expect(await desk.refusal(['pin', 'a.pem', '--format', 'ios', '--host', '127.0.0.1'])).toMatchObject({
      code: 'PIN_FORMAT_UNSUITABLE',
      hint: expect.stringContaining('--host NAME') as string,
    });
  });
});

it('trustkit takes two pins and no fewer', async (context) => {
  requirePrograms(context, ['python3']);
  expect(await desk.refusal(['pin', 'a.pem', '--format', 'trustkit'])).toMatchObject({
    code: 'PIN_FORMAT_UNSUITABLE',
    hint: expect.stringContaining('--backup') as string,
  });
  expect(await parseWith(PLIST, await emit('trustkit', '--backup', 'spare.pem'))).toEqual({
    TSKConfiguration: {
      TSKSwizzleNetworkDelegates: true,
      TSKIgnorePinningForUserDefinedTrustAnchors: false,
      TSKPinnedDomains: {
        'api.test': {
          TSKExpirationDate: expect.stringMatching(/^\d{4}-\d{2}-\d{2}$/) as string,
          TSKDisableDefaultReportUri: true,
          TSKEnforcePinning: true,
          TSKPublicKeyHashes: [spki, spare],
        },
      },
    },
  });
});

/** The calls on which a program's pin hangs, in the order in which they must stand. */
const ORDERS: Readonly<Record<string, readonly (string | RegExp)[]>> = {
  dotnet: [
    /Convert\.FromHexString\("[0-9A-F]{64}"\)/,
    'FixedTimeEquals(SHA256.HashData(shown.GetRawCertData()), pin)',
    'return pinned;',
    'AllowAutoRedirect = false',
    'UseProxy = false',
    'RemoteCertificateValidationCallback = IsPinned',
    'GetStringAsync("https://api.test:443/")',
  ],
  flutter: [
    /const pinned = '[A-Za-z0-9+/=]{200,}';/,
    'SecureSocket.startConnect',
    'await task.socket',
    'base64.encode(shown.der) != pinned',
    'socket.destroy()',
    'throw',
    "findProxy = ((_) => 'DIRECT')",
    'connectionFactory = connectPinned',
    'followRedirects = false',
  ],
  esp32: [
    /const char \*PIN = "[0-9a-f]{64}";/,
    'client.setInsecure()',
    'client.connect(HOST, PORT)',
    'if (!client.verify(PIN, NULL)) {',
    'client.stop()',
    'return;',
    'client.printf("GET /',
  ],
  electron: [/sha256\/[A-Za-z0-9+/]{43}=/, 'setCertificateVerifyProc', 'fingerprint'],
};

it.each(Object.entries(ORDERS))('%s: what the pin hangs on stands in its order', async (format, parts) => {
  const program = await emit(format);
  let at = 0;
  for (const part of parts) {
    const found = typeof part === 'string' ? program.indexOf(part, at) : program.slice(at).search(part);
    expect(found, `${String(part)} in\n${program.slice(at)}`).toBeGreaterThanOrEqual(0);
    at = typeof part === 'string' ? found : at + found;
  }
});

it('the certificate in the Dart program is the one that was pinned', async () => {
  const [, der = ''] = /const pinned = '([^']+)'/.exec(await emit('flutter')) ?? [];
  expect(desk.read('a.pem').replaceAll(/\s/g, '')).toContain(der);
});

type Pinnable = 'certificate' | 'short certificate' | 'key' | 'root' | 'root key';
const fileOf = (what: Pinnable): string =>
  what.startsWith('root') ? rootFile : desk.path(what.startsWith('short') ? 's.pem' : 'a.pem');

/** What OpenSSL computes, by the digest and spelling of each format of one line. */
const SPELLINGS: Readonly<Record<string, { of: Pinnable; grammar: RegExp; bytes: (value: string) => string }>> = {
  mariadb: { of: 'certificate', grammar: /^[0-9a-f]{64}$/, bytes: (value) => value },
  stubby: { of: 'key', grammar: /^[A-Za-z0-9+/]{43}=$/, bytes: fromBase64 },
  proxmox: { of: 'certificate', grammar: /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/, bytes: fromColons },
  kubeadm: { of: 'root key', grammar: /^sha256:[0-9a-f]{64}$/, bytes: (value) => value.slice(7) },
  step: { of: 'root', grammar: /^[0-9a-f]{64}$/, bytes: (value) => value },
  elastic: { of: 'root', grammar: /^[0-9a-f]{64}$/, bytes: (value) => value },
  jose: { of: 'certificate', grammar: /^[\w-]{43}$/, bytes: fromBase64 },
  libp2p: { of: 'short certificate', grammar: /^uEi[\w-]{44}$/, bytes: (value) => fromBase64(value.slice(1)).slice(4) },
  webrtc: {
    of: 'certificate',
    grammar: /(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/,
    bytes: (value) => fromColons(value.slice(-95)),
  },
  'cert-hex': { of: 'certificate', grammar: /^[0-9a-f]{64}$/, bytes: (value) => value },
  'cert-colons': { of: 'certificate', grammar: /^(?:[0-9A-F]{2}:){31}[0-9A-F]{2}$/, bytes: fromColons },
  'cert-base64': { of: 'certificate', grammar: /^[A-Za-z0-9+/]{43}=$/, bytes: fromBase64 },
  'spki-hex': { of: 'key', grammar: /^[0-9a-f]{64}$/, bytes: (value) => value },
  'spki-base64': { of: 'key', grammar: /^[A-Za-z0-9+/]{43}=$/, bytes: fromBase64 },
};

function fromBase64(value: string): string {
  return Buffer.from(value, 'base64url').toString('hex');
}

function fromColons(value: string): string {
  return value.replaceAll(':', '').toLowerCase();
}

async function digestByOpenssl(what: Pinnable): Promise<string> {
  const openssl = programPath('openssl');
  const file = fileOf(what);
  const der = [
    'x509',
    '-in',
    file,
    ...(what.endsWith('key') ? ['-pubkey', '-noout'] : ['-outform', 'der', '-out', desk.path('x.der')]),
  ];
  const { stdout } = await runOrThrow([openssl, ...der]);
  if (what.endsWith('key'))
    await runOrThrow([openssl, 'pkey', '-pubin', '-outform', 'der', '-out', desk.path('x.der')], { input: stdout });
  const digest = await runOrThrow([openssl, 'dgst', '-sha256', '-r', desk.path('x.der')]);
  return digest.stdout.slice(0, 64);
}

it.for(Object.entries(SPELLINGS))(
  '%s: its value is what OpenSSL computes, in its spelling',
  async ([format, row], context) => {
    requirePrograms(context, ['openssl']);
    const target = fileOf(row.of);
    const value = (await desk.runOrThrow(['pin', target, '--format', format, '--value'])).stdout.trimEnd();
    expect(value).toMatch(row.grammar);
    expect(row.bytes(value)).toBe(await digestByOpenssl(row.of));
  },
);

it('hpkp is a header with both pins (RFC 7469 section 2.1)', async () => {
  expect(await desk.refusal(['pin', 'a.pem', '--format', 'hpkp'])).toMatchObject({ code: 'PIN_FORMAT_UNSUITABLE' });
  expect(await emit('hpkp', '--backup', 'spare.pem')).toBe(
    `Public-Key-Pins: pin-sha256="${spki}"; pin-sha256="${spare}"; max-age=5184000\n`,
  );
});

it('golem is SHA3-256 of the file, which no client can compare, and says so', async (context) => {
  requirePrograms(context, ['openssl']);
  const { stdout } = await runOrThrow([programPath('openssl'), 'dgst', '-sha3-256', '-r', desk.path('a.pem')]);
  const printed = await desk.runOrThrow(['pin', 'a.pem', '--format', 'golem']);
  expect(printed.stdout).toBe(`sha3:${stdout.slice(0, 64)}\n`);
  expect(printed.stderr).toContain('no TLS client can compare it');
  const server = await desk.run(['pin', '-', '--format', 'golem'], { input: desk.read('a.pem') });
  expect(server.stdout).toBe(printed.stdout);
});

it('every format that is not run says where its grammar is documented, and is held to it here', () => {
  // The device ID is held to Syncthing's own in services.test.ts.
  const held = [
    'syncthing',
    ...Object.keys(ORDERS),
    ...Object.keys(SPELLINGS),
    'android',
    'ios',
    'trustkit',
    'hpkp',
    'golem',
  ];
  expect(Object.keys(NOT_RUN).filter((format) => !held.includes(format))).toEqual([]);
  for (const [format, row] of Object.entries(NOT_RUN)) expect(row?.source, format).toMatch(/^https:\/\//);
});
