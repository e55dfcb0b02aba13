/**
 * Bundles the CLI: one CommonJS file that starts at once, and chunks that load when a command asks for them. CommonJS,
 * because starting Node's ESM loader costs more than minting a certificate. Nothing is left to install at run time.
 */
import { chmod, rm } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { build } from 'rolldown';

const cli = fileURLToPath(new URL('../packages/cli/', import.meta.url));

await rm(`${cli}dist`, { recursive: true, force: true });
await build({
  input: { bin: `${cli}src/bin.ts` },
  platform: 'node',
  logLevel: 'warn',
  output: {
    dir: `${cli}dist`,
    format: 'cjs',
    // What starting needs is one file, however many lazy chunks share parts of it.
    codeSplitting: { groups: [{ name: 'main', test: /cli\/src\/(?:run|io)\.ts$/ }] },
    banner: (chunk) => (chunk.isEntry ? '#!/usr/bin/env node' : ''),
    entryFileNames: '[name].cjs',
    chunkFileNames: 'chunks/[name].cjs',
    minify: { compress: true, mangle: true, codegen: true },
    keepNames: true,
  },
});
await chmod(`${cli}dist/bin.cjs`, 0o755);
