/**
 * Bundles the CLI: one file that starts at once, and chunks that load when a command asks for them. CommonJS, because
 * starting Node's ESM loader costs more than minting a certificate. Nothing is left to install at run time, except koffi where
 * a worker wants it: the child process that calls other programs' libraries is a second file, which the program only starts.
 */
import { execFileSync } from 'node:child_process';
import { chmod, copyFile, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));
const worker = fileURLToPath(new URL('../packages/install/src/workers/worker.ts', import.meta.url));
// Built beside and moved at the end, so that a running program never sees half of two builds, and two builds at once neither.
const dist = await mkdtemp(join(cli, 'dist-'));

await build({
  input: { main: join(cli, 'src/main.ts') },
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: dist,
    format: 'cjs',
    // What starting needs is one file, however many lazy chunks share parts of it.
    codeSplitting: { groups: [{ name: 'program', test: /cli\/src\/main\.ts$|rolldown\/runtime/ }] },
    entryFileNames: 'chunks/[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: true,
    minifyInternalExports: false,
  },
});
await build({
  input: worker,
  platform: 'node',
  logLevel: 'warn',
  external: ['koffi'], // a binary for each platform, which npm chooses; loaded when a task needs it
  output: { file: join(dist, 'worker.cjs'), format: 'cjs', codeSplitting: false, minify: true },
});
// The bundler's entry only passes program.cjs on; the start file goes there directly.
await rm(join(dist, 'chunks/main.cjs'));
await inlineRuntime(join(dist, 'chunks/program.cjs'));
for (const name of await readdir(join(dist, 'chunks'))) await wrap(join(dist, 'chunks', name));
await copyFile(join(cli, 'src/start.cjs'), join(dist, 'bin.cjs'));
await chmod(join(dist, 'bin.cjs'), 0o755);
await writeCodeCaches();
await chmod(dist, 0o755); // mkdtemp makes it for its owner alone
const old = await mkdtemp(join(cli, 'dist-'));
await rename(join(cli, 'dist'), join(old, 'dist')).catch(ignoreMissing);
await rename(dist, join(cli, 'dist'));
await rm(old, { recursive: true, force: true });

function ignoreMissing(cause) {
  if (cause.code !== 'ENOENT') throw cause;
}

/** Puts the bundler's runtime into the program, which saves a file. */
async function inlineRuntime(path) {
  const runtime = await readFile(join(dist, 'chunks/rolldown-runtime.cjs'), 'utf8');
  const inlined = `(() => { const exports = {}; ${runtime}\nreturn exports; })()`;
  const code = await readFile(path, 'utf8');
  await writeFile(
    path,
    code.replace(/require\(["'`]\.\/rolldown-runtime\.cjs["'`]\)/, () => inlined),
  );
}

/** Makes a file one function expression in ASCII, as the start file evaluates it. */
async function wrap(path) {
  const code = await readFile(path, 'utf8');
  const ascii = code.replaceAll(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`);
  await writeFile(path, `(function (exports, require, module, __filename, __dirname) {${ascii}\n})`);
}

/** Runs commands in a scratch home, then saves the code that ran. Minting decides for the program, since it is what is run most. */
async function writeCodeCaches() {
  const scratch = await mkdtemp(join(tmpdir(), 'mintmark-build-'));
  const program = join(dist, 'chunks/program.cjs');
  const mint = ['mint', 'localhost', '--quiet'];
  runToCache(scratch, mint);
  await rm(program.replace(/cjs$/, 'cache'));
  // The second run finds its CA and files, which is the way the program mostly goes.
  runToCache(scratch, mint);
  const others = [
    ['install', '--dry-run'],
    ['env'],
    ['exec', '--', process.execPath, '-e', '0'],
    ['list'],
    ['pin', 'localhost.pem'],
    ['inspect', 'localhost.pem'],
  ];
  for (const words of others) runToCache(scratch, words, program);
  await rm(scratch, { recursive: true, force: true });
}

/** Saves the code of every file that a command loaded, but for one. Nothing of the machine is changed by it. */
function runToCache(cwd, words, except) {
  const script = `
    process.argv = [process.execPath, 'mintmark', ...${JSON.stringify(words)}];
    const { scripts, done } = require(${JSON.stringify(join(dist, 'bin.cjs'))});
    done.then(() => {
      for (const [path, script] of scripts)
        if (path !== ${JSON.stringify(except ?? '')})
          require('node:fs').writeFileSync(path.replace(/cjs$/, 'cache'), script.createCachedData());
    });
  `;
  const env = { ...process.env, HOME: cwd, USERPROFILE: cwd, MINTMARK_HOME: join(cwd, 'home'), CI: 'true' };
  execFileSync(process.execPath, ['-e', script], { cwd, env, stdio: ['ignore', 'ignore', 'pipe'] }); // what it says is in the error, if it fails
}
