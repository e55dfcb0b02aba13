/** @module Why clients refuse a server: each fault alone, made with real certificates, and the whole server that has none. */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { CertificateFacts } from '@mintmark/ca-core/read';
import { describe, expect, it } from 'vitest';
import { createSelfSigned, createThrowAwayCa, FIXED_NOW, type ThrowAwayCa } from '../../../testkit/src/index.ts';
import type { StoreReport } from '../report.ts';
import type { Finding } from './finding.ts';
import { diagnoseServer } from './server.ts';
import type { KnownCertificate, ServerSight, Surroundings } from './server-sight.ts';

const DAY_MS = 86_400_000;
const later = (days: number): Date => new Date(FIXED_NOW.getTime() + days * DAY_MS);
const ca = createThrowAwayCa();

type Scene = {
  readonly sight?: Partial<ServerSight>;
  readonly around?: Partial<Surroundings>;
  readonly ca?: ThrowAwayCa;
};

function diagnose(chain: readonly CertificateFacts[], scene: Scene = {}) {
  return diagnoseServer(
    { host: 'localhost', port: 8443, chain, isOrderKnown: true, isPubliclyTrusted: false, ...scene.sight },
    {
      cas: [(scene.ca ?? ca).known],
      ledger: [],
      stores: new Map([['default', [report('system', 'trusted'), report('chromium', 'trusted')]]]),
      env: {},
      now: FIXED_NOW,
      formatPath: (path) => path.replace('/app/', './'),
      ...scene.around,
    },
  );
}

const report = (id: StoreReport['id'], state: StoreReport['state']): StoreReport => ({
  id,
  name: id === 'chromium' ? 'Chromium' : 'Debian system store',
  clients: id === 'system' ? ['curl', 'git'] : [],
  state,
  places: [{ id: 'x', label: 'x', state }],
  isChanged: false,
});

const entryOf = (certificate: CertificateFacts, certFile: string): KnownCertificate => ({
  names: certificate.names.map(({ text }) => text),
  notAfter: certificate.notAfter.toISOString(),
  certSha256Hex: formatHex(nodeSha256(certificate.certDer)),
  certFile,
  keyFile: certFile.replace('.pem', '-key.pem'),
  profile: 'server',
});

const ids = (findings: readonly Finding[]): string[] => findings.map(({ id }) => id);
const whole = (leaf: CertificateFacts): CertificateFacts[] => [leaf, ca.known.issuer];

describe('a server that is well', () => {
  it('has no finding, and what was looked at is told', () => {
    const { findings, passes } = diagnose(whole(ca.issue(['localhost'])));
    expect(findings).toEqual([]);
    expect(passes).toEqual([
      'the certificate names localhost and lasts 397 days',
      'the server sends the certificate of the issuer too',
      'it is signed by CA "default" of this home',
      'the CA is in the stores of the system and Chromium',
    ]);
  });

  it.each([
    ['a.app.test', ['*.app.test']],
    ['127.0.0.1', ['127.0.0.1']],
    ['::1', ['::1']],
    ['LOCALHOST', ['localhost']],
  ])('is found well as %s', (host, names) => {
    expect(diagnose(whole(ca.issue(names)), { sight: { host } }).findings).toEqual([]);
  });
});

describe('names', () => {
  it.each<[string, string[], string, RegExp]>([
    ['another name', ['app.test'], 'localhost', /^the certificate names app\.test, not localhost$/],
    ['a wildcard one label too short', ['*.app.test'], 'a.b.app.test', /^\*\.app\.test covers one label/],
    ['an address that is not named', ['localhost'], '127.0.0.1', /names localhost, not 127\.0\.0\.1/],
  ])('%s', (_what, names, host, why) => {
    const { findings } = diagnose(whole(ca.issue(names)), { sight: { host } });
    expect(ids(findings)).toEqual(['server-name']);
    expect(findings[0]).toMatchObject({ severity: 'problem', why: expect.stringMatching(why) as unknown });
    expect(findings[0]?.fix).toBe(
      `mintmark ${[...names, host].map((name) => (name.includes('*') ? `'${name}'` : name)).join(' ')}`,
    );
  });

  it('a star before one label is for no browser', () => {
    expect(ids(diagnose(whole(ca.issue(['*.test'])), { sight: { host: 'a.test' } }).findings)).toEqual([
      'server-bare-wildcard',
    ]);
  });

  it('a certificate that waits on disk is a matter of a restart', () => {
    const [old, fresh] = [ca.issue(['app.test']), ca.issue(['app.test', 'localhost'])];
    const ledger = [entryOf(old, '/app/a.pem'), entryOf(fresh, '/app/a.pem')];
    const { findings } = diagnose(whole(old), { around: { ledger } });
    expect(findings[0]).toMatchObject({
      id: 'server-name',
      fix: expect.stringMatching(/^restart .* \.\/a\.pem /) as unknown,
    });
  });

  it('outside the scope of their CA', () => {
    const { findings } = diagnose(whole(ca.issue(['localhost', 'bank.com'])));
    expect(ids(findings)).toEqual(['server-outside-scope']);
    expect(findings[0]?.why).toContain('bank.com');
    expect(findings[0]?.fix).toBe('mintmark ca create NAME --scope bank.com');
  });
});

describe('dates', () => {
  it('expired, with the command that makes the same files anew', () => {
    const leaf = ca.issue(['localhost'], { days: 10 });
    const around = { now: later(11), ledger: [entryOf(leaf, '/app/l.pem')] };
    const { findings } = diagnose(whole(leaf), { around });
    expect(findings).toMatchObject([
      {
        id: 'server-expired',
        fix: 'mintmark localhost --cert-file ./l.pem --key-file ./l-key.pem',
        next: 'restart the server',
      },
    ]);
  });

  it('expired in a server that was not restarted', () => {
    const [old, fresh] = [ca.issue(['localhost'], { days: 10 }), ca.issue(['localhost'])];
    const ledger = [entryOf(old, '/app/l.pem'), entryOf(fresh, '/app/l.pem')];
    const { findings } = diagnose(whole(old), { around: { now: later(11), ledger } });
    expect(findings).toMatchObject([
      { id: 'server-expired', fix: 'restart or reload the server: ./l.pem holds a newer certificate' },
    ]);
  });

  it('older than the one on disk, and still good, is advice', () => {
    const [old, fresh] = [ca.issue(['localhost']), ca.issue(['localhost'])];
    const ledger = [entryOf(old, '/app/l.pem'), entryOf(fresh, '/app/l.pem')];
    expect(diagnose(whole(old), { around: { ledger } }).findings).toMatchObject([
      { id: 'server-stale', severity: 'advice' },
    ]);
    expect(diagnose(whole(fresh), { around: { ledger } }).findings).toEqual([]);
  });

  it('not begun: the certificate, or the clock that is behind the CA', () => {
    const early = ca.issue(['localhost'], { now: later(5) });
    expect(ids(diagnose(whole(early)).findings)).toEqual(['server-not-yet-valid']);
    expect(ids(diagnose(whole(early), { around: { now: later(-20) } }).findings)).toEqual(['clock']);
  });

  it('soon over is advice', () => {
    const leaf = ca.issue(['localhost'], { days: 100 });
    expect(diagnose(whole(leaf), { around: { now: later(90) } }).findings).toMatchObject([
      { id: 'server-expires-soon', severity: 'advice' },
    ]);
  });

  it('of the CA itself', () => {
    const { findings } = diagnose(whole(ca.issue(['localhost'])), { around: { now: later(3651) } });
    expect(ids(findings)).toEqual(['server-expired', 'ca-expired']);
  });
});

describe('the chain', () => {
  const leaf = ca.issue(['localhost']);

  it('without the issuer', () => {
    const ledger = [entryOf(leaf, '/app/localhost+2.pem')];
    expect(diagnose([leaf], { around: { ledger } }).findings).toMatchObject([
      {
        id: 'server-chain-missing',
        subject: 'clients refuse localhost:8443',
        why: "the server sends its own certificate but not the issuer's",
        fix: 'give it the whole file ./localhost+2.pem',
      },
    ]);
    expect(diagnose([leaf]).findings[0]?.fix).toContain('/home/u/issuer.pem');
  });

  it('with another issuer than the one that signed', () => {
    expect(ids(diagnose([leaf, createThrowAwayCa().known.issuer]).findings)).toEqual(['server-chain-missing']);
  });

  it('in the wrong order', () => {
    expect(diagnose([ca.known.issuer, leaf]).findings).toMatchObject([
      { id: 'server-chain-order', severity: 'problem' },
    ]);
    expect(diagnose([leaf, ca.known.root, ca.known.issuer]).findings).toMatchObject([
      { id: 'server-chain-order', severity: 'advice' },
    ]);
    expect(diagnose([leaf, ca.known.issuer, ca.known.root]).findings).toEqual([]);
  });

  it('is not blamed for its order where nobody saw it', () => {
    expect(diagnose([leaf, ca.known.root, ca.known.issuer], { sight: { isOrderKnown: false } }).findings).toEqual([]);
  });
});

describe('who signed', () => {
  it('nobody but itself', () => {
    expect(diagnose([createSelfSigned(['localhost'])]).findings).toMatchObject([
      {
        id: 'server-self-signed',
        fix: 'mintmark localhost',
        next: expect.stringContaining('mintmark pin localhost:8443') as unknown,
      },
    ]);
  });

  it('a CA of another home', () => {
    const other = createThrowAwayCa();
    const { findings } = diagnose([other.issue(['localhost']), other.known.issuer]);
    expect(findings).toMatchObject([
      { id: 'server-unknown-ca', next: expect.stringContaining('--home DIR') as unknown },
    ]);
  });

  it('another CA of the same name', () => {
    const other = createThrowAwayCa();
    const impostor = { ...ca.known.issuer, subjectDer: other.known.issuer.subjectDer };
    const { findings } = diagnose([other.issue(['localhost']), other.known.issuer], {
      around: { cas: [{ ...ca.known, issuer: impostor }] },
    });
    expect(ids(findings)).toEqual(['server-namesake-ca']);
  });

  it('a public CA is no matter of ours', () => {
    const other = createThrowAwayCa();
    const { findings, passes } = diagnose([other.issue(['localhost'])], { sight: { isPubliclyTrusted: true } });
    expect(findings).toEqual([]);
    expect(passes).toContain('it is signed by a public CA');
  });
});

describe('purposes', () => {
  it('a certificate for clients serves nobody', () => {
    const { findings } = diagnose(whole(ca.issue(['localhost'], { profile: 'client' })));
    expect(findings).toMatchObject([{ id: 'server-usage', why: 'the certificate is for clientAuth, not for servers' }]);
  });

  it('a CA in place of a server', () => {
    expect(diagnose([ca.known.root]).findings.map(({ why }) => why)).toContain(
      'it sends the certificate of a CA in place of its own',
    );
  });
});

describe('what lies around the server', () => {
  const leaf = ca.issue(['localhost']);

  it('stores without the CA, with the command for these alone', () => {
    const stores = new Map([['default', [report('system', 'trusted'), report('chromium', 'absent')]]]);
    const { findings, passes } = diagnose(whole(leaf), { around: { stores } });
    expect(findings).toMatchObject([
      { id: 'store-absent', severity: 'problem', fix: 'mintmark install --stores chromium' },
    ]);
    expect(findings[0]?.subject).toBe('Chromium does not trust CA "default"');
    expect(passes).toContain('the CA is in the system store');
  });

  it('many stores that have it, or lack it, on one line of a terminal', () => {
    const named = (state: StoreReport['state'], ...names: string[]): StoreReport[] =>
      names.map((name) => ({ ...report('java', state), name }));
    const tell = (reports: readonly StoreReport[]) =>
      diagnose(whole(leaf), { around: { stores: new Map([['default', reports]]) } });
    const usual = [report('system', 'trusted'), ...named('trusted', 'Chromium', 'Firefox', 'Java')];
    expect(tell(usual).passes.at(-1)).toBe('the CA is in the stores of the system, Chromium, Firefox and Java');
    const many = [...usual, ...named('trusted', 'Windows (host of WSL)', 'Homebrew OpenSSL')];
    expect(tell(many).passes.at(-1)).toBe('the CA is in the stores of the system, Chromium, Firefox and 3 more');
    expect(tell(named('trusted', 'Java')).passes.at(-1)).toBe('the CA is in the store of Java');
    const lacking = [report('system', 'trusted'), ...named('absent', ...many.slice(1).map(({ name }) => name))];
    expect(tell(lacking).findings[0]?.why).toBe('its root is not in the stores of Chromium, Firefox, Java and 2 more');
  });

  it('no store at all has it', () => {
    const stores = new Map([['default', [report('system', 'absent'), report('chromium', 'absent')]]]);
    expect(diagnose(whole(leaf), { around: { stores } }).findings).toMatchObject([
      { subject: 'nothing on this machine trusts CA "default"', fix: 'mintmark install' },
    ]);
  });

  it('a proxy that catches the visit, unless NO_PROXY says no', () => {
    const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
    expect(ids(diagnose(whole(leaf), { around: { env } }).findings)).toEqual(['proxy']);
    expect(diagnose(whole(leaf), { around: { env: { ...env, NO_PROXY: 'example.com, localhost' } } }).findings).toEqual(
      [],
    );
  });

  it('a name where no browser lets anybody click past', () => {
    const chain = [createSelfSigned(['app.localhost'])];
    expect(ids(diagnose(chain, { sight: { host: 'shop.dev' } }).findings)).toContain('server-preloaded');
    expect(ids(diagnose(chain).findings)).not.toContain('server-preloaded');
  });

  it('IP addresses below a CA that constrains them', () => {
    const strict = createThrowAwayCa({ hasIpConstraints: true });
    const chain = [strict.issue(['localhost', '127.0.0.1']), strict.known.issuer];
    expect(diagnose(chain, { ca: strict }).findings).toMatchObject([
      { id: 'server-ip-constraint', severity: 'advice' },
    ]);
    expect(diagnose(whole(ca.issue(['localhost', '127.0.0.1']))).findings).toEqual([]);
  });
});

it('puts problems before advice, whatever was looked at first', () => {
  const short = ca.issue(['localhost'], { days: 100 });
  expect(ids(diagnose([short], { around: { now: later(90) } }).findings)).toEqual([
    'server-chain-missing',
    'server-expires-soon',
  ]);
  const leaf = ca.issue(['localhost']);
  const env = { HTTPS_PROXY: 'http://proxy.example:3128' };
  const { findings } = diagnose([leaf], { around: { env } });
  expect(findings.map(({ severity }) => severity)).toEqual(['problem', 'advice']);
});

it('puts no name into a command that could not be minted', () => {
  const leaf = ca.issue(['app.test']);
  const hostile = { ...leaf, names: [...leaf.names, { kind: 'dns', text: '--out=/etc;reboot' } as const] };
  expect(diagnose(whole(hostile)).findings[0]?.fix).toBe('mintmark app.test localhost');
});
