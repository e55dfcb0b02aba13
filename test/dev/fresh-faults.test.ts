/**
 * @module What must not take the place of a served certificate: halves, mixes, what is out of date or gone. The server answers all the
 * while, tells of it once, and takes the next good pair.
 */
import { generateKeyPairSync } from 'node:crypto';
import {
  mkdirSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
  appendFileSync,
  truncateSync,
} from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { beforeAll, describe, expect, it } from 'vitest';
import { createKey, createCertificate, type Identity } from './certificates.ts';
import { scratchFolder } from '../programs/scratch.ts';
import * as served from './served-files.ts';

const { keep, nextIdentity, place, placeFirst, replaceFile, shownBy, until, waitFor } = served;
const scratch = scratchFolder('fresh-faults');

/** A server with a first pair, and what there is to say of it. */
async function begin() {
  const first = nextIdentity();
  const files = placeFirst(scratch, first);
  const { certFile, keyFile } = files;
  return { first, files, ...(await keep({ certFile, keyFile })) };
}
type Begun = Awaited<ReturnType<typeof begin>>;

/** The first one is served the whole time that it would take to notice, and the fault is told once. */
async function expectKept({ port, first, faults, renewed }: Begun, code: string): Promise<void> {
  const end = performance.now() + served.PATIENCE_MS;
  while (performance.now() < end) {
    expect(await shownBy(port)).toBe(first.certPin);
    await sleep(100);
  }
  await until(() => faults.length > 0);
  expect([faults.map((fault) => fault.code), renewed]).toEqual([[code], []]);
}

async function expectTaken({ files, port, renewed }: Begun): Promise<void> {
  const last = nextIdentity();
  place(files, last);
  await waitFor(port, last);
  expect(renewed).toEqual([last.certPin]);
}

const weakKey = generateKeyPairSync('rsa', { modulusLength: 512 });
const rsaKey = generateKeyPairSync('rsa', { modulusLength: 2048 });

/** What is done to the files of a running server, and what is said of it. */
const FAULTS: Readonly<Record<string, readonly [code: string, message: RegExp, harm: (begun: Begun) => void]>> = {
  'a certificate whose key has not come': [
    'SERVED_PAIR_MISMATCH',
    /server-key\.pem is not the key of .*server\.pem$/,
    ({ files }) => replaceFile(files.certFile, served.chainPem(nextIdentity())),
  ],
  'a key whose certificate has not come': [
    'SERVED_PAIR_MISMATCH',
    /is not the key/,
    ({ files }) => replaceFile(files.keyFile, nextIdentity().keyPem),
  ],
  // OpenSSL keeps them in different places and finds nothing wrong with that.
  'a key of another kind': [
    'SERVED_PAIR_MISMATCH',
    /is not the key/,
    ({ files }) => replaceFile(files.keyFile, rsaKey.privateKey.export({ type: 'pkcs8', format: 'pem' })),
  ],
  'a certificate that was cut off': [
    'SERVED_FILES_UNUSABLE',
    /not valid PEM/,
    ({ files }) => truncateSync(files.certFile, 300),
  ],
  'a key that was cut off': ['SERVED_FILES_UNUSABLE', /not valid PEM/, ({ files }) => truncateSync(files.keyFile, 100)],
  'a key file that is empty': ['SERVED_FILES_UNUSABLE', /is empty/, ({ files }) => truncateSync(files.keyFile, 0)],
  'a file of something else': [
    'SERVED_FILES_UNUSABLE',
    /no PEM block/,
    ({ files }) => writeFileSync(files.certFile, 'hello'),
  ],
  'a PEM block of which the inside is no certificate': [
    'SERVED_FILES_UNUSABLE',
    /can't serve/,
    ({ files }) => writeFileSync(files.certFile, '-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n'),
  ],
  'a key too short for OpenSSL': [
    'SERVED_FILES_UNUSABLE',
    /key too small/,
    ({ files }) => place(files, identityOf(weakKey)),
  ],
  'a certificate that has ended': [
    'SERVED_DATES',
    /and not now$/,
    ({ files }) => place(files, nextIdentity({ days: [-9, -1] })),
  ],
  'a certificate that has not begun': [
    'SERVED_DATES',
    /and not now$/,
    ({ files }) => place(files, nextIdentity({ days: [1, 9] })),
  ],
  'files that are gone': [
    'SERVED_FILE_UNREADABLE',
    /server\.pem: it is not there$/,
    ({ files }) => [files.certFile, files.keyFile].forEach((path) => rmSync(path)),
  ],
  'a folder that is gone': ['SERVED_FILE_UNREADABLE', /it is not there$/, ({ files }) => rmFolder(files.folder)],
  'a folder in place of a file': [
    'SERVED_FILE_UNREADABLE',
    /it is no file$/,
    ({ files }) => {
      rmSync(files.certFile);
      mkdirSync(files.certFile);
    },
  ],
  'a link to itself': [
    'SERVED_FILE_UNREADABLE',
    /ELOOP$/,
    ({ files }) => {
      rmSync(files.certFile);
      symlinkSync(files.certFile, files.certFile);
    },
  ],
  'a file larger than any certificate': [
    'SERVED_FILE_UNREADABLE',
    /larger than/,
    ({ files }) => truncateSync(files.certFile, 2 ** 21),
  ],
};

const rmFolder = (path: string): void => rmSync(path, { recursive: true });

/** One with a key that OpenSSL may not like. */
function identityOf(key: ReturnType<typeof createKey>): Identity {
  return createCertificate('service', { issuer: served.authority, key });
}

async function play([code, message, harm]: (typeof FAULTS)[string]): Promise<void> {
  const begun = await begin();
  harm(begun);
  await expectKept(begun, code);
  const [fault] = begun.faults;
  expect(fault?.message).toMatch(message);
  expect(fault?.hint).not.toBe('');
  expect(JSON.stringify([fault?.message, fault?.hint, fault?.details])).not.toMatch(SECRETS);
  rmSync(begun.files.certFile, { recursive: true, force: true });
  mkdirSync(begun.files.folder, { recursive: true });
  await expectTaken(begun);
}

/** A line of a PEM block. */
const SECRETS = /[A-Za-z0-9+/]{64}/;

describe('is not taken', () => {
  const outcomes = new Map<string, PromiseSettledResult<void>>();
  // All at once, since each waits for a second or two.
  beforeAll(async () => {
    const settle = async ([what, fault]: [string, (typeof FAULTS)[string]]): Promise<void> => {
      const [outcome] = await Promise.allSettled([play(fault)]);
      outcomes.set(what, outcome);
    };
    await Promise.all(Object.entries(FAULTS).map(settle));
  });
  it.each(Object.keys(FAULTS))('%s', (what) => {
    const outcome = outcomes.get(what);
    if (outcome?.status !== 'fulfilled') throw outcome?.reason;
  });
});

describe.concurrent('on the way', () => {
  it('a pair that comes back as it was is no news', async () => {
    const { first, files, port, renewed, faults } = await begin();
    rmSync(files.certFile);
    await sleep(200);
    place(files, first);
    utimesSync(files.certFile, new Date(), new Date());
    await sleep(300);
    expect([await shownBy(port), renewed, faults]).toEqual([first.certPin, [], []]);
  });

  it('a mix of a moment is no fault', async () => {
    const { files, port, renewed, faults } = await begin();
    const next = nextIdentity();
    replaceFile(files.keyFile, next.keyPem);
    await sleep(400);
    replaceFile(files.certFile, served.chainPem(next));
    await waitFor(port, next);
    expect([renewed, faults]).toEqual([[next.certPin], []]);
  });

  it('a chain that is written in place piece by piece is shown whole', async () => {
    const { files, port, first } = await begin();
    const key = createKey();
    const next = nextIdentity({ key });
    writeFileSync(files.keyFile, next.keyPem);
    writeFileSync(files.certFile, next.pem);
    const pieces = served.authority.pem.match(/.{1,40}/gs) ?? [];
    const seen = new Map<string, number>();
    for (const piece of pieces) {
      await sleep(15);
      appendFileSync(files.certFile, piece);
      seen.set(await shownBy(port), await served.chainLengthOf(port));
    }
    expect([...seen]).toEqual([[first.certPin, 2]]);
    await waitFor(port, next);
    expect(await served.chainLengthOf(port)).toBe(2);
  });

  it('a chain that is written in place certificate by certificate is taken once, whole', async () => {
    const { files, port, renewed, faults } = await begin();
    const next = nextIdentity();
    writeFileSync(files.keyFile, next.keyPem);
    writeFileSync(files.certFile, next.pem);
    // Each state is a chain that could be served.
    for (let i = 0; i < 40; i++) {
      await sleep(10);
      appendFileSync(files.certFile, served.authority.pem);
    }
    await waitFor(port, next);
    await sleep(300);
    expect([renewed, faults]).toEqual([[next.certPin], []]);
  });

  it('one that begins later is taken when its time has come', async () => {
    const { files, port, faults } = await begin();
    // Times in certificates are whole seconds.
    const next = nextIdentity({ days: [3500 / 86_400_000, 1] });
    place(files, next);
    await sleep(served.PATIENCE_MS - 400);
    expect(await shownBy(port)).not.toBe(next.certPin);
    await waitFor(port, next);
    expect(faults.map(({ code }) => code)).toEqual(['SERVED_DATES']);
  });

  it('the end of the served one is told', async () => {
    const dying = nextIdentity({ days: [-1, 1500 / 86_400_000] });
    const { certFile, keyFile } = placeFirst(scratch, dying);
    const { faults, port } = await keep({ certFile, keyFile });
    await sleep(200);
    expect(faults).toEqual([]);
    await until(() => faults.length > 0, 5000);
    expect([faults.map(({ code }) => code), await shownBy(port)]).toEqual([['SERVED_DATES'], dying.certPin]);
  });

  it('the end of the served one is told where what is in its place is no good, too', async () => {
    const dying = nextIdentity({ days: [-1, 3500 / 86_400_000] });
    const files = placeFirst(scratch, dying);
    const { faults, port } = await keep({ certFile: files.certFile, keyFile: files.keyFile });
    replaceFile(files.keyFile, nextIdentity().keyPem);
    await until(() => faults.length > 1, 7000);
    expect(faults.map(({ code }) => code)).toEqual(['SERVED_PAIR_MISMATCH', 'SERVED_DATES']);
    expect(faults[1]?.message).toMatch(/^the certificate that is served is valid from .* and not now$/);
    expect(await shownBy(port)).toBe(dying.certPin);
    replaceFile(files.keyFile, nextIdentity().keyPem);
    await until(() => faults.length > 2);
    await sleep(300);
    expect(faults.slice(2).map(({ code }) => code)).toEqual(['SERVED_PAIR_MISMATCH']);
    const next = nextIdentity();
    place(files, next);
    await waitFor(port, next);
  });

  it('one that has ended is served where there is no other, and told', async () => {
    const ended = nextIdentity({ days: [-9, -1] });
    const files = placeFirst(scratch, ended);
    const { faults, port } = await keep({ certFile: files.certFile, keyFile: files.keyFile });
    expect(await shownBy(port)).toBe(ended.certPin);
    await until(() => faults.length > 0);
    expect(faults.map(({ code }) => code)).toEqual(['SERVED_DATES']);
    const next = nextIdentity();
    place(files, next);
    await waitFor(port, next);
  });
});

describe.concurrent('is taken from', () => {
  it('a folder that took the place of the other', async () => {
    const { files, port } = await begin();
    const next = nextIdentity();
    const { folder } = placeFirst(scratch, next);
    renameSync(files.folder, `${files.folder}-old`);
    renameSync(folder, files.folder);
    await waitFor(port, next);
    const last = nextIdentity();
    place(files, last);
    await waitFor(port, last);
  });

  it('a link that leads elsewhere now, as certbot has it', async () => {
    const [first, next, later] = [nextIdentity(), nextIdentity(), nextIdentity()];
    const archive = placeFirst(scratch, first);
    const live = join(archive.folder, 'live');
    mkdirSync(live);
    const link = (target: string, name: string): void => {
      symlinkSync(target, join(live, `${name}.new`));
      renameSync(join(live, `${name}.new`), join(live, name));
    };
    link('../server.pem', 'fullchain.pem');
    link('../server-key.pem', 'privkey.pem');
    const { port } = await keep({ certFile: join(live, 'fullchain.pem'), keyFile: join(live, 'privkey.pem') });
    expect(await shownBy(port)).toBe(first.certPin);
    const second = placeFirst(scratch, next);
    link(second.keyFile, 'privkey.pem');
    link(second.certFile, 'fullchain.pem');
    await waitFor(port, next);
    // Where the links lead to is watched as well.
    place(second, later);
    await waitFor(port, later);
  });

  it('a folder behind a link, as containers mount secrets', async () => {
    const [first, next] = [nextIdentity(), nextIdentity()];
    const [one, two] = [placeFirst(scratch, first), placeFirst(scratch, next)];
    const mount = join(one.folder, 'mount');
    mkdirSync(mount);
    symlinkSync(one.folder, join(mount, '..data'));
    for (const name of ['server.pem', 'server-key.pem']) symlinkSync(join('..data', name), join(mount, name));
    const { port } = await keep({ certFile: join(mount, 'server.pem'), keyFile: join(mount, 'server-key.pem') });
    expect(await shownBy(port)).toBe(first.certPin);
    symlinkSync(two.folder, join(mount, '..tmp'));
    renameSync(join(mount, '..tmp'), join(mount, '..data'));
    await waitFor(port, next);
  });

  it('one file that holds both', async () => {
    const [first, next] = [nextIdentity(), nextIdentity()];
    const { certFile, folder } = placeFirst(scratch, first);
    writeFileSync(certFile, served.chainPem(first) + first.keyPem);
    const { port } = await keep({ certFile, keyFile: join(folder, '.', 'server.pem') });
    expect(await shownBy(port)).toBe(first.certPin);
    replaceFile(certFile, next.keyPem + served.chainPem(next));
    await waitFor(port, next);
  });
});
