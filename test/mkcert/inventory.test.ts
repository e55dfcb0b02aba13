/** @module What `list` and `renew` make of certificates that `mkcert` made: each is known, or it is said why not and what to type. */
import { X509Certificate } from 'node:crypto';
import { readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mintmark, MINTMARK_BIN } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { createPlace, Mkcerts, NO_STORES, ReadyCaroots, type Place } from './programs.ts';

const folder = scratchFolder('mkcert-inventory');
const mkcerts = new Mkcerts(folder);
const caroots = new ReadyCaroots(mkcerts, folder);
let count = 0;

async function placeOf(program: 'mkcert' | 'mintmark'): Promise<Place> {
  const place = createPlace(folder, `place-${++count}`);
  await caroots.copyTo(program, place);
  return place;
}

const ours = (place: Place, ...words: readonly string[]): Promise<RunResult> =>
  mkcerts.runOrThrow('mintmark', words, place);

describe.concurrent('what was made', () => {
  const renew = (place: Place, ...words: readonly string[]): Promise<RunResult> =>
    run([process.execPath, MINTMARK_BIN, '--home', place.caroot, 'renew', ...words], { cwd: place.work });
  const purposesOf = (place: Place, file: string): readonly string[] =>
    new X509Certificate(readFileSync(join(place.work, file))).keyUsage;

  it('is a certificate for both ends, renewed as such', async () => {
    const place = await placeOf('mintmark');
    await ours(place, '-ecdsa', '-client', 'a.test');
    const before = purposesOf(place, 'a.test-client.pem');
    expect(before).toHaveLength(2);
    expect((await renew(place, 'a.test-client.pem')).exitCode).toBe(0);
    expect(purposesOf(place, 'a.test-client.pem')).toEqual(before);
  });

  it('is a PKCS#12 file, listed with its days; renew says what makes it anew', async () => {
    const place = await placeOf('mintmark');
    await ours(place, '-ecdsa', '-pkcs12', 'a.test');
    const { stdout } = await mintmark(['list', '--json'], { home: place.caroot });
    expect(JSON.parse(stdout)).toMatchObject({ certificates: [{ names: ['a.test'], fileState: 'present' }] });
    const { exitCode, output } = await renew(place, 'a.test.p12');
    expect(exitCode).toBe(1);
    expect(output).toContain('it is in a PKCS#12 file alone');
    expect(output).toContain('mintmark mkcert -pkcs12 a.test');
    writeFileSync(join(place.work, 'a.test.p12'), 'of somebody else');
    expect((await mintmark(['list'], { home: place.caroot })).stdout).toContain('file was changed');
  });

  it('went into a pipe, which nobody reads again', async () => {
    const place = await placeOf('mintmark');
    symlinkSync('/proc/self/fd/1', join(place.work, 'stdout'));
    const piped = async (program: readonly string[], ...words: readonly string[]): Promise<RunResult> => {
      const env = { ...NO_STORES, HOME: place.home, CAROOT: place.caroot };
      const command = ['sh', '-c', '"$@" | cat', 'sh', ...program, ...words];
      return run(command, { cwd: place.work, env, timeoutMs: 10_000 });
    };
    const words = ['-ecdsa', '-cert-file', 'stdout', '-key-file', 'k.pem', 'localhost'];
    expect((await piped(mkcerts.command('mintmark'), ...words)).stdout).toContain('BEGIN CERTIFICATE');
    for (const words of [['list'], ['list', '--all'], ['renew', '--all']]) {
      const { timedOut } = await piped([process.execPath, MINTMARK_BIN, '--home', place.caroot], ...words);
      expect([words, timedOut]).toEqual([words, false]);
    }
  });

  it('was signed by a CA that lies in rootCA.pem alone, which renew says', async (context) => {
    requirePrograms(context, ['mkcert']);
    const place = await placeOf('mkcert');
    await ours(place, '-ecdsa', 'a.test');
    const { exitCode, output } = await renew(place, 'a.test.pem');
    expect(exitCode).toBe(1);
    expect(output).toContain('the CA that signed it lies in rootCA.pem alone');
  });
});
