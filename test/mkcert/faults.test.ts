/**
 * @module Faults of mkcert that the table of calls does not show, each played with both programs: what mkcert does, and what ours does
 * instead. Those of single calls (names, modes, requests) are rows of `invocations.ts`.
 */
import { execFileSync } from 'node:child_process';
import { X509Certificate } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { beforeEach, describe, expect, it } from 'vitest';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { isPair } from './observe.ts';
import { createPlace, Mkcerts, PROGRAMS, ReadyCaroots, type Place, type ProgramName } from './programs.ts';

const folder = scratchFolder('mkcert-faults');
const mkcerts = new Mkcerts(folder);
const caroots = new ReadyCaroots(mkcerts, folder);
let count = 0;
const newPlace = (): Place => createPlace(folder, `place-${++count}`);

beforeEach((context) => requirePrograms(context, ['mkcert', 'openssl']));

/** The same in a place of its own for each program; what each came to. */
async function playBoth<T>(play: (program: ProgramName, place: Place) => Promise<T>): Promise<Record<ProgramName, T>> {
  const [mkcert, mintmark] = await Promise.all(PROGRAMS.map((program) => play(program, newPlace())));
  return { mkcert: mkcert as T, mintmark: mintmark as T };
}

const call = (program: ProgramName, place: Place, ...words: readonly string[]): Promise<RunResult> =>
  mkcerts.run(program, words, place);

const openssl = (cwd: string, ...words: readonly string[]): void =>
  void execFileSync(programPath('openssl'), words, { cwd, stdio: 'ignore' });

/** A CAROOT with a root of mkcert's form that OpenSSL made. */
function makeRoot({ caroot }: Place, days: number, constraint = 'critical,CA:TRUE,pathlen:0'): void {
  mkdirSync(caroot, { recursive: true });
  openssl(caroot, 'genpkey', '-algorithm', 'EC', '-pkeyopt', 'ec_paramgen_curve:P-256', '-out', 'rootCA-key.pem');
  const extensions = ['-addext', `basicConstraints=${constraint}`, '-addext', 'keyUsage=critical,keyCertSign'];
  const subject = '/O=mkcert development CA/CN=short';
  const flags = ['-key', 'rootCA-key.pem', '-subj', subject, '-days', String(days), ...extensions];
  openssl(caroot, 'req', '-x509', '-new', ...flags, '-config', '/dev/null', '-out', 'rootCA.pem');
}

const certificateOf = (path: string): X509Certificate => new X509Certificate(readFileSync(path));

/** How many of six first calls end well, how many of their certificates verify, and how many CAs there are. */
async function callSix(program: ProgramName): Promise<Readonly<Record<'done' | 'verified' | 'cas', number>>> {
  const place = newPlace();
  const names = ['a', 'b', 'c', 'd', 'e', 'f'].map((name) => `${name}.test`);
  const results = await Promise.all(names.map((name) => call(program, place, name)));
  const roots = join(place.caroot, 'rootCA.pem');
  const verdicts = await Promise.all(
    names.map((name) => {
      const file = join(place.work, `${name}.pem`);
      return run([programPath('openssl'), 'verify', '-CAfile', roots, '-untrusted', file, file]);
    }),
  );
  const count = (all: readonly RunResult[]): number => all.filter(({ exitCode }) => exitCode === 0).length;
  const cas = readFileSync(roots, 'utf8').split('-----BEGIN').length - 1;
  return { done: count(results), verified: count(verdicts), cas };
}

describe.concurrent('the CA', () => {
  it('is made by flags that need none, and by -uninstall; ours is not', async () => {
    for (const words of [['-ecdsa'], ['-uninstall']]) {
      const made = await playBoth(async (program, place) => {
        expect((await call(program, place, ...words)).exitCode).toBe(0);
        return existsSync(place.caroot);
      });
      expect(made).toEqual({ mkcert: true, mintmark: false });
    }
  });

  it('is made before the names are looked at; ours is not', async () => {
    const made = await playBoth(async (program, place) => {
      expect((await call(program, place, 'a b')).exitCode).toBe(1);
      return existsSync(join(place.caroot, 'rootCA.pem'));
    });
    expect(made).toEqual({ mkcert: true, mintmark: false });
  });

  it('has a key of the type that the first call happened to want; ours does not ask', async () => {
    const types = await playBoth(async (program, place) => {
      await call(program, place, 'localhost');
      return certificateOf(join(place.caroot, 'rootCA.pem')).publicKey.asymmetricKeyType;
    });
    expect(types).toEqual({ mkcert: 'rsa', mintmark: 'ec' });
  });

  it('is called like every other of this person; no two of ours are', async () => {
    const isShared = await playBoth(async (program, place) => {
      const other = newPlace();
      await Promise.all([call(program, place, '-install'), call(program, other, '-install')]);
      const [one, two] = [place, other].map(({ caroot }) => certificateOf(join(caroot, 'rootCA.pem')).subject);
      return one === two;
    });
    expect(isShared).toEqual({ mkcert: true, mintmark: false });
  });

  it('can sign for every name; a stolen key of ours can not', async () => {
    const bound = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      const root = join(place.caroot, 'rootCA.pem');
      const { stdout } = await run([programPath('openssl'), 'x509', '-in', root, '-noout', '-ext', 'nameConstraints']);
      return /critical/.test(stdout);
    });
    expect(bound).toEqual({ mkcert: false, mintmark: true });
  });

  it('leaves the key of the root on the disk; ours leaves none that belongs to a root', async () => {
    const isLeft = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      return isPair(join(place.caroot, 'rootCA.pem'), join(place.caroot, 'rootCA-key.pem'));
    });
    expect(isLeft).toEqual({ mkcert: true, mintmark: false });
  });

  it('made by six first calls at once, signs what no root verifies; ours are all verified', async () => {
    expect(await callSix('mintmark')).toEqual({ done: 6, verified: 6, cas: 1 });
    const theirs: number[] = [];
    // Who wins is chance: as a rule one of the six is verified.
    while (theirs.length < 4 && !theirs.some((verified) => verified < 6))
      theirs.push((await callSix('mkcert')).verified);
    expect(Math.min(...theirs)).toBeLessThan(6);
  });

  it('is replaced where its certificate was lost; ours leaves the key be', async () => {
    const isKept = await playBoth(async (program, place) => {
      makeRoot(place, 30);
      rmSync(join(place.caroot, 'rootCA.pem'));
      const key = readFileSync(join(place.caroot, 'rootCA-key.pem'), 'utf8');
      const { exitCode, stderr } = await call(program, place, 'localhost');
      const isSame = readFileSync(join(place.caroot, 'rootCA-key.pem'), 'utf8') === key;
      return { exitCode, isSame, isTold: stderr.includes('restore rootCA.pem') };
    });
    expect(isKept.mintmark).toEqual({ exitCode: 1, isSame: true, isTold: true });
    // Another user than root is stuck on the mode of the key.
    if (process.getuid?.() === 0) expect(isKept.mkcert).toEqual({ exitCode: 0, isSame: false, isTold: false });
  });

  it('may be no CA at all; ours says so', async () => {
    const codes = await playBoth(async (program, place) => {
      makeRoot(place, 30, 'critical,CA:FALSE');
      const { exitCode, stderr } = await call(program, place, 'localhost');
      return { exitCode, isTold: stderr.includes('no CA certificate') };
    });
    expect(codes).toEqual({ mkcert: { exitCode: 0, isTold: false }, mintmark: { exitCode: 1, isTold: true } });
  });

  it('with the key of another is noticed late and without advice; ours tells', async () => {
    const told = await playBoth(async (program, place) => {
      makeRoot(place, 30);
      openssl(
        place.caroot,
        'genpkey',
        '-algorithm',
        'EC',
        '-pkeyopt',
        'ec_paramgen_curve:P-256',
        '-out',
        'rootCA-key.pem',
      );
      const { exitCode, stderr } = await call(program, place, 'localhost');
      return { exitCode, hasAdvice: stderr.includes('hint: '), files: readdirSync(place.work) };
    });
    expect(told.mkcert).toEqual({ exitCode: 1, hasAdvice: false, files: [] });
    expect(told.mintmark).toEqual({ exitCode: 1, hasAdvice: true, files: [] });
  });
});

describe.concurrent('the certificate', () => {
  it('outlives its root; ours ends with it', async () => {
    const outlives = await playBoth(async (program, place) => {
      makeRoot(place, 30);
      expect((await call(program, place, '-ecdsa', 'localhost')).exitCode).toBe(0);
      const [root, leaf] = [join(place.caroot, 'rootCA.pem'), join(place.work, 'localhost.pem')].map(certificateOf);
      return Date.parse(leaf?.validTo ?? '') > Date.parse(root?.validTo ?? '');
    });
    expect(outlives).toEqual({ mkcert: true, mintmark: false });
  });

  it('begins this very second, too late for a clock that is behind; ours begins an hour ago', async () => {
    const begins = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      const now = Date.now();
      await call(program, place, '-ecdsa', 'localhost');
      return Date.parse(certificateOf(join(place.work, 'localhost.pem')).validFrom) - now;
    });
    expect(Math.abs(begins.mkcert)).toBeLessThan(60_000);
    // Never before the CA, which is a few seconds old and begins an hour ago itself.
    expect(begins.mintmark).toBeLessThan(-3_000_000);
  });

  it('is replaced and its key is not when the key can not be written; ours are replaced together or not at all', async () => {
    const isStale = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      const words = ['-ecdsa', '-cert-file', 'c.pem', '-key-file', 'k.pem', 'localhost'];
      expect((await call(program, place, ...words)).exitCode).toBe(0);
      const before = readFileSync(join(place.work, 'c.pem'), 'utf8');
      rmSync(join(place.work, 'k.pem'));
      mkdirSync(join(place.work, 'k.pem'));
      expect((await call(program, place, ...words)).exitCode).toBe(1);
      return readFileSync(join(place.work, 'c.pem'), 'utf8') !== before;
    });
    expect(isStale).toEqual({ mkcert: true, mintmark: false });
  });

  it('is written through links, over what they lead to; ours takes the place of the link', async () => {
    const victims = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      writeFileSync(join(place.home, 'victim'), '');
      symlinkSync(join(place.home, 'victim'), join(place.work, 'localhost-key.pem'));
      expect((await call(program, place, '-ecdsa', 'localhost')).exitCode).toBe(0);
      expect(isPair(join(place.work, 'localhost.pem'), join(place.work, 'localhost-key.pem'))).toBe(true);
      return statSync(join(place.home, 'victim')).size > 0;
    });
    expect(victims).toEqual({ mkcert: true, mintmark: false });
  });
});

describe.concurrent('the PKCS#12 file', () => {
  it('is one that OpenSSL 3 reads only with its legacy provider; ours is read by default', async () => {
    const readable = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      await call(program, place, '-pkcs12', 'localhost');
      const words = ['pkcs12', '-in', 'localhost.p12', '-passin', 'pass:changeit', '-noenc'];
      const { exitCode, stdout } = await run([programPath('openssl'), ...words], { cwd: place.work });
      return exitCode === 0 && stdout.includes('PRIVATE KEY') && stdout.includes('END CERTIFICATE');
    });
    expect(readable).toEqual({ mkcert: false, mintmark: true });
  });
});

describe.concurrent('flags that mkcert ignores without a word', () => {
  it.each([
    [['-ecdsa', '-p12-file', 'x.p12', 'localhost'], '-p12-file does nothing without -pkcs12'],
    [['-pkcs12', '-key-file', 'k.pem', 'a b'], '-cert-file and -key-file do nothing with -pkcs12'],
    [['-csr', 'missing', '-key-file', 'k.pem'], '-key-file does nothing with -csr'],
    [['-uninstall', 'localhost'], '-uninstall makes no certificate'],
  ] as const)('%j are told by ours', async (words, text) => {
    const told = await playBoth(async (program, place) => (await call(program, place, ...words)).stderr.includes(text));
    expect(told).toEqual({ mkcert: false, mintmark: true });
  });
});

describe.concurrent('the environment', () => {
  it('has a TRUST_STORES whose spaces hide a store; ours sees it, and tells of words that stand for none', async () => {
    const seen = await playBoth(async (program, place) => {
      await caroots.copyTo(program, place);
      const env = { TRUST_STORES: ' system , nix' };
      const { stderr } = await mkcerts.run(program, ['-ecdsa', 'localhost'], place, { env });
      return stderr.includes('not installed in the system trust store');
    });
    expect(seen).toEqual({ mkcert: false, mintmark: true });
    const told = await mkcerts.run('mintmark', ['-uninstall'], newPlace(), { env: { TRUST_STORES: 'nix' } });
    expect(told.stderr).toContain('nix');
  });
});
