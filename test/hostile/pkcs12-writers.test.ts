/**
 * @module PKCS#12 files as OpenSSL, GnuTLS and NSS of this machine write them now, with every cipher and MAC that they offer. Each
 * must be read byte for byte, and by its password alone.
 */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it, type TestContext } from 'vitest';
import { chainOf, readPkcs12 } from '../../packages/ca-core/src/pkcs12/index.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { createDesk, PASSWORD } from './pkcs12-desk.ts';
import { hex } from './pkcs12-openssl.ts';

const { folder, at, openssl, certificateHex, read, expectContents, expectOnlyPassword } = createDesk();

const AES = 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-256';
const TRIPLE_DES = '3DES-CBC, key by PKCS#12 and SHA-1';

describe('OpenSSL', () => {
  const LEGACY = ['-provider', 'default', '-provider', 'legacy'];
  const pbe = (certificates: string, key: string): string[] => [...LEGACY, '-certpbe', certificates, '-keypbe', key];
  const variants: readonly (readonly [label: string, options: readonly string[], mac?: string])[] = [
    ['AES-256-CBC, key by PBKDF2 and HMAC-SHA-256', [], 'SHA-256'],
    ['RC2-40-CBC, key by PKCS#12 and SHA-1', ['-legacy'], 'SHA-1'],
    ['none', ['-certpbe', 'NONE', '-keypbe', 'NONE'], 'SHA-256'],
    ['none', ['-nomac'], 'none'], // OpenSSL leaves certificates open then
    ['RC2-40-CBC, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-RC2-40', 'PBE-SHA1-RC2-40'), 'SHA-256'],
    ['RC2-128-CBC, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-RC2-128', 'PBE-SHA1-RC2-128')],
    ['3DES-CBC, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-3DES', 'PBE-SHA1-3DES')],
    ['2-key 3DES-CBC, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-2DES', 'PBE-SHA1-2DES')],
    ['RC4-128, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-RC4-128', 'PBE-SHA1-RC4-128')],
    ['RC4-40, key by PKCS#12 and SHA-1', pbe('PBE-SHA1-RC4-40', 'PBE-SHA1-RC4-40')],
    ['DES-CBC, key by PBKDF1 and MD5', pbe('PBE-MD5-DES', 'PBE-MD5-DES')],
    ['RC2-64-CBC, key by PBKDF1 and MD5', pbe('PBE-MD5-RC2-64', 'PBE-MD5-RC2-64')],
    ['DES-CBC, key by PBKDF1 and SHA-1', pbe('PBE-SHA1-DES', 'PBE-SHA1-DES')],
    ['RC2-64-CBC, key by PBKDF1 and SHA-1', pbe('PBE-SHA1-RC2-64', 'PBE-SHA1-RC2-64')],
    ['AES-128-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('aes-128-cbc', 'aes-128-cbc')],
    ['AES-192-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('aes-192-cbc', 'aes-192-cbc')],
    ['CAMELLIA-256-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('camellia-256-cbc', 'camellia-256-cbc')],
    ['3DES-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('des-ede3-cbc', 'des-ede3-cbc')],
    ['DES-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('des-cbc', 'des-cbc')],
    ['RC2-128-CBC, key by PBKDF2 and HMAC-SHA-256', pbe('rc2-cbc', 'rc2-cbc')],
    ['AES-256-CBC, key by PBKDF2 and HMAC-SHA-256', ['-noiter', '-nomaciter'], 'SHA-256'],
    ['AES-256-CBC, key by PBKDF2 and HMAC-SHA-256', ['-iter', '100000'], 'SHA-256'],
    ...['md5', 'sha1', 'sha224', 'sha384', 'sha512', 'sha512-224', 'sha512-256'].map(
      (hash) => ['AES-256-CBC, key by PBKDF2 and HMAC-SHA-256', [...LEGACY, '-macalg', hash], macLabel(hash)] as const,
    ),
  ];
  const base = ['pkcs12', '-export', '-inkey', 'leaf.key', '-in', 'leaf.pem', '-certfile', 'issuers.pem'];

  it.for(variants.map(([label, options, mac], i) => ({ label, options: options.join(' '), mac, i })))(
    'pkcs12 -export $options',
    async ({ label, options, mac, i }, context) => {
      requirePrograms(context, ['openssl']);
      const file = `openssl-${i}.p12`;
      const words = options.split(' ').filter(Boolean);
      await openssl([...base, ...words, '-name', 'läaf', '-passout', 'env:P12_PASSWORD', '-out', file]);
      const expected = { password: PASSWORD, chain: ['leaf', 'ca', 'root'], friendlyName: 'läaf' };
      const contents = expectContents(file, expected);
      expect(contents.encryption.certificates).toEqual([label]);
      expect(contents.encryption.privateKeys).toEqual([
        options === '-nomac' ? AES : options === '-legacy' ? TRIPLE_DES : label,
      ]);
      if (mac !== undefined) expect(contents.mac === 'none' ? 'none' : contents.mac.hash).toBe(mac);
    },
  );

  it('with an empty password', async (context) => {
    requirePrograms(context, ['openssl']);
    await openssl([...base, '-passout', 'env:P12_PASSWORD', '-out', 'empty.p12'], '');
    expect(read('empty.p12', '').certificates).toHaveLength(3);
    expect(readPkcs12(new Uint8Array(readFileSync(at('empty.p12'))), { what: 'empty.p12' }).privateKeys).toHaveLength(
      1,
    );
    expectOnlyPassword('empty.p12', '', read('empty.p12', ''));
  });

  it('certificates alone, and a key alone', async (context) => {
    requirePrograms(context, ['openssl']);
    const out = ['-passout', 'env:P12_PASSWORD', '-out'];
    await openssl(['pkcs12', '-export', '-nokeys', '-in', 'issuers.pem', ...out, 'certificates.p12']);
    expect(read('certificates.p12', PASSWORD)).toMatchObject({ certificates: [{}, {}], privateKeys: [] });
    expect(chainOf(read('certificates.p12', PASSWORD)).map(({ certDer }) => hex(certDer))).toEqual(
      ['ca', 'root'].map(certificateHex),
    );
    await openssl(['pkcs12', '-export', '-nocerts', '-inkey', 'leaf.key', ...out, 'key.p12']);
    expect(read('key.p12', PASSWORD)).toMatchObject({ certificates: [], privateKeys: [{}] });
    expect(chainOf(read('key.p12', PASSWORD))).toEqual([]);
  });
});

function macLabel(hash: string): string {
  return hash.toUpperCase().replace('-', '/').replace('SHA', 'SHA-');
}

describe('GnuTLS', () => {
  const base = ['--to-p12', '--load-privkey', 'leaf.key', '--load-certificate', 'leaf.pem', '--p12-name', 'my-leaf'];
  const certtool = (args: readonly string[]) =>
    runOrThrow([programPath('certtool'), ...base, ...args], { cwd: folder });

  it.for([
    ['aes-256', 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-256'],
    ['aes-192', 'AES-192-CBC, key by PBKDF2 and HMAC-SHA-256'],
    ['aes-128', 'AES-128-CBC, key by PBKDF2 and HMAC-SHA-256'],
    ['3des', '3DES-CBC, key by PBKDF2 and HMAC-SHA-256'],
    ['3des-pkcs12', '3DES-CBC, key by PKCS#12 and SHA-1'],
    ['rc2-40', 'RC2-40-CBC, key by PKCS#12 and SHA-1'],
    ['arcfour', 'RC4-128, key by PKCS#12 and SHA-1'],
  ] as const)('certtool --pkcs-cipher %s', async ([cipher, label], context) => {
    requirePrograms(context, ['openssl', 'certtool']);
    const file = `certtool-${cipher}.p12`;
    await certtool(['--password', PASSWORD, '--pkcs-cipher', cipher, '--outder', '--outfile', file]);
    const contents = expectContents(file, { password: PASSWORD, chain: ['leaf'] });
    expect(contents.encryption).toEqual({ certificates: [label], privateKeys: [label] });
  });

  it('certtool with PEM around it, SHA-512 and the issuers', async (context) => {
    requirePrograms(context, ['openssl', 'certtool']);
    writeFileSync(
      at('chain.pem'),
      ['leaf', 'ca', 'root'].map((name) => readFileSync(at(`${name}.pem`), 'utf8')).join(''),
    );
    const options = [
      '--load-certificate',
      'chain.pem',
      '--password',
      PASSWORD,
      '--hash',
      'sha512',
      '--outfile',
      'certtool.pem',
    ];
    await runOrThrow(
      [programPath('certtool'), ...base.filter((word) => !/^(?:--load-certificate|leaf\.pem)$/.test(word)), ...options],
      { cwd: folder },
    );
    expect(readFileSync(at('certtool.pem'), 'utf8')).toMatch(/^-----BEGIN PKCS12-----/);
    expect(expectContents('certtool.pem', { password: PASSWORD, chain: ['leaf', 'ca', 'root'] }).mac).toMatchObject({
      hash: 'SHA-512',
    });
  });

  it.for(['--empty-password', '--null-password'])('certtool %s', async (option, context) => {
    requirePrograms(context, ['openssl', 'certtool']);
    const file = `certtool${option}.p12`;
    await certtool([option, '--outder', '--outfile', file]);
    expectContents(file, { password: '', chain: ['leaf'] });
  });
});

describe('NSS', () => {
  const NSS = ['openssl', 'certutil', 'pk12util'];
  const v2 = (cipher: string): string => `PKCS #12 V2 PBE With SHA-1 And ${cipher}`;
  let database: Promise<string> | undefined;

  async function createDatabase(): Promise<string> {
    mkdirSync(at('nss'));
    writeFileSync(at('nss-pin'), '\n');
    writeFileSync(at('p12-password'), `${PASSWORD}\n`);
    await runOrThrow([programPath('certutil'), '-N', '-d', 'sql:nss', '-f', 'nss-pin'], { cwd: folder });
    const source = ['-inkey', 'leaf.key', '-in', 'leaf.pem', '-certfile', 'issuers.pem', '-name', 'my-leaf'];
    await openssl(['pkcs12', '-export', ...source, '-passout', 'env:P12_PASSWORD', '-out', 'to-nss.p12']);
    const options = ['-d', 'sql:nss', '-w', 'p12-password', '-k', 'nss-pin'];
    await runOrThrow([programPath('pk12util'), '-i', 'to-nss.p12', ...options], { cwd: folder });
    return 'sql:nss';
  }

  async function exportByNss(file: string, options: readonly string[], context: TestContext): Promise<void> {
    requirePrograms(context, NSS);
    const folderOfNss = await (database ??= createDatabase());
    const fixed = ['-n', 'my-leaf', '-d', folderOfNss, '-w', 'p12-password', '-k', 'nss-pin'];
    await runOrThrow([programPath('pk12util'), '-o', file, ...fixed, ...options], { cwd: folder });
  }

  it.for([
    ['AES-256-CBC', 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-256'],
    ['CAMELLIA-128-CBC', 'CAMELLIA-128-CBC, key by PBKDF2 and HMAC-SHA-256'],
    [v2('40 Bit RC2 CBC'), 'RC2-40-CBC, key by PKCS#12 and SHA-1'],
    [v2('128 Bit RC4'), 'RC4-128, key by PKCS#12 and SHA-1'],
    [v2('3KEY Triple DES-CBC'), '3DES-CBC, key by PKCS#12 and SHA-1'],
  ] as const)('pk12util -o -c %s', async ([cipher, label], context) => {
    const file = `nss-${cipher.replaceAll(/\W/g, '')}.p12`;
    await exportByNss(file, ['-c', cipher, '-C', cipher], context);
    const contents = expectContents(file, { password: PASSWORD, chain: ['leaf', 'ca', 'root'] });
    expect(contents.encryption).toEqual({ certificates: [label], privateKeys: [label] });
  });

  it('pk12util -o with open certificates and another MAC', async (context) => {
    await exportByNss('nss-none.p12', ['-C', 'none', '-M', 'SHA-384'], context);
    const contents = expectContents('nss-none.p12', { password: PASSWORD, chain: ['leaf', 'ca', 'root'] });
    expect(contents).toMatchObject({ encryption: { certificates: ['none'] }, mac: { hash: 'SHA-384' } });
  });
});
