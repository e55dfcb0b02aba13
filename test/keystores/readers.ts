/**
 * @module Programs of others that open PKCS#12 files, and one form for what each of them finds. The password goes by a file or a variable
 * where the program has a way.
 */
import { createHash, X509Certificate } from 'node:crypto';
import { createSecureContext } from 'node:tls';
import { existsSync, mkdtempSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGo, GO_PATH } from '../programs/go.ts';
import { countingJava, countingKeytool, jdkCommand } from '../programs/java.ts';
import { programPath } from '../programs/program.ts';
import { run, runOrThrow, type RunResult } from '../programs/run.ts';

/** A store to open. `folder` is scratch, `passwordFile` holds the password and a line break. */
export type Locked = {
  readonly file: string;
  readonly password: string;
  readonly passwordFile: string;
  readonly folder: string;
};

/** SHA-256 of the certificates as lower-case hex, absent where the program shows none. `names`: of every entry that has one. */
type Found = {
  readonly certificates?: readonly string[];
  readonly names: readonly string[];
  readonly hasKey: boolean;
};

type StoreKind = { readonly isLegacy: boolean; readonly isTrustStore: boolean };

export type StoreReader = {
  readonly name: string;
  readonly programs: readonly string[];
  /** What it opens; default: all. Another kind it must refuse. */
  readonly opens?: (kind: StoreKind) => boolean;
  readonly tellsNames?: false;
  /** Of what its passwords may be; default: of anything. */
  readonly passwords?: 'ASCII' | 'BMP';
  /** What it finds; undefined where it refuses the file. @throws when it says both, or neither */
  readonly read: (locked: Locked) => Promise<Found | undefined>;
};

export const sourceFile = (name: string): string => fileURLToPath(new URL(`sources/${name}`, import.meta.url));

const digest = (der: Uint8Array): string => createHash('sha256').update(der).digest('hex');
const PEM_CERTIFICATE = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;
const pemDigests = (text: string): string[] =>
  (text.match(PEM_CERTIFICATE) ?? []).map((pem) => digest(new X509Certificate(pem).raw));
const words = (text: string, pattern: RegExp): string[] => [...text.matchAll(pattern)].map(([, word = '']) => word);

/** What a program printed, once it succeeded. A program that failed must have shown nothing of the contents. */
function judge({ exitCode, output, timedOut }: RunResult, parse: (output: string) => Found): Found | undefined {
  if (timedOut) throw new Error(`ran out of time: ${output}`);
  if (exitCode === 0) return parse(output);
  if (/BEGIN (?:PRIVATE KEY|CERTIFICATE)|^(?:key|certificate) /m.test(output))
    throw new Error(`failed, and showed: ${output}`);
  return undefined;
}

/** The form in which the programs of `sources/` print. */
const parseLines = (output: string): Found => ({
  certificates: words(output, /^certificate ([0-9a-f]{64})$/gm),
  names: words(output, /^(?:key|anchor) (.+)$/gm),
  hasKey: /^key/m.test(output) && !output.includes('signs false'),
});

const openssl = (...options: readonly string[]): StoreReader => ({
  name: ['OpenSSL', ...options].join(' '),
  programs: ['openssl'],
  read: async ({ file, passwordFile }) =>
    judge(
      await run([
        programPath('openssl'),
        'pkcs12',
        ...options,
        '-in',
        file,
        '-noenc',
        '-passin',
        `file:${passwordFile}`,
      ]),
      (output) => ({
        certificates: pemDigests(output),
        names: words(output, /^ +friendlyName: (.*)$/gm),
        hasKey: output.includes('BEGIN PRIVATE KEY'),
      }),
    ),
});

const keytool: StoreReader = {
  name: 'keytool',
  programs: ['keytool'],
  passwords: 'ASCII',
  read: async ({ file, password }) => {
    const options = ['-list', '-v', '-keystore', file, '-storepass:env', 'P12_PASSWORD'];
    const result = await run(countingKeytool(...options), { env: { P12_PASSWORD: password } });
    return judge(result, (output) => ({
      certificates: words(output, /SHA256: ([0-9A-F:]{95})/g).map((hex) => hex.replaceAll(':', '').toLowerCase()),
      names: words(output, /^Alias name: (.*)$/gm),
      hasKey: output.includes('Entry type: PrivateKeyEntry'),
    }));
  },
};

const java: StoreReader = {
  name: 'Java, signing with the key',
  programs: ['java', 'javac'],
  passwords: 'ASCII',
  read: async ({ file, password, folder }) => {
    if (!existsSync(join(folder, 'ReadStore.class')))
      await runOrThrow(jdkCommand('javac', '-d', folder, sourceFile('ReadStore.java')));
    const command = countingJava('-cp', folder, 'ReadStore', file);
    return judge(await run(command, { env: { P12_PASSWORD: password } }), parseLines);
  },
};

const nssList: StoreReader = {
  name: 'NSS, pk12util -l',
  programs: ['pk12util'],
  read: async ({ file, passwordFile }) =>
    judge(await run([programPath('pk12util'), '-l', file, '-w', passwordFile]), (output) => ({
      certificates: words(output, /Fingerprint \(SHA-256\):\s+([0-9A-F:]{95})/g).map((hex) =>
        hex.replaceAll(':', '').toLowerCase(),
      ),
      names: words(output, /^ +Friendly Name: (.*)$/gm),
      hasKey: /^Key(?:\(shrouded\))?:/m.test(output),
    })),
};

const nssImport: StoreReader = {
  name: 'NSS, pk12util -i',
  programs: ['pk12util', 'certutil'],
  read: async ({ file, passwordFile, folder }) => {
    const database = `sql:${mkdtempSync(join(folder, 'nss-'))}`;
    await runOrThrow([programPath('certutil'), '-N', '-d', database, '--empty-password']);
    const imported = await run([programPath('pk12util'), '-i', file, '-d', database, '-w', passwordFile, '-K', '']);
    const keys = await run([programPath('certutil'), '-K', '-d', database]);
    const names = words(keys.stdout, /^<\s*\d+>\s+\S+\s+[0-9a-f]+\s+(.*)$/gm).map((name) => name.replace(/^.*:/, ''));
    if (imported.exitCode !== 0 && names.length > 0) throw new Error(`failed, and took: ${keys.output}`);
    return judge(imported, () => ({ names, hasKey: names.length > 0 }));
  },
};

const gnutls: StoreReader = {
  name: 'GnuTLS, certtool',
  programs: ['certtool'],
  read: async ({ file, password }) => {
    // It has no other way for a password; that of a test is no secret.
    const options = ['--p12-info', '--inder', '--infile', file, '--password', password];
    const { output, exitCode, ...rest } = await run([programPath('certtool'), ...options]);
    // It prints keys as they are, still encrypted, also when it can't open the rest.
    return judge({ ...rest, exitCode, output: output.replaceAll('ENCRYPTED PRIVATE KEY', 'sealed key') }, (shown) => ({
      certificates: pemDigests(shown),
      names: words(shown, /Friendly name: (.*)$/gm),
      hasKey: shown.includes('BEGIN sealed key'),
    }));
  },
};

const python: StoreReader = {
  name: 'Python, cryptography',
  programs: ['python3'],
  read: async ({ file, password }) =>
    judge(
      await run([programPath('python3'), '-I', sourceFile('read_store.py'), file], { env: { P12_PASSWORD: password } }),
      parseLines,
    ),
};

/** In this process: what Node's servers do with `pfx`. It tells neither names nor certificates. */
const node: StoreReader = {
  name: 'Node, tls.createSecureContext',
  programs: [],
  tellsNames: false,
  opens: ({ isTrustStore }) => !isTrustStore,
  read: async ({ file, password }) => {
    try {
      createSecureContext({ pfx: readFileSync(file), passphrase: password });
      return { names: [], hasKey: true };
    } catch {
      return undefined;
    }
  },
};

/** Debian's packages, compiled by `buildGoReader`. */
const go = (way: 'x' | 'chain' | 'trust', opens: NonNullable<StoreReader['opens']>): StoreReader => ({
  name: way === 'x' ? 'Go, golang.org/x/crypto/pkcs12' : `Go, software.sslmate.com/src/go-pkcs12, ${way}`,
  programs: ['go'],
  opens,
  ...(way === 'x' ? {} : { tellsNames: false }),
  passwords: 'BMP',
  read: async ({ file, password, folder }) =>
    judge(await run([join(folder, GO_READER), way, file], { env: { P12_PASSWORD: password } }), parseLines),
});

const GO_READER = 'read-store';
export const GO_PACKAGES = ['golang.org/x/crypto/pkcs12', 'software.sslmate.com/src/go-pkcs12'].map((name) =>
  join(GO_PATH, 'src', name),
);

/** Compiles the reader in Go into the folder, once. */
export async function buildGoReader(folder: string): Promise<void> {
  await buildGo(folder, [sourceFile('read_store.go')], join(folder, GO_READER));
}

export const READERS: readonly StoreReader[] = [
  openssl(),
  openssl('-legacy'),
  keytool,
  java,
  nssList,
  { ...nssImport, opens: ({ isTrustStore }) => !isTrustStore },
  gnutls,
  python,
  node,
  // Frozen before PBES2 came; it wants exactly two safes.
  go('x', ({ isLegacy, isTrustStore }) => isLegacy && !isTrustStore),
  go('chain', ({ isTrustStore }) => !isTrustStore),
  go('trust', ({ isTrustStore }) => isTrustStore),
];
