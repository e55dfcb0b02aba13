/**
 * @module Compiles printed programs. What they are built on is compiled once for each test file, in a scratch folder; nothing is fetched.
 * Rust takes its crates from Debian: rustls 0.20 from Debian 12's own packages; rustls 0.23 from Debian 13's, which
 * `scripts/install-clients.sh` unpacks into `.cache/crates` where the machine is older.
 */
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { buildGo } from '../programs/go.ts';
import { jdkCommand } from '../programs/java.ts';
import { findProgram } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

/** A file of `sources/`. */
export const sourceFile = (name: string): string => fileURLToPath(new URL(`sources/${name}`, import.meta.url));

/** The first build takes in what the programs stand on: minutes on a machine that does other things too. */
export const FIRST_BUILD_MS = 400_000;

/** Java reads bytecode beside the sources: compiles them into their own folder. */
export async function buildJava(files: readonly string[], folder: string, classPath: readonly string[]): Promise<void> {
  const path = classPath.length === 0 ? [] : ['-cp', classPath.join(':')];
  await runOrThrow(jdkCommand('javac', ...path, '-d', folder, ...files));
}

export type RustlsLine = '0.20' | '0.23';

type Rust = { readonly cargo: string; readonly rustc: string; readonly registry: string; readonly version: string };

/** The oldest compiler that each line takes, as its minor version. */
const OLDEST_RUSTC: Readonly<Record<RustlsLine, number>> = { '0.20': 60, '0.23': 71 };
const REGISTRIES = [fileURLToPath(new URL('../../.cache/crates', import.meta.url)), '/usr/share/cargo/registry'];
const DEPENDENCIES: Readonly<Record<RustlsLine, string>> = {
  '0.20': 'rustls = { version = "0.20", features = ["dangerous_configuration"] }\nring = "0.16"',
  '0.23': 'rustls = "0.23"',
};

const found = new Map<RustlsLine, Rust | string>();

/** The compiler and the crates, or what is missing. */
export function findRust(line: RustlsLine): Rust | string {
  const known = found.get(line) ?? lookForRust(line);
  found.set(line, known);
  return known;
}

function lookForRust(line: RustlsLine): Rust | string {
  const crates = REGISTRIES.filter(existsSync).flatMap((registry) =>
    readdirSync(registry).map((name) => ({ registry, name })),
  );
  const rustls = crates.find(({ name }) => name.startsWith(`rustls-${line}.`));
  if (rustls === undefined) return `the crate rustls ${line}`;
  const folders = ['/usr/bin', ...(process.env['PATH'] ?? '').split(delimiter)];
  const folder = folders.find((one) => existsSync(join(one, 'cargo')) && minorOfRustc(one) >= OLDEST_RUSTC[line]);
  if (folder === undefined) return `rustc 1.${OLDEST_RUSTC[line]}`;
  return {
    cargo: join(folder, 'cargo'),
    rustc: join(folder, 'rustc'),
    registry: rustls.registry,
    version: rustls.name.slice('rustls-'.length),
  };
}

function minorOfRustc(folder: string): number {
  const { stdout } = spawnSync(join(folder, 'rustc'), ['--version'], { encoding: 'utf8' });
  return Number(/^rustc 1\.(\d+)\./.exec(stdout ?? '')?.[1] ?? 0);
}

/** Compiles the printed program, or with `again` the driver around it. @param folder scratch of the whole test file */
export async function buildRust(folder: string, line: RustlsLine, mainFile: string, again = false): Promise<string> {
  const rust = findRust(line);
  if (typeof rust === 'string') throw new Error(`${rust} is not there`);
  const project = join(folder, `rustls-${line}`);
  if (!existsSync(project)) writeProject(project, line, rust.registry);
  copyFileSync(mainFile, join(project, 'src', 'main.rs'));
  const name = again ? 'again' : 'pinned';
  // What the program stands on is kept between runs: it takes a minute of two cores.
  const target = fileURLToPath(new URL(`../../.cache/rust-target/${line}`, import.meta.url));
  const env = { RUSTC: rust.rustc, CARGO_HOME: join(folder, 'cargo-home'), CARGO_TARGET_DIR: target };
  await runOrThrow([rust.cargo, 'build', '--quiet', '--offline', '--bin', name], {
    env,
    cwd: project,
    timeoutMs: FIRST_BUILD_MS,
  });
  const program = join(project, name);
  copyFileSync(join(target, 'debug', name), program);
  return program;
}

/** Compiles what all programs stand on, so that the tests compile the programs alone. @param folder scratch of the whole test file */
export async function buildFoundations(folder: string): Promise<void> {
  if (findProgram('go') !== undefined) {
    const file = join(folder, 'first.go');
    writeFileSync(file, 'package main\n\nimport "net/http"\n\nfunc main() { http.Get("") }\n');
    await buildGo(folder, [file], join(folder, 'first'));
  }
  const file = join(folder, 'first.rs');
  writeFileSync(file, 'fn main() {}\n');
  for (const line of ['0.20', '0.23'] as const)
    if (typeof findRust(line) !== 'string') await buildRust(folder, line, file);
}

function writeProject(project: string, line: RustlsLine, registry: string): void {
  mkdirSync(join(subfolder(project, 'src'), 'bin'));
  const manifest = ['[package]', 'name = "pinned"', 'version = "0.0.0"', 'edition = "2021"', '[dependencies]'];
  writeFileSync(
    join(project, 'Cargo.toml'),
    `${[...manifest, DEPENDENCIES[line], '[profile.dev]', 'debug = 0'].join('\n')}\n`,
  );
  const sources = `[source.crates-io]\nreplace-with = "debian"\n[source.debian]\ndirectory = "${registry}"\n`;
  writeFileSync(join(subfolder(project, '.cargo'), 'config.toml'), sources);
  copyFileSync(sourceFile(`again_rustls_${line.replace('.', '')}.rs`), join(project, 'src', 'bin', 'again.rs'));
}
