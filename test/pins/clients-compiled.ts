/** @module Go, rustls, Java and OkHttp: the program as printed, compiled, and once more beside a careless visit. */
import { copyFileSync, existsSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { buildGo } from '../programs/go.ts';
import { javaCommand } from '../programs/java.ts';
import { run, runOrThrow, type RunOptions, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { versionOf } from './clients-tools.ts';
import { buildJava, buildRust, findRust, sourceFile, type RustlsLine } from './compilers.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';

export const BUILDS = scratchFolder('pins-builds');

const urlOf = ({ host, port }: Emitted): string => `https://${host}:${port}/`;

/** The file that was printed. @throws when it was a value */
function fileOf({ file, format }: Emitted): string {
  if (file === undefined) throw new Error(`${format} printed no program`);
  return file;
}

/** Go's driver in a process of its own; with the callback of the usual recipe instead of the printed one where that is asked for. */
export async function visitGoAgain(emitted: Emitted, callback = 'VerifyConnection'): Promise<RunResult> {
  const files = [fileOf(emitted), sourceFile('again.go'), sourceFile('verify_raw.go')];
  const here = files.map((file) => join(emitted.folder, basename(file)));
  files.forEach((file, at) => file !== here[at] && copyFileSync(file, here[at] ?? ''));
  const binary = await buildGo(BUILDS, here, join(emitted.folder, 'again'));
  return run([binary], { env: { PIN_URL: urlOf(emitted), PIN_CALLBACK: callback } });
}

/** `java Pinned.java`, as a user types it. */
const runSource = (file: string, classPath: readonly string[], flags: readonly string[] = []): Promise<RunResult> =>
  run(javaCommand(...flags, ...(classPath.length === 0 ? [] : ['-cp', classPath.join(':')]), file));

type Again = { readonly driver: string; readonly classPath: readonly string[]; readonly env?: RunOptions['env'] };

async function visitJavaAgain(emitted: Emitted, { driver, classPath, env }: Again): Promise<RunResult> {
  await buildJava([fileOf(emitted), sourceFile(`${driver}.java`)], emitted.folder, classPath);
  const path = [emitted.folder, ...classPath].join(':');
  return run(javaCommand('-cp', path, driver), { env: { PIN_URL: urlOf(emitted), ...env } });
}

const JAR_FOLDER = '/usr/share/java';
const OKHTTP_JARS = ['okhttp.jar', 'okio.jar'].map((name) => join(JAR_FOLDER, name));

/** OkHttp's driver. `context`: careless by leaving out the pins alone, so that sessions are shared; else by trusting everybody. */
export const visitOkHttpAgain = (emitted: Emitted, careless = 'everybody'): Promise<RunResult> =>
  visitJavaAgain(emitted, { driver: 'AgainOkHttp', classPath: OKHTTP_JARS, env: { PIN_CARELESS: careless } });

/** OkHttp's program, with flags such as a list of trusted certificates for the whole runtime. */
export const visitOkHttp = (emitted: Emitted, flags: readonly string[] = []): Promise<RunResult> =>
  runSource(fileOf(emitted), OKHTTP_JARS, flags);

const go: PinnedClient = {
  format: 'go',
  client: 'Go net/http with VerifyConnection',
  programs: ['go'],
  version: async () => (await versionOf('go', 'version')).replace(/^go version go(\S+).*/, 'Go $1'),
  visit: async (emitted) => run([await buildGo(BUILDS, [fileOf(emitted)], join(emitted.folder, 'pinned'))]),
  visitAgain: (emitted) => visitGoAgain(emitted),
};

const createRustClient = (format: 'rust' | 'rust-0.21', line: RustlsLine): PinnedClient => ({
  format,
  client: `rustls ${line} with a ServerCertVerifier`,
  programs: ['cargo', 'rustc'],
  findMissing: () => {
    const rust = findRust(line);
    return typeof rust === 'string' ? rust : undefined;
  },
  version: async () => {
    const rust = findRust(line);
    if (typeof rust === 'string') return rust;
    const { stdout } = await runOrThrow([rust.rustc, '--version']);
    return `rustls ${rust.version}, ${stdout.trim().split(' ').slice(0, 2).join(' ')}`;
  },
  visit: async (emitted) => run([await buildRust(BUILDS, line, fileOf(emitted))]),
  visitAgain: async (emitted) => run([await buildRust(BUILDS, line, fileOf(emitted), true)]),
});

const javaVersion = async (): Promise<string> =>
  (await versionOf('java', '-version')).replace(/^openjdk version "([^"]+)".*/, 'OpenJDK $1');

const java: PinnedClient = {
  format: 'java',
  client: 'Java HttpClient with an X509ExtendedTrustManager',
  programs: ['java', 'javac'],
  version: javaVersion,
  visit: (emitted) => runSource(fileOf(emitted), []),
  visitAgain: (emitted) => visitJavaAgain(emitted, { driver: 'Again', classPath: [] }),
};

const okhttp: PinnedClient = {
  format: 'okhttp',
  client: 'OkHttp CertificatePinner, with the certificate as the anchor',
  programs: ['java', 'javac'],
  findMissing: () => (OKHTTP_JARS.every((jar) => existsSync(jar)) ? undefined : 'OkHttp (libokhttp-java)'),
  version: async () => {
    const names = readdirSync(JAR_FOLDER).map((name) => /^okhttp-(\d.*)\.jar$/.exec(name)?.[1]);
    return `OkHttp ${names.find((name) => name !== undefined) ?? '?'}, ${await javaVersion()}`;
  },
  visit: (emitted) => visitOkHttp(emitted),
  visitAgain: (emitted) => visitOkHttpAgain(emitted),
};

/** The printed program with a change, which shows what it is that holds. @throws when the change changes nothing */
export function changeEmitted(emitted: Emitted, change: (text: string) => string): Emitted {
  const text = change(emitted.text);
  if (text === emitted.text) throw new Error(`the change to ${emitted.format} changes nothing`);
  writeFileSync(fileOf(emitted), text);
  return { ...emitted, text };
}

export const COMPILED_CLIENTS: readonly PinnedClient[] = [
  go,
  createRustClient('rust', '0.23'),
  createRustClient('rust-0.21', '0.20'),
  java,
  okhttp,
];
