/**
 * @module Probes of languages that run a line of script: Python (urllib, requests), Ruby, PHP, Node, Deno, Bun. What to visit is in
 * a variable, which needs no quoting.
 */
import { basename, delimiter, join } from 'node:path';
import { variablesOf } from '../diagnosis/trust-variables.ts';
import type { MachineReader } from '../machine/machine.ts';
import type { StoreId } from '../stores/store.ts';
import { PLAIN_PROBE, URL_VARIABLE, type Probe } from './probe.ts';

type Script = {
  /** By which the variables that bend it are known. */
  readonly id: string;
  readonly name: string;
  readonly program: string;
  readonly args: readonly string[];
  readonly env?: (scratch: string) => Readonly<Record<string, string>>;
  /** Reads the store of a Linux system; the others have a list of their own. */
  readonly readsSystem: boolean;
  readonly isConfigurable: boolean;
  /** Several versions on one machine are usual: each one on PATH is asked. */
  readonly isEachAsked: boolean;
};

const NODE_FETCH = `require('node:https').get(process.env.${URL_VARIABLE}, (answer) => answer.resume()).on('error', (cause) => {
  process.stderr.write(cause.code + ': ' + cause.message); process.exitCode = 1; });`;
const FETCH = `fetch(process.env.${URL_VARIABLE}).then((answer) => answer.text())`;
const DENO_FETCH = `const answer = await fetch(Deno.env.get('${URL_VARIABLE}')); await answer.text();`;

const SCRIPTS: readonly Script[] = [
  {
    id: 'python',
    name: 'Python',
    program: 'python3',
    args: ['-c', `import os, urllib.request\nurllib.request.urlopen(os.environ['${URL_VARIABLE}'], timeout=20).read()`],
    readsSystem: true,
    isConfigurable: false,
    isEachAsked: true,
  },
  {
    id: 'requests',
    name: 'Python requests',
    program: 'python3',
    args: ['-c', `import os, requests\nrequests.get(os.environ['${URL_VARIABLE}'], timeout=20)`],
    readsSystem: false,
    isConfigurable: false,
    isEachAsked: true,
  },
  {
    id: 'ruby',
    name: 'Ruby',
    program: 'ruby',
    args: ['-rnet/http', '-e', `Net::HTTP.get(URI(ENV['${URL_VARIABLE}']))`],
    readsSystem: true,
    isConfigurable: false,
    isEachAsked: false,
  },
  {
    id: 'php',
    name: 'PHP',
    program: 'php',
    args: ['-r', `exit(file_get_contents(getenv('${URL_VARIABLE}')) === false ? 1 : 0);`],
    readsSystem: true,
    isConfigurable: false,
    isEachAsked: false,
  },
  {
    id: 'node',
    name: 'Node',
    program: 'node',
    args: ['-e', NODE_FETCH],
    readsSystem: false,
    isConfigurable: true,
    isEachAsked: true,
  },
  {
    id: 'deno',
    name: 'Deno',
    program: 'deno',
    args: ['eval', '--no-lock', DENO_FETCH],
    env: (scratch) => ({ DENO_DIR: join(scratch, 'deno'), DENO_NO_UPDATE_CHECK: '1', NO_COLOR: '1' }),
    readsSystem: false,
    isConfigurable: false,
    isEachAsked: false,
  },
  {
    id: 'bun',
    name: 'Bun',
    program: 'bun',
    args: ['-e', FETCH],
    readsSystem: true,
    isConfigurable: true,
    isEachAsked: false,
  },
];

/** @param nodePath the Node that runs this program, which may not be on PATH. */
export function findScriptProbes(reader: MachineReader, nodePath: string): Probe[] {
  return SCRIPTS.flatMap((script) => {
    const programs = findPrograms(reader, script, nodePath);
    return programs.map((program) => createProbe(script, { program, isOnly: programs.length === 1, reader }));
  });
}

function findPrograms(reader: MachineReader, { program, isEachAsked }: Script, nodePath: string): string[] {
  const first = reader.findProgram(program);
  const running = program === 'node' && /^node(?:\.exe)?$/.test(basename(nodePath)) ? [nodePath] : [];
  const all = [
    ...(first === undefined ? [] : [first]),
    ...running,
    ...(isEachAsked ? listOnPath(reader, program) : []),
  ];
  const byTarget = new Map(all.map((path) => [reader.realPath(path) ?? path, path] as const).reverse());
  return [...byTarget.values()].reverse();
}

function listOnPath(reader: MachineReader, name: string): string[] {
  const file = reader.platform === 'win32' ? `${name}.exe` : name;
  const folders = (reader.env['PATH'] ?? reader.env['Path'] ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, file)).filter((path) => reader.realPath(path) !== undefined);
}

type Found = { readonly program: string; readonly isOnly: boolean; readonly reader: MachineReader };

function createProbe(script: Script, { program, isOnly, reader }: Found): Probe {
  const { id, name, args, env, readsSystem, isConfigurable } = script;
  const store: StoreId | undefined = readsSystem && reader.platform === 'linux' ? 'system' : undefined;
  return {
    ...PLAIN_PROBE,
    id: isOnly ? id : `${id}:${program}`,
    name: isOnly ? name : `${name} (${program})`,
    store,
    isConfigurable,
    variables: variablesOf(id),
    plan: ({ url, scratch, address }) =>
      address === undefined
        ? { command: [program, ...args], env: { ...env?.(scratch), [URL_VARIABLE]: url } }
        : undefined,
  };
}
