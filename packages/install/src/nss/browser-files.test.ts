/** @module The text files of browsers: lists of profiles, lists of modules, policies. What is not ours comes back unchanged. */
import { describe, expect, it } from 'vitest';
import { formatCaCertificates, parseCaCertificates } from './chromium-policy.ts';
import { addInstalledFile, parseInstalledFiles, removeInstalledFiles } from './firefox-policy.ts';
import { addPkcs11Module, parsePkcs11Modules, removePkcs11Module } from './pkcs11-txt.ts';
import { parseProfilePaths } from './profiles-ini.ts';

describe('profiles.ini', () => {
  it('names profiles, wherever they lie', () => {
    const text = `[General]\r\nStartWithLastProfile=1\r\n\r\n[Profile1]\r\nName=a b\r\nIsRelative=1\r\nPath=x y=z.default\r\n
[Profile0]\nName=d\nIsRelative=0\nPath=/data/prof ile\n; [Profile9]\n[Install4F96D1932A9F858E]\nDefault=Profiles/i.default\nLocked=1\n`;
    expect(parseProfilePaths(text)).toEqual([
      { path: 'x y=z.default', isRelative: true },
      { path: '/data/prof ile', isRelative: false },
      { path: 'Profiles/i.default', isRelative: true },
    ]);
  });

  it('is read like installs.ini, whose sections have bare names', () => {
    expect(parseProfilePaths('[4F96]\nDefault=/abs\n[5A]\nDefault=C:\\p\n')).toEqual([
      { path: '/abs', isRelative: false },
      { path: 'C:\\p', isRelative: false },
    ]);
  });

  it('names nothing when it makes no sense', () => {
    expect(parseProfilePaths('Path=x\n[Profile0]\nPath=\n\0\n[')).toEqual([]);
  });
});

describe('pkcs11.txt', () => {
  const text = 'library=\nname=NSS Internal PKCS #11 Module\nNSS=Flags=internal\n\n';
  const own = { library: '/usr/lib/pkcs11/p11-kit-trust.so', name: 'ours' };

  it.each([text, text.trimEnd(), `${text}\nlibrary=/x.so\nname=card\n`, ''])(
    'takes a module in and gives it back: %j',
    (before) => {
      const after = addPkcs11Module(before, own);
      expect(parsePkcs11Modules(after)).toEqual([...parsePkcs11Modules(before), own]);
      expect(removePkcs11Module(after, 'ours').trimEnd()).toBe(before.trimEnd());
    },
  );

  it('gives back the very bytes of a file as NSS writes it', () => {
    expect(removePkcs11Module(addPkcs11Module(text, own), 'ours')).toBe(text);
    expect(removePkcs11Module(text, 'ours')).toBe(text);
  });
});

describe('policies.json of Firefox', () => {
  const admin =
    '{\n\t"policies": {\n\t\t"DisableTelemetry": true,\n\t\t"Certificates": {\n\t\t\t"Install": [\n\t\t\t\t"/a.pem"\n\t\t\t]\n\t\t}\n\t}\n}\n';

  it.each([
    admin,
    '{\n  "policies": {}\n}',
    '{\n  "policies": {\n    "Certificates": {\n      "ImportEnterpriseRoots": true\n    }\n  }\n}\n',
  ])('takes a file in and gives back the same text: %j', (before) => {
    const after = addInstalledFile(before, '/ours.pem') ?? '';
    expect(parseInstalledFiles(after)).toEqual([...(parseInstalledFiles(before) ?? []), '/ours.pem']);
    expect(removeInstalledFiles(after, ['/ours.pem'])).toBe(before);
  });

  it('names the file once', () => {
    expect(addInstalledFile(admin, '/a.pem')).toBe(admin);
  });

  it.each(['', '[]', 'null', '{ // comment\n}'])('is left alone when it is %j', (text) => {
    expect(addInstalledFile(text, '/ours.pem')).toBeUndefined();
    expect(parseInstalledFiles(text)).toBeUndefined();
  });
});

describe('our policy file of Chromium', () => {
  it('holds base64 values and survives nonsense', () => {
    expect(parseCaCertificates(formatCaCertificates(['AAAA']))).toEqual(['AAAA']);
    expect(parseCaCertificates('{"CACertificates":[1,"BBBB"]}')).toEqual(['BBBB']);
    expect(parseCaCertificates('{}')).toEqual([]);
    expect(parseCaCertificates('nonsense')).toBeUndefined();
  });
});
