/**
 * @module A system store of one's own: a command in a private mount namespace, where the machine's bundle and anchor folder are copies.
 * Needs root; the machine's own store is never changed.
 */
import { copyFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { TestContext } from 'vitest';
import { jdkCommand } from '../programs/java.ts';
import { run, runOrThrow } from '../programs/run.ts';

const BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const ANCHORS = '/usr/local/share/ca-certificates';

/** The words that run a command with the root in Debian's store, or without it. */
export function inOwnStore(folder: string, rootFile: string | undefined): string[] {
  mkdirSync(join(folder, 'anchors'), { recursive: true });
  const root = rootFile === undefined ? '' : readFileSync(rootFile, 'utf8');
  writeFileSync(join(folder, 'bundle.crt'), readFileSync(BUNDLE, 'utf8') + root);
  if (rootFile !== undefined) copyFileSync(rootFile, join(folder, 'anchors/any-name.crt'));
  const script = `mount --bind "$1" ${BUNDLE} && mount --bind "$2" ${ANCHORS} && shift 2 && exec "$@"`;
  return ['unshare', '-m', 'sh', '-c', script, 'sh', join(folder, 'bundle.crt'), join(folder, 'anchors')];
}

const JAVA_LIST = '/etc/ssl/certs/java/cacerts';

/** The same for Debian's list of Java's: a copy of it, with the root or without. */
export async function inOwnJavaList(folder: string, rootFile: string | undefined): Promise<string[]> {
  const list = join(folder, 'cacerts');
  copyFileSync(JAVA_LIST, list);
  const words = ['-importcert', '-noprompt', '-trustcacerts', '-alias', 'tested', '-storepass', 'changeit'];
  if (rootFile !== undefined) await runOrThrow(jdkCommand('keytool', ...words, '-keystore', list, '-file', rootFile));
  return ['unshare', '-m', 'sh', '-c', `mount --bind "$1" ${JAVA_LIST} && shift && exec "$@"`, 'sh', list];
}

/** Skips a test where such a namespace can't be made, or fails it on a machine that must run all tests. */
export async function requireNamespace(context: TestContext): Promise<void> {
  const { exitCode } = await run(['unshare', '-m', 'sh', '-c', `test -f ${BUNDLE} && test -d ${ANCHORS}`]).catch(
    () => ({
      exitCode: 1,
    }),
  );
  if (exitCode === 0) return;
  if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1')
    throw new Error('no private mount namespace: not root, or not Debian');
  context.skip('needs root and a Debian system store');
}
