/**
 * @module Manifests signed by CAs that OpenSSL made: chains that hold, and chains by which somebody without the right to sign tries to
 * get it. RFC 5280 section 6.1.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it, type TestContext } from 'vitest';
import { findProgram, requirePrograms } from '../programs/program.ts';
import { deskMaker, type Desk } from './desk.ts';
import { chainEntry, signFields, type Fields } from './manifest-forgery.ts';
import { caFile, makeManifest, readManifest } from './manifest-scene.ts';
import { openssl } from './minted-facts.ts';
import { daysFromNow } from './shifted-clock.ts';

const newDesk = deskMaker('chains');

let desk: Desk;
let honest: Fields;

interface CaOptions {
  readonly extensions?: readonly string[];
  /** Who signs: certificate and key files. Default: itself. */
  readonly by?: readonly [cert: string, key: string];
  readonly days?: number;
  /** What the key is made with, and what it is signed with; default: P-256 and SHA-256. */
  readonly keyOptions?: readonly string[];
  readonly digest?: string;
  /** The common name; default: the name of the files. */
  readonly commonName?: string;
}

const CA = ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,keyCertSign'];

const P256 = ['-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256'];
const RSA_2048 = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:2048'];

/** Makes NAME.pem and NAME.key with the extensions; the file of the certificate. */
async function forgeCa(
  name: string,
  { extensions = CA, by, days = 30, commonName = name, keyOptions = P256, digest = 'sha256' }: CaOptions = {},
): Promise<string> {
  const [cert, key] = [desk.path(`${name}.pem`), desk.path(`${name}.key`)];
  await openssl(['genpkey', ...keyOptions, '-out', key]);
  const signer = by === undefined ? [] : ['-CA', by[0], '-CAkey', by[1]];
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const subject = ['-subj', `/CN=${commonName}`, '-days', String(days)];
  await openssl(['req', '-x509', '-new', `-${digest}`, '-key', key, '-out', cert, ...subject, ...signer, ...added], {
    env: { OPENSSL_CONF: desk.write('openssl.cnf', '[req]\ndistinguished_name = dn\n[dn]\n') },
  });
  return cert;
}

/** The honest pins, signed by the key of the first certificate of a chain. */
function sign(chain: readonly string[], keyFile: string, change: Fields = {}): string {
  const entries = chain.map((file) => chainEntry(readFileSync(file, 'utf8')));
  const fields = { ...honest, issuer: { name: 'CN=any', chain: entries }, ...change };
  desk.write('forged.json', JSON.stringify(signFields(fields, createPrivateKey(readFileSync(keyFile)))));
  return 'forged.json';
}

const judging = (file: string, roots?: string): readonly string[] => [
  'pin',
  '--check-manifest',
  file,
  ...(roots === undefined ? [] : ['--roots', roots]),
];

async function expectRefusal(words: readonly string[], reason: RegExp, options = {}): Promise<void> {
  expect(await desk.refusal(words, options)).toMatchObject({
    code: 'MANIFEST_REFUSED',
    message: expect.stringMatching(reason) as string,
  });
}

beforeAll(async () => {
  if (findProgram('openssl') === undefined) return;
  desk = await makeManifest(newDesk());
  honest = readManifest(desk);
});

const required = (context: TestContext): void => requirePrograms(context, ['openssl']);

describe('a chain below a root that is named', () => {
  it('holds: the root itself, one below, two below', async (context) => {
    required(context);
    const root = await forgeCa('root');
    const middle = await forgeCa('middle', { by: [root, desk.path('root.key')] });
    const low = await forgeCa('low', { by: [middle, desk.path('middle.key')] });
    for (const [chain, key] of [
      [[], 'root'],
      [[root], 'root'],
      [[middle], 'middle'],
      [[low, middle], 'low'],
      [[low, middle, root], 'low'],
    ] as const)
      expect(await desk.json(judging(sign(chain, desk.path(`${key}.key`)), root))).toMatchObject({
        isValid: true,
        signedBy: { source: 'roots' },
      });
    await expectRefusal(judging(sign([low, middle], desk.path('low.key'))), /nobody here trusts/);
    await expectRefusal(judging(sign([low], desk.path('low.key')), root), /nobody here trusts/);
  });

  it('does not hold when it lies about who is above', async (context) => {
    required(context);
    const root = await forgeCa('root');
    await forgeCa('thief');
    const namesake = await forgeCa('root2', { extensions: CA });
    const below = await forgeCa('below', { by: [namesake, desk.path('root2.key')] });
    await expectRefusal(judging(sign([below, root], desk.path('below.key')), root), /do not belong together/);
    await expectRefusal(judging(sign([desk.path('thief.pem'), root], desk.path('thief.key')), root), /not belong/);
    await expectRefusal(judging(sign([root], desk.path('thief.key')), root), /something was changed/);
  });

  it('does not hold when only names and key identifiers lead to the root', async (context) => {
    required(context);
    const root = await forgeCa('root', { extensions: [...CA, 'subjectKeyIdentifier=0102030405'] });
    const twin = await forgeCa('twin', { extensions: [...CA, 'subjectKeyIdentifier=0102030405'], commonName: 'root' });
    const below = await forgeCa('below', { by: [twin, desk.path('twin.key')] });
    const [low, high] = [new X509Certificate(readFileSync(below)), new X509Certificate(readFileSync(root))];
    expect([low.checkIssued(high), low.verify(high.publicKey)]).toEqual([true, false]);
    await expectRefusal(judging(sign([below], desk.path('below.key')), root), /nobody here trusts/);
    await expectRefusal(judging(sign([below, root], desk.path('below.key')), root), /not belong together/);
  });

  it('does not hold when it has ended, or has not begun', async (context) => {
    required(context);
    const root = await forgeCa('root', { days: 300 });
    const short = await forgeCa('short', { by: [root, desk.path('root.key')], days: 3 });
    const file = sign([short], desk.path('short.key'));
    await desk.json(judging(file, root));
    await expectRefusal(judging(file, root), /expired or not begun/, daysFromNow(desk, 5));
    const old = await forgeCa('old', { days: 3 });
    await forgeCa('young', { by: [old, desk.path('old.key')], days: 300 });
    const young = sign([desk.path('young.pem')], desk.path('young.key'));
    await desk.json(judging(young, old));
    await expectRefusal(judging(young, old), /expired or not begun/, daysFromNow(desk, 5));
  });

  it.for<[string, readonly string[], RegExp]>([
    ['is no CA', ['basicConstraints=critical,CA:FALSE'], /no CA/],
    ['does not say that it is a CA', ['keyUsage=critical,keyCertSign'], /no CA/],
    ['may not sign', ['basicConstraints=critical,CA:TRUE', 'keyUsage=critical,digitalSignature'], /no CA/],
    ['speaks for clients alone', [...CA, 'extendedKeyUsage=clientAuth'], /may not speak for servers/],
    ['asks for something critical that nobody knows', [...CA, '1.2.3.4=critical,DER:0500'], /critical extension/],
    [
      'may not speak for these names',
      [...CA, 'nameConstraints=critical,permitted;DNS:other.test'],
      /outside of the scope/,
    ],
    [
      'may speak for all but these names',
      [...CA, 'nameConstraints=critical,excluded;DNS:test'],
      /outside of the scope/,
    ],
    [
      'may speak for all but these addresses',
      [...CA, 'nameConstraints=excluded;IP:127.0.0.0/255.0.0.0'],
      /outside of the scope/,
    ],
  ])('does not hold when the signer %s', async ([, extensions, reason], context) => {
    required(context);
    const root = await forgeCa('root');
    const bad = await forgeCa('bad', { extensions, by: [root, desk.path('root.key')] });
    await expectRefusal(judging(sign([bad], desk.path('bad.key')), root), reason);
  });

  it('holds by a CA for servers, or for anything', async (context) => {
    required(context);
    const root = await forgeCa('root');
    for (const usage of ['serverAuth,clientAuth', 'anyExtendedKeyUsage']) {
      const by = [root, desk.path('root.key')] as const;
      const middle = await forgeCa('usage', { extensions: [...CA, `extendedKeyUsage=${usage}`], by });
      await desk.json(judging(sign([middle], desk.path('usage.key')), root));
    }
  });

  it.for([
    ['ECDSA', 'sha1', P256],
    ['RSA', 'sha1', RSA_2048],
    ['RSA', 'md5', RSA_2048],
  ] as const)('does not hold by a signature of %s over %s', async ([, digest, keyOptions], context) => {
    required(context);
    const root = await forgeCa('root', { keyOptions });
    const middle = await forgeCa('weak', { by: [root, desk.path('root.key')], digest });
    await expectRefusal(judging(sign([middle], desk.path('weak.key')), root), /weak signature/);
    const low = await forgeCa('low', { by: [middle, desk.path('weak.key')] });
    await expectRefusal(judging(sign([low, middle], desk.path('low.key')), root), /weak signature/);
  });

  it('holds by a root whose own signature is weak: it is the one that was named', async (context) => {
    required(context);
    const root = await forgeCa('old', { digest: 'sha1' });
    await desk.json(judging(sign([], desk.path('old.key')), root));
  });

  it('does not hold by way of a weak key', async (context) => {
    required(context);
    const keyOptions = ['-algorithm', 'RSA', '-pkeyopt', 'rsa_keygen_bits:1024'];
    const root = await forgeCa('root', { keyOptions });
    const middle = await forgeCa('middle', { by: [root, desk.path('root.key')] });
    await expectRefusal(judging(sign([middle], desk.path('middle.key')), root), /weak key/);
    const strong = await forgeCa('strong');
    const weak = await forgeCa('weak', { keyOptions, by: [strong, desk.path('strong.key')] });
    const low = await forgeCa('low', { by: [weak, desk.path('weak.key')] });
    await expectRefusal(judging(sign([low, weak], desk.path('low.key')), strong), /weak key/);
  });

  it('does not hold when a root that is named may not speak for the names', async (context) => {
    required(context);
    const narrow = 'nameConstraints=critical,permitted;DNS:other.test';
    const root = await forgeCa('narrow', { extensions: [...CA, narrow] });
    const below = await forgeCa('wide', { by: [root, desk.path('narrow.key')] });
    await expectRefusal(judging(sign([below], desk.path('wide.key')), root), /outside of the scope/);
    const other = sign([below], desk.path('wide.key'), { names: ['a.other.test'] });
    expect(await desk.json(judging(other, root))).toMatchObject({ names: ['a.other.test'] });
  });

  it('is as long as its CAs allow', async (context) => {
    required(context);
    const root = await forgeCa('root');
    const last = ['basicConstraints=critical,CA:TRUE,pathlen:0', 'keyUsage=critical,keyCertSign'];
    const middle = await forgeCa('last', { extensions: last, by: [root, desk.path('root.key')] });
    await desk.json(judging(sign([middle], desk.path('last.key')), root));
    const beyond = await forgeCa('beyond', { by: [middle, desk.path('last.key')] });
    await expectRefusal(judging(sign([beyond, middle], desk.path('beyond.key')), root), /too long/);
  });
});

describe('whoever holds a key of this home but that of its CA', () => {
  it('makes no CA out of a certificate of a server', async (context) => {
    required(context);
    const leaf = desk.path('api.test+1.pem');
    const forged = await forgeCa('forged', { by: [leaf, desk.path('api.test+1-key.pem')] });
    const chain = [forged, leaf, caFile(desk, 'issuer.pem')];
    await expectRefusal(judging(sign(chain, desk.path('forged.key'))), /not belong together|no CA/);
    await expectRefusal(judging(sign([forged], desk.path('forged.key')), caFile(desk, 'root.pem')), /trusts/);
    // Nor where the server's certificate is a target of the check, which vouches for its key alone.
    await expectRefusal([...judging(sign(chain, desk.path('forged.key'))), leaf], /not belong together|no CA/);
  });

  it('makes no CA below the issuer, whose path ends there', async (context) => {
    required(context);
    const issuer = caFile(desk, 'issuer.pem');
    const below = await forgeCa('sub', { by: [issuer, caFile(desk, 'issuer-key.pem')] });
    await expectRefusal(judging(sign([below, issuer], desk.path('sub.key'))), /too long/);
  });

  it('signs nothing for a certificate that came with a request', async (context) => {
    required(context);
    await desk.json(['csr', 'guest.test']);
    await desk.json(['sign', 'guest.test.csr']);
    const key = desk.path('guest.test-key.pem');
    await openssl([
      'req',
      '-x509',
      '-key',
      key,
      '-subj',
      '/CN=x',
      '-addext',
      'subjectAltName=DNS:api.test',
      '-out',
      desk.path('own.pem'),
    ]);
    const file = sign([desk.path('own.pem')], key, { names: ['api.test'] });
    await expectRefusal(judging(file), /no CA|nobody here trusts|nothing here vouches/);
  });
});
