/**
 * @module What mint makes of the names it is given: the names in the certificate, the kind of certificate, the names of the
 * files, and what it says to names that no certificate can hold.
 */
import { describe, expect, it } from 'vitest';
import { deskMaker, type Printed } from './desk.ts';
import { isPair, namesOf, readCertificates, readLeaf } from './minted-facts.ts';

const SERVER_AUTH = '1.3.6.1.5.5.7.3.1';
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2';

const newDesk = deskMaker('mint-names');
const desk = newDesk();

describe('files are called', () => {
  it.each([
    [['localhost'], 'localhost'],
    [['localhost', '127.0.0.1', '::1'], 'localhost+2'],
    [['*.app.test'], '_wildcard.app.test'],
    [['::1'], '__1'],
    [['me@app.test'], 'me@app.test'],
    [['spiffe://app.test/a/b'], 'spiffe___app.test_a_b'],
    [['bücher.test'], 'xn--bcher-kva.test'],
    [['web.test', 'api.test', '--client'], 'web.test+1-client'],
  ] as const)('%j → %s', async (words, base) => {
    const printed = await desk.json(['mint', ...words]);
    expect(printed).toMatchObject({ certFile: desk.path(`${base}.pem`), keyFile: desk.path(`${base}-key.pem`) });
    expect(readCertificates(desk.path(`${base}.pem`))).toHaveLength(2);
    expect(isPair(desk.path(`${base}.pem`), desk.path(`${base}-key.pem`))).toBe(true);
    expect([desk.mode(`${base}.pem`), desk.mode(`${base}-key.pem`)]).toEqual([0o644, 0o600]);
  });

  it('by the longest legal name, cut to what file systems allow', async () => {
    const label = 'a'.repeat(63);
    const longest = `${[label, label, label].join('.')}.${'b'.repeat(56)}.test`;
    expect(longest).toHaveLength(253);
    const { certFile, keyFile } = await desk.json(['mint', longest]);
    expect(namesOf(String(certFile))).toBe(`DNS:${longest}`);
    expect(isPair(String(certFile), String(keyFile))).toBe(true);
  });
});

describe('the certificate', () => {
  it('holds every kind of name, in order, for servers', async () => {
    await desk.json([
      'mint',
      'APP.test',
      '*.app.test',
      '10.0.0.1',
      'fd00::1',
      'https://app.test/x',
      '--cert-file',
      'all.pem',
    ]);
    expect(namesOf(desk.path('all.pem'))).toBe(
      'DNS:app.test, DNS:*.app.test, IP Address:10.0.0.1, IP Address:FD00:0:0:0:0:0:0:1, URI:https://app.test/x',
    );
    expect(readLeaf(desk.path('all.pem')).keyUsage).toEqual([SERVER_AUTH]);
  });

  it('is for a client when --client says so or every name is an email address', async () => {
    const byOption = await desk.json(['mint', 'worker.test', '--client']);
    const byName = await desk.json(['mint', 'alice@app.test']);
    for (const { certFile, profile } of [byOption, byName]) {
      expect(profile).toBe('client');
      expect(readLeaf(String(certFile)).keyUsage).toEqual([CLIENT_AUTH]);
    }
  });

  it('holds a name once, however often and however it was typed', async () => {
    expect(await desk.json(['mint', 'twice.test', 'TWICE.test', 'twice.test', '--dry-run'])).toMatchObject({
      names: ['twice.test'],
      certFile: desk.path('twice.test.pem'),
    });
  });

  it('takes a subject of the user', async () => {
    await desk.json(['mint', 'dn.test', '--subject', 'C=AT, O=My Site, CN=dn.test']);
    expect(readLeaf(desk.path('dn.test.pem')).subject).toBe('C=AT\nO=My Site\nCN=dn.test');
  });

  it('names an internationalised host in its ASCII form, however it was typed', async () => {
    const ways = await Promise.all(
      ['bücher.test', 'BÜCHER.test', 'bu\u0308cher.test', 'xn--bcher-kva.test'].map((name) =>
        desk.json(['mint', name, '--dry-run']),
      ),
    );
    for (const { names } of ways) expect(names).toEqual(['xn--bcher-kva.test']);
  });
});

const REFUSED: readonly (readonly [readonly string[], string])[] = [
  [['mint', ''], 'NAME_EMPTY'],
  [['mint', 'localhost:8080'], 'NAME_HAS_PORT'],
  [['localhost:8080'], 'NAME_HAS_PORT'],
  [['mint', 'app.test/path'], 'NAME_HAS_PATH'],
  [['mint', 'a..test'], 'DNS_NAME_EMPTY_LABEL'],
  [['mint', 'app.test.'], 'DNS_NAME_TRAILING_DOT'],
  [['mint', `${'a'.repeat(64)}.test`], 'DNS_NAME_LABEL_TOO_LONG'],
  [['mint', `${'a.'.repeat(125)}test`], 'DNS_NAME_TOO_LONG'],
  [['mint', `${'a'.repeat(100_000)}.test`], 'DNS_NAME_LABEL_TOO_LONG'],
  [['mint', '*'], 'WILDCARD_BARE'],
  [['mint', 'a.*.test'], 'WILDCARD_POSITION'],
  [['mint', '*.com'], 'WILDCARD_PUBLIC_SUFFIX'],
  [['mint', '*.github.io'], 'WILDCARD_PUBLIC_SUFFIX'],
  [['mint', '10.0.0.256'], 'IP_ADDRESS_INVALID'],
  [['mint', 'app.1'], 'DNS_NAME_ALL_NUMERIC'],
  [['mint', '10.0.0.0/8'], 'IP_ADDRESS_RANGE'],
  [['mint', 'fe80::1%eth0'], 'IP_ADDRESS_ZONE'],
  [['mint', 'a_b.test'], 'DNS_NAME_UNDERSCORE'],
  [['mint', '@app.test'], 'EMAIL_INVALID'],
  [['mint', 'a b.test'], 'DNS_NAME_CHARACTER'],
];

describe('refuses', () => {
  it.each(REFUSED.map(([words, code]) => [words.join(' ').slice(0, 40), code, words] as const))(
    '%j: %s, exit 1, nothing made',
    async (_shown, code, words) => {
      const empty = newDesk();
      const refusal = await empty.refusal(words);
      expect(refusal).toMatchObject({ exitCode: 1, code });
      expect(refusal.hint).not.toBe('');
      expect(empty.has('../home')).toBe(false);
    },
  );

  it('one bad name among good ones, and then makes no certificate for the good', async () => {
    const busy = newDesk();
    expect(await busy.refusal(['good.test', 'a_b.test'])).toMatchObject({ code: 'DNS_NAME_UNDERSCORE' });
    expect(busy.has('good.test+1.pem')).toBe(false);
  });
});

it('prints the documented object', async () => {
  const before = Date.now();
  const printed: Printed = await desk.json(['mint', 'json.test', '127.0.0.1']);
  const leaf = readLeaf(desk.path('json.test+1.pem'));
  expect(printed).toMatchObject({
    names: ['json.test', '127.0.0.1'],
    ca: 'default',
    serialHex: leaf.serialNumber.toLowerCase(),
    notBefore: new Date(leaf.validFrom).toISOString(),
    notAfter: new Date(leaf.validTo).toISOString(),
    pins: { certSha256Hex: leaf.fingerprint256.replaceAll(':', '').toLowerCase() },
  });
  expect(leaf.serialNumber).toHaveLength(32);
  expect(Math.abs(before - 3_600_000 - Date.parse(leaf.validFrom))).toBeLessThan(60_000);
});
