/**
 * What a fresh clone needs before anything runs: pnpm (its pinned version, through npx when it is missing), the locked
 * dependencies, a build. Each is skipped when it is up to date, so that a second start costs nothing.
 */
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('..', import.meta.url));
const manifest = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));

/** Runs a program in the workspace and returns its exit code; its output goes through. */
export function run(program, args, options = {}) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: 'inherit', shell: false, ...options });
  if (error !== undefined) throw error;
  return status ?? 1;
}

const isWindows = process.platform === 'win32';
const npm = isWindows ? 'npm.cmd' : 'npm';
const quietEnvironment = {
  ...process.env,
  npm_config_loglevel: 'error',
  npm_config_update_notifier: 'false',
  npm_config_fund: 'false',
};

/** Runs the pinned pnpm: the one on PATH when it is that version, else through npm's exec. */
export function runPnpm(args, options = {}) {
  const pinned = manifest.packageManager.split('@')[1];
  const found = spawnSync(isWindows ? 'pnpm.cmd' : 'pnpm', ['--version'], {
    encoding: 'utf8',
    shell: isWindows,
    cwd: ROOT,
  });
  if (found.status === 0 && found.stdout.trim() === pinned)
    return run(isWindows ? 'pnpm.cmd' : 'pnpm', args, { shell: isWindows, ...options });
  return run(npm, ['exec', '--yes', `--package=pnpm@${pinned}`, '--', 'pnpm', ...args], {
    env: quietEnvironment,
    shell: isWindows,
    ...options,
  });
}

/** A program of a development dependency, by its JavaScript file, so that no shell wrapper is needed. */
export function runTool(script, args, options = {}) {
  return run(process.execPath, [join(ROOT, 'node_modules', script), ...args], options);
}

const newest = (path) => {
  const stats = statSync(path);
  if (!stats.isDirectory()) return stats.mtimeMs;
  return Math.max(
    0,
    ...readdirSync(path).map((name) => (name === 'dist' || name === 'node_modules' ? 0 : newest(join(path, name)))),
  );
};

/** Installs and builds what is missing or stale. `say` gets one line a step. Throws when a step fails. */
export function prepareWorkspace(say) {
  const marker = join(ROOT, 'node_modules/.modules.yaml');
  const lock = join(ROOT, 'pnpm-lock.yaml');
  if (!existsSync(marker) || statSync(marker).mtimeMs < statSync(lock).mtimeMs) {
    say('installing dependencies (pnpm-lock.yaml)');
    step(runPnpm(['install', '--frozen-lockfile', '--reporter=append-only', '--loglevel=error']), 'installing');
  }
  const built = join(ROOT, 'packages/cli/dist/bin.cjs');
  const sources = ['packages', 'scripts/build-cli.mjs', 'tsconfig.base.json'].map((path) => newest(join(ROOT, path)));
  if (!existsSync(built) || statSync(built).mtimeMs < Math.max(...sources)) {
    say('building');
    step(buildWorkspace(), 'building');
  }
}

/** Types, libraries and the bundle. Returns an exit code. */
export function buildWorkspace() {
  return (
    runTool('typescript/bin/tsc', ['-b', 'packages/cli', 'packages/dev', 'packages/testkit']) ||
    run(process.execPath, [join(ROOT, 'scripts/build-cli.mjs')])
  );
}

function step(exitCode, what) {
  if (exitCode !== 0) throw new Error(`${what} failed with exit code ${exitCode}`);
}
