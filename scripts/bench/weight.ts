/** @module How much code the built program holds, and how much of it one mint loads. */
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { cliRun, type BuiltCli } from './built-cli.ts';
import type { Figure, Section } from './figures.ts';
import { NAMES } from './names.ts';
import { runProgram } from './programs.ts';
import { newFolder } from './scratch.ts';

// Loaded before the program; when it ends, writes down which files were read. Required files are read this way too.
const WITNESS = `
const fs = require('node:fs');
const { readFileSync } = fs;
const seen = new Set();
fs.readFileSync = (path, ...rest) => {
  if (typeof path === 'string') seen.add(path);
  return readFileSync(path, ...rest);
};
process.on('exit', () => fs.writeFileSync(process.env.BENCH_LOADED, JSON.stringify([...seen])));`;

const kibibytes = (paths: readonly string[]): number =>
  paths.reduce((sum, path) => sum + statSync(path).size, 0) / 1024;

/** The sizes of bin.cjs and of all that a repeated mint loads. */
export function weighCli(scratch: string, cli: BuiltCli): Section {
  const loaded = listLoaded(newFolder(scratch, 'weight'), cli).filter((path) => path.startsWith(cli.folder));
  return {
    title: 'Code',
    note: 'sizes on disk',
    figures: [fact('dist/bin.cjs', [cli.bin]), fact(`what mint loads (${loaded.length} files)`, loaded)],
  };
}

const fact = (title: string, paths: readonly string[]): Figure => ({
  kind: 'fact',
  title,
  quantity: { value: kibibytes(paths), unit: 'KiB' },
});

function listLoaded(folder: string, cli: BuiltCli): string[] {
  const [witness, list] = [join(folder, 'witness.cjs'), join(folder, 'loaded.json')];
  writeFileSync(witness, WITNESS);
  const mint = cliRun(cli, { cwd: newFolder(folder, 'certs'), home: newFolder(folder, 'home') }, 'mint', ...NAMES);
  runProgram(mint); // makes the CA
  const [node, ...words] = mint.argv;
  runProgram({ ...mint, argv: [node, '--require', witness, ...words], env: { ...mint.env, BENCH_LOADED: list } });
  return JSON.parse(readFileSync(list, 'utf8')) as string[];
}
