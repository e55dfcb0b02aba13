/**
 * @module Finds foreign programs (curl, Java, browsers …) and holds the one rule for a missing one: a test that needs it is
 * skipped by name, or fails when MINTMARK_REQUIRE_CLIENTS=1, so that a full machine can't lose coverage silently.
 */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { TestContext } from 'vitest';

/** The distribution's own folders come first: PATH often begins with shims (pyenv, asdf) that lack its libraries. */
const DISTRIBUTION_FOLDERS = ['/usr/bin', '/usr/sbin'];

/** Homes of programs that several versions share a name for. */
const PREFERRED_FOLDERS: Readonly<Record<string, readonly string[]>> = {
  java: ['/usr/lib/jvm/java-17-openjdk-amd64/bin', '/usr/lib/jvm/java-17-openjdk-arm64/bin'],
  initdb: ['/usr/lib/postgresql/15/bin'],
  postgres: ['/usr/lib/postgresql/15/bin'],
  javac: ['/usr/lib/jvm/java-17-openjdk-amd64/bin', '/usr/lib/jvm/java-17-openjdk-arm64/bin'],
};

function isExecutableFile(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

/** The absolute path of a program, or undefined when this machine has none. */
export function findProgram(name: string): string | undefined {
  if (name === 'node') return process.execPath;
  const path = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const folders = [...(PREFERRED_FOLDERS[name] ?? []), ...DISTRIBUTION_FOLDERS, ...path];
  return folders.map((folder) => join(folder, name)).find(isExecutableFile);
}

/** The absolute path of a program that the caller has already required. @throws Error when it is missing */
export function programPath(name: string): string {
  const found = findProgram(name);
  if (found === undefined) throw new Error(missingProgram(name));
  return found;
}

/** Skips the running test by name when a program is missing, or fails it when MINTMARK_REQUIRE_CLIENTS=1. */
function requireProgram(context: TestContext, name: string): string {
  const found = findProgram(name);
  if (found !== undefined) return found;
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') throw new Error(missingProgram(name));
  return context.skip(missingProgram(name));
}

/** The same rule for a test that needs several programs. */
export function requirePrograms(context: TestContext, names: readonly string[]): void {
  for (const name of names) requireProgram(context, name);
}

function missingProgram(name: string): string {
  return `${name} is not installed (scripts/install-clients.sh)`;
}
