/**
 * @module `self-signed --webtransport`: two certificates that overlap, and how the second takes over, on days that the clock is set to.
 * A client that holds both hashes finds the certificate that is served among them at every step.
 */
import { createPublicKey, createPrivateKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { deskMaker, type Desk, type Printed } from './desk.ts';
import { daysOf, isPair, namesOf, readLeaf } from './minted-facts.ts';
import { forgetToPlace } from './rotation-facts.ts';
import { daysFromNow } from './shifted-clock.ts';

const newDesk = deskMaker('webtransport');

const COMMAND = ['self-signed', 'localhost', '127.0.0.1', '--webtransport'];
const [CURRENT, NEXT] = ['localhost+1.pem', 'localhost+1-next.pem'];
const [CURRENT_KEY, NEXT_KEY] = ['localhost+1-key.pem', 'localhost+1-next-key.pem'];
const DAY_MS = 86_400_000;

const hashOf = (desk: Desk, name: string): string =>
  readLeaf(desk.path(name)).fingerprint256.replaceAll(':', '').toLowerCase();

/** Both hashes as a client would be told them. */
function hashesOf(printed: Printed): readonly unknown[] {
  const hash = (of: unknown): unknown => ((of as Printed)['pins'] as Printed)['certSha256Hex'];
  return [hash(printed), hash(printed['next'])];
}

const files = (desk: Desk): readonly string[] => [CURRENT, CURRENT_KEY, NEXT, NEXT_KEY].map((name) => desk.read(name));

/** Days from the begin of the first certificate to a moment of another. */
const daysAfter = (first: string, moment: string): number => (Date.parse(moment) - Date.parse(first)) / DAY_MS;

describe('self-signed --webtransport', () => {
  it('makes two that browsers take, the second from the middle of the first', async () => {
    const desk = newDesk();
    const printed = await desk.json(COMMAND);
    const [current, next] = [readLeaf(desk.path(CURRENT)), readLeaf(desk.path(NEXT))];
    for (const [certificate, key, name] of [
      [current, CURRENT_KEY, CURRENT],
      [next, NEXT_KEY, NEXT],
    ] as const) {
      expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
      expect(daysOf(certificate)).toBe(13);
      expect(certificate.verify(certificate.publicKey)).toBe(true);
      expect(namesOf(desk.path(name))).toBe('DNS:localhost, IP Address:127.0.0.1');
      expect(isPair(desk.path(name), desk.path(key))).toBe(true);
      expect(desk.mode(key)).toBe(0o600);
    }
    expect(daysAfter(current.validFrom, next.validFrom)).toBeCloseTo(6.5, 1);
    expect(next.publicKey.equals(current.publicKey)).toBe(false);
    expect(Date.parse(next.validFrom)).toBeGreaterThan(Date.now());
    expect(hashesOf(printed)).toEqual([hashOf(desk, CURRENT), hashOf(desk, NEXT)]);
    expect(printed).toMatchObject({
      certFile: desk.path(CURRENT),
      profile: 'self-signed',
      isCurrentChanged: true,
      next: { certFile: desk.path(NEXT), keyFile: desk.path(NEXT_KEY), profile: 'self-signed', ca: null },
    });
  });

  it('shows both hashes in the base64 that clients take, and when to come back', async () => {
    const desk = newDesk();
    const { stdout, stderr } = await desk.runOrThrow(COMMAND);
    for (const name of [CURRENT, NEXT])
      expect(stdout).toContain(Buffer.from(hashOf(desk, name), 'hex').toString('base64'));
    expect(stdout).toMatch(/from \d+ \w+ \d{4}, until \d+ \w+ \d{4} \(20 days\)/);
    expect(stderr).toMatch(/Give clients both hashes\. Between .+ and .+\n/);
  });

  it('changes nothing until the next has begun, and prints the same', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const before = files(desk);
    const ledger = await desk.json(['list', '--all']);
    for (const days of [0, 3, 6.4]) {
      const again = await desk.json(COMMAND, daysFromNow(desk, days));
      expect(again).toEqual({
        ...first,
        isKeyKept: true,
        isCurrentChanged: false,
        next: { ...(first['next'] as Printed), isKeyKept: true },
      });
    }
    expect(files(desk)).toEqual(before);
    expect((await desk.json(['list', '--all']))['certificates']).toHaveLength((ledger['certificates'] as []).length);
  });

  it('changes nothing either when the ledger tells of certificates that were never put in place', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    forgetToPlace(desk);
    expect(hashesOf(await desk.json(COMMAND))).toEqual(hashesOf(first));
    expect(await desk.json(COMMAND, daysFromNow(desk, 7))).toMatchObject({ isCurrentChanged: true });
    expect(hashOf(desk, CURRENT)).toBe(hashesOf(first)[1]);
  });

  it('lets the next take over once it has begun, and makes another', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const [, , nextCert, nextKey] = files(desk);
    const second = await desk.json(COMMAND, daysFromNow(desk, 7));
    expect(second['isCurrentChanged']).toBe(true);
    expect(files(desk).slice(0, 2)).toEqual([nextCert, nextKey]);
    expect(hashesOf(second)[0]).toBe(hashesOf(first)[1]);
    expect(hashesOf(second)).toEqual([hashOf(desk, CURRENT), hashOf(desk, NEXT)]);
    expect([isPair(desk.path(CURRENT), desk.path(CURRENT_KEY)), isPair(desk.path(NEXT), desk.path(NEXT_KEY))]).toEqual([
      true,
      true,
    ]);
    const [current, next] = [readLeaf(desk.path(CURRENT)), readLeaf(desk.path(NEXT))];
    expect(next.publicKey.equals(current.publicKey)).toBe(false);
    expect(daysOf(next)).toBe(13);
    expect(Date.parse(next.validFrom)).toBeGreaterThan(Date.now() + 7 * DAY_MS);
    expect(Date.parse(next.validFrom)).toBeLessThan(Date.parse(current.validTo));
    expect((await desk.json(['list'], daysFromNow(desk, 7)))['certificates']).toMatchObject([
      { certFile: desk.path(CURRENT), fileState: 'present' },
      { certFile: desk.path(NEXT), fileState: 'present' },
    ]);
    // And it stands again.
    expect(await desk.json(COMMAND, daysFromNow(desk, 8))).toMatchObject({ isCurrentChanged: false });
  });

  it('gives clients whose clocks are behind an hour before the next takes over', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const begins = Date.parse(readLeaf(desk.path(NEXT)).validFrom);
    const hoursAfter = (hours: number) => daysFromNow(desk, (begins - Date.now() + hours * 3_600_000) / DAY_MS);
    expect(await desk.json(COMMAND, hoursAfter(0.9))).toMatchObject({ isCurrentChanged: false });
    const taken = await desk.json(COMMAND, hoursAfter(1.1));
    expect([taken['isCurrentChanged'], hashesOf(taken)[0]]).toEqual([true, hashesOf(first)[1]]);
  });

  it.each([
    ['the key where the next certificate would go', ['--cert-file', 'a.pem', '--key-file', 'a-next.pem']],
    ['the certificate where the next key would go', ['--cert-file', 'k-next.pem', '--key-file', 'k.pem']],
  ])('does not put %s', async (_what, paths) => {
    const desk = newDesk();
    for (const more of [[], ['--dry-run']])
      expect(await desk.refusal([...COMMAND, ...paths, ...more])).toMatchObject({ code: 'OPTION_VALUE', exitCode: 2 });
    expect(['a.pem', 'a-next.pem', 'k.pem', 'k-next.pem'].some((name) => desk.has(name))).toBe(false);
  });

  it('is not written over by a certificate of another kind, unless forced', async () => {
    const desk = newDesk();
    await desk.json(COMMAND);
    const before = files(desk);
    desk.write('names.txt', 'localhost 127.0.0.1\n');
    const names = ['localhost', '127.0.0.1'];
    for (const words of [
      ['self-signed', ...names],
      ['self-signed', ...names, '--dry-run'],
      ['mint', ...names],
      ['mint', '--names-from', 'names.txt'],
      ['self-signed', 'x.test', '--cert-file', NEXT, '--key-file', 'x.pem'],
    ])
      expect(await desk.refusal(words)).toMatchObject({
        code: 'WEBTRANSPORT_PAIR',
        hint: expect.stringContaining('mintmark self-signed localhost 127.0.0.1 --webtransport; or --force') as string,
      });
    expect(files(desk)).toEqual(before);
    await desk.json(['self-signed', ...names, '--force']);
    expect(daysOf(readLeaf(desk.path(CURRENT)))).toBe(397);
    // What stands alone now is like any other.
    await desk.json(['self-signed', ...names]);
  });

  it('run every day for two months, always shows a hash that was told a day before, six days before too', async () => {
    const desk = newDesk();
    const told: (readonly unknown[])[] = [];
    for (let day = 0; day < 60; day += 2) {
      const printed = await desk.json(COMMAND, daysFromNow(desk, day));
      const served = readLeaf(desk.path(CURRENT));
      const now = Date.now() + day * DAY_MS;
      expect([Date.parse(served.validFrom) <= now, now <= Date.parse(served.validTo)], `day ${day}`).toEqual([
        true,
        true,
      ]);
      for (const earlier of told.slice(-3)) expect(earlier, `day ${day}`).toContain(hashOf(desk, CURRENT));
      told.push(hashesOf(printed));
    }
    expect(new Set(told.flat()).size).toBeGreaterThan(8);
  });

  it('run late, still lets the next take over, and leaves it time', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const late = await desk.json(COMMAND, daysFromNow(desk, 18));
    expect(hashesOf(late)[0]).toBe(hashesOf(first)[1]);
    const again = await desk.json(COMMAND, daysFromNow(desk, 18));
    expect(again).toMatchObject({ isCurrentChanged: false });
    expect(hashesOf(again)).toEqual(hashesOf(late));
  });

  it('after both have expired makes two new ones', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const later = await desk.json(COMMAND, daysFromNow(desk, 21));
    expect(hashesOf(later).some((hash) => hashesOf(first).includes(hash))).toBe(false);
    expect(later['isCurrentChanged']).toBe(true);
  });

  it.each([['--new-key'], ['--force']])('%s makes two new ones at once', async (option) => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const again = await desk.json([...COMMAND, option]);
    expect(hashesOf(again).some((hash) => hashesOf(first).includes(hash))).toBe(false);
  });

  it.each<[string, readonly string[]]>([
    ['other names', ['self-signed', 'localhost', '::1', '--webtransport']],
    ['another subject', [...COMMAND, '--subject', 'CN=localhost, O=Other']],
  ])('for %s makes two new ones', async (_what, command) => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    const again = await desk.json(command);
    expect(hashesOf(again).some((hash) => hashesOf(first).includes(hash))).toBe(false);
  });

  it('adds the next to a certificate of its kind that stands alone', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    desk.write(NEXT, 'x');
    desk.write(NEXT_KEY, 'x');
    expect(await desk.refusal(COMMAND)).toMatchObject({ code: 'FILE_EXISTS' });
    const { unlinkSync } = await import('node:fs');
    // Nothing is half-done: without the current pair, that is not made either while the next can't be.
    const standing = [desk.read(CURRENT), desk.read(CURRENT_KEY)];
    for (const name of [CURRENT, CURRENT_KEY]) unlinkSync(desk.path(name));
    expect(await desk.refusal(COMMAND)).toMatchObject({ code: 'FILE_EXISTS' });
    expect([desk.has(CURRENT), desk.has(CURRENT_KEY)]).toEqual([false, false]);
    for (const [i, name] of [CURRENT, CURRENT_KEY].entries()) desk.write(name, standing[i] ?? '');
    for (const name of [NEXT, NEXT_KEY]) unlinkSync(desk.path(name));
    const again = await desk.json(COMMAND);
    expect([hashesOf(again)[0], again['isCurrentChanged']]).toEqual([hashesOf(first)[0], false]);
    expect(hashOf(desk, NEXT)).toBe(hashesOf(again)[1]);
  });

  it('does not take over a pair that does not match, or that is not of this home', async () => {
    const [desk, other] = [newDesk(), newDesk()];
    const first = await desk.json(COMMAND);
    await other.json(COMMAND);
    desk.write(NEXT_KEY, other.read(NEXT_KEY));
    expect(await desk.refusal(COMMAND, daysFromNow(desk, 7))).toMatchObject({ code: 'FILE_EXISTS' });
    desk.write(NEXT, other.read(NEXT));
    expect(await desk.refusal(COMMAND, daysFromNow(desk, 7))).toMatchObject({ code: 'FILE_EXISTS' });
    expect(hashOf(desk, CURRENT)).toBe(hashesOf(first)[0]);
  });

  it('does not take over with the key of another certificate of this home', async () => {
    const desk = newDesk();
    const first = await desk.json(COMMAND);
    desk.write(NEXT_KEY, desk.read(CURRENT_KEY));
    const again = await desk.json(COMMAND, daysFromNow(desk, 7));
    expect([hashOf(desk, CURRENT), again['isCurrentChanged']]).toEqual([hashesOf(first)[0], false]);
    expect([isPair(desk.path(CURRENT), desk.path(CURRENT_KEY)), isPair(desk.path(NEXT), desk.path(NEXT_KEY))]).toEqual([
      true,
      true,
    ]);
  });

  it.each([CURRENT, CURRENT_KEY])("does not take the place of a stranger's %s", async (name) => {
    const [desk, other] = [newDesk(), newDesk()];
    await desk.json(COMMAND);
    await other.json(COMMAND);
    desk.write(name, other.read(name));
    const before = files(desk);
    expect(await desk.refusal(COMMAND, daysFromNow(desk, 7))).toMatchObject({ code: 'FILE_EXISTS' });
    expect(files(desk)).toEqual(before);
  });

  it('moves sealed keys as they are', async () => {
    const desk = newDesk();
    const command = [...COMMAND, '--passphrase-file', desk.write('pass', 'open sesame\n')];
    await desk.json(command);
    const [, , nextCert, nextKey] = files(desk);
    await desk.json(command, daysFromNow(desk, 7));
    expect(files(desk).slice(0, 2)).toEqual([nextCert, nextKey]);
    const key = createPublicKey(createPrivateKey({ key: desk.read(CURRENT_KEY), passphrase: 'open sesame' }));
    expect(key.equals(readLeaf(desk.path(CURRENT)).publicKey)).toBe(true);
  });

  it('puts files where it is told', async () => {
    const desk = newDesk();
    await desk.json([...COMMAND, '--cert-file', 'server.crt', '--key-file', 'server.key']);
    expect(['server.crt', 'server.key', 'server-next.crt', 'server-next.key'].map((name) => desk.has(name))).toEqual([
      true,
      true,
      true,
      true,
    ]);
    await desk.json([...COMMAND, '--cert-file', 'both.pem', '--key-file', 'both.pem']);
    const rolled = await desk.json(
      [...COMMAND, '--cert-file', 'both.pem', '--key-file', 'both.pem'],
      daysFromNow(desk, 7),
    );
    expect(rolled['isCurrentChanged']).toBe(true);
    for (const name of ['both.pem', 'both-next.pem']) {
      expect(isPair(desk.path(name), desk.path(name))).toBe(true);
      expect(desk.mode(name)).toBe(0o600);
    }
  });

  it('makes nothing in a dry run, nor with options that would spoil it', async () => {
    const desk = newDesk();
    expect(await desk.json([...COMMAND, '--dry-run'])).toMatchObject({ dryRun: true });
    for (const more of [
      ['--days', '3'],
      ['--key', 'rsa-2048'],
      ['--reuse-key', 'x.pem'],
      ['--spare', 'x.pem'],
      ['--new-key', '--spare-passphrase-file', 'x'],
    ])
      expect(await desk.refusal([...COMMAND, ...more])).toMatchObject({
        code: expect.stringMatching(/OPTIONS_CONFLICT/) as string,
      });
    expect(desk.has(CURRENT)).toBe(false);
  });
});
