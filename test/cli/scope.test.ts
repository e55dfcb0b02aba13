/**
 * @module What a CA may speak for: the scope of the first one, the CA that mint picks among several, and scopes that nobody may have.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { deskMaker, type Printed } from './desk.ts';
import { openssl } from './minted-facts.ts';

const DEV = ['localhost', 'test', 'local', 'internal', 'home.arpa', 'example', 'invalid', 'localdomain', 'lan'];
const newDesk = deskMaker('scope');

const domainsOf = (shown: Printed): unknown => (shown['scope'] as Printed)['dns'];

describe('the first run', () => {
  it('makes a CA for the dev domains', async () => {
    const desk = newDesk();
    await desk.json(['localhost']);
    expect(domainsOf(await desk.json(['ca', 'show']))).toEqual(DEV);
  });

  it('adds the registrable domain of each outside name, once', async () => {
    const desk = newDesk();
    await desk.json([
      'www.my-site.com',
      '*.api.my-site.com',
      'shop.other.co.uk',
      'x.me.github.io',
      'a.test',
      '10.0.0.1',
    ]);
    expect(domainsOf(await desk.json(['ca', 'show']))).toEqual([...DEV, 'my-site.com', 'other.co.uk', 'me.github.io']);
    expect(await desk.json(['elsewhere.my-site.com'])).toMatchObject({ ca: 'default' });
    expect(await desk.refusal(['another.co.uk'])).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('makes no CA for a public suffix', async () => {
    const desk = newDesk();
    for (const name of ['github.io', 'co.uk'])
      expect(await desk.refusal(['mint', name]), name).toMatchObject({ exitCode: 1, code: 'SCOPE_PUBLIC_SUFFIX' });
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });
});

describe('among several CAs', () => {
  const desk = newDesk();

  it('mint picks the one whose scope covers all names', async () => {
    await desk.json(['localhost']);
    const outside = await desk.refusal(['bank.com']);
    expect(outside).toMatchObject({
      exitCode: 1,
      code: 'NAME_OUTSIDE_SCOPE',
      hint: 'mintmark ca create bank --scope bank.com',
    });
    await desk.runOrThrow(outside.hint.split(' ').slice(1));
    const chosen = await Promise.all(
      [['bank.com'], ['www.bank.com', 'localhost', '::1'], ['localhost'], ['a.test']].map((names) =>
        desk.json(['mint', ...names, '--dry-run']),
      ),
    );
    expect(chosen.map(({ ca }) => ca)).toEqual(['bank', 'bank', 'default', 'default']);
    expect(await desk.json(['bank.com'])).toMatchObject({ ca: 'bank' });
  });

  it('names that no single CA covers are refused, and so is a named CA that does not cover them', async () => {
    expect(await desk.refusal(['bank.com', 'a.test'])).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
    expect(await desk.refusal(['a.test', '--ca', 'bank'])).toMatchObject({
      code: 'NAME_OUTSIDE_SCOPE',
      details: { name: 'a.test', caName: 'bank', scope: ['localhost', 'bank.com'] },
    });
    expect(await desk.json(['localhost', '--ca', 'bank'])).toMatchObject({ ca: 'bank' });
    expect(await desk.refusal(['notbank.com'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('a scoped CA comes before an unscoped one, whatever they are called', async () => {
    const mixed = newDesk();
    await mixed.json(['ca', 'create', 'a-wide', '--unscoped']);
    await mixed.json(['ca', 'create', 'bank', '--scope', 'bank.com']);
    await mixed.json(['ca', 'create', 'default']);
    for (const [name, ca] of [
      ['localhost', 'default'],
      ['bank.com', 'bank'],
      ['far.org', 'a-wide'],
    ] as const)
      expect(await mixed.json(['mint', name, '--dry-run']), name).toMatchObject({ ca });
  });

  it('sign follows the same rule', async () => {
    await desk.json(['csr', 'shop.bank.com']);
    expect(await desk.json(['sign', 'shop.bank.com.csr'])).toMatchObject({ ca: 'bank' });
    await desk.json(['csr', 'far.org']);
    expect(await desk.refusal(['sign', 'far.org.csr'])).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
    expect(desk.has('far.org.pem')).toBe(false);
  });
});

describe('ca create', () => {
  it.each(['com', 'co.uk', 'github.io', '.com'])('refuses the scope %s', async (scope) => {
    const desk = newDesk();
    expect(await desk.refusal(['ca', 'create', 'x', '--scope', scope])).toMatchObject({ exitCode: 1 });
    expect(await desk.json(['ca', 'list'])).toEqual({ cas: [] });
  });

  it('takes several scopes', async () => {
    const desk = newDesk();
    const shown = await desk.json(['ca', 'create', 'x', '--scope', 'a.com', '--scope', 'sub.b.org', '--json']);
    expect(domainsOf(shown)).toEqual(['localhost', 'a.com', 'sub.b.org']);
    expect(await desk.refusal(['b.org', '--ca', 'x'])).toMatchObject({ code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('--unscoped warns, and the certificates then hold no constraints', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const { stderr } = await desk.runOrThrow(['ca', 'create', 'wide', '--unscoped']);
    expect(stderr.replaceAll(/\s+/g, ' ')).toContain('can speak for every name on the internet');
    expect(await desk.json(['ca', 'show', 'wide'])).toMatchObject({ isUnscoped: true, scope: { dns: [], ips: [] } });
    const { stdout } = await openssl(['x509', '-in', `${desk.home}/cas/wide/root.pem`, '-noout', '-text']);
    expect(stdout).not.toContain('Name Constraints');
    expect(await desk.json(['bank.com', '--ca', 'wide'])).toMatchObject({ ca: 'wide' });
  });

  it('writes critical constraints into root and issuer; --constrain-ips adds private ranges', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = newDesk();
    const shown = await desk.json(['ca', 'create', 'tight', '--scope', 'my-site.com', '--constrain-ips']);
    const { stdout: root } = await openssl(['x509', '-in', String(shown['rootFile']), '-noout', '-text']);
    const { stdout: issuer } = await openssl(['x509', '-in', String(shown['issuerFile']), '-noout', '-text']);
    for (const text of [root, issuer]) {
      expect(text).toMatch(/Name Constraints: critical\s+Permitted:\s+DNS:localhost\s+DNS:my-site.com/);
      expect(text).toContain('IP:10.0.0.0/255.0.0.0');
    }
    expect(root).toContain('CA:TRUE, pathlen:1');
    expect(issuer).toContain('CA:TRUE, pathlen:0');
    expect(await desk.json(['my-site.com', '192.168.1.9', '--ca', 'tight'])).toMatchObject({ ca: 'tight' });
    expect(await desk.refusal(['8.8.8.8', '--ca', 'tight'])).toMatchObject({ exitCode: 1, code: 'NAME_OUTSIDE_SCOPE' });
  });

  it('leaves no root key behind', async () => {
    const desk = newDesk();
    const { rootFile, path } = await desk.json(['ca', 'create', 'x', '--scope', 'my-site.com']);
    expect(readFileSync(String(rootFile), 'utf8')).not.toContain('PRIVATE KEY');
    await desk.json(['ca', 'create', 'y', '--scope', 'other.org']);
    expect(await desk.refusal(['ca', 'create', 'y'])).toMatchObject({ exitCode: 1, code: 'CA_EXISTS' });
    expect(readdirSync(String(path)).sort()).toEqual([
      'issuer-key.pem',
      'issuer.crl',
      'issuer.pem',
      'root.crl',
      'root.pem',
    ]);
  });
});
