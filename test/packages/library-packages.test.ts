/**
 * @module The published libraries: each export of publishConfig has its files in the tarball, and plain Node imports them from there.
 */
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { requirePrograms } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { pack, packageFolder, textOf, type Packed } from './packed.ts';

const folder = scratchFolder('libraries');

const packed = new Map<string, Promise<Packed>>();
function packOnce(name: string): Promise<Packed> {
  const pending = packed.get(name) ?? pack('pnpm', name, folder);
  packed.set(name, pending);
  return pending;
}

type Exports = Readonly<Record<string, { readonly types: string; readonly default: string }>>;
const exportsOf = ({ manifest }: Packed): Exports => manifest['exports'] as Exports;

const LIBRARIES = ['ca-core', 'ca-store', 'dev'];

describe.each(LIBRARIES)('@mintmark/%s', (name) => {
  it('has code and types for each of its exports, all of them built', async (context) => {
    requirePrograms(context, ['pnpm', 'tar']);
    const one = await packOnce(name);
    expect(Object.keys(exportsOf(one))).toContain('.');
    for (const [path, { types, default: code }] of Object.entries(exportsOf(one))) {
      expect([path, types, code]).toEqual([
        path,
        expect.stringMatching(/^\.\/dist\/.+\.d\.ts$/),
        expect.stringMatching(/^\.\/dist\/.+\.js$/),
      ]);
      for (const file of [types, code]) expect(one.files, path).toContain(file.slice(2));
    }
  });

  it('holds no sources, no tests and no private key, and names no workspace versions', async (context) => {
    requirePrograms(context, ['pnpm', 'tar']);
    const one = await packOnce(name);
    for (const file of one.files)
      expect(file).toMatch(/^(?:package\.json|README\.md|LICENSE|dist\/.+\.(?:js|d\.ts|json))$/);
    expect(one.files.filter((file) => /\.test\.|(?<!\.d)\.ts$/.test(file))).toEqual([]);
    expect(one.files).toContain('LICENSE');
    expect(JSON.stringify(one.manifest)).not.toMatch(/workspace:|catalog:/);
    expect(textOf(one)).not.toMatch(/-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----(?:\\n|\n)[A-Za-z0-9+/]{20}/);
  });
});

/** A project with the unpacked libraries and, by link, the packages of others that they depend on. */
async function project(): Promise<string> {
  const place = subfolder(folder, 'project');
  const modules = subfolder(place, 'node_modules');
  mkdirSync(join(modules, '@mintmark'));
  for (const name of LIBRARIES) {
    const { folder: unpacked, manifest } = await packOnce(name);
    renameSync(unpacked, join(modules, '@mintmark', name));
    const { dependencies = {}, peerDependencies = {} } = manifest as Readonly<Record<string, object>>;
    for (const dependency of Object.keys({ ...dependencies, ...peerDependencies })) {
      const link = join(modules, dependency);
      if (dependency.startsWith('@mintmark/') || existsSync(link)) continue;
      mkdirSync(dirname(link), { recursive: true });
      symlinkSync(join(packageFolder(name), 'node_modules', dependency), link);
    }
  }
  return place;
}

const MINT = `
import { createPins, createScope, formatPem, formatSpkiPin, parsePin } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { publicSuffixRules } from '@mintmark/ca-core/public-suffix';
import { parseCertificate } from '@mintmark/ca-core/read';
import { addCa, changeHome, createCa, nodeFileSystem, openHome, readCa } from '@mintmark/ca-store';
import { parseKeyType } from '@mintmark/ca-core';
const home = openHome(nodeFileSystem, process.argv[1]);
const scope = createScope({ domains: ['my-site.com'] }, publicSuffixRules);
const { files } = createCa({ name: 'default', scope, keyType: parseKeyType('ecdsa-p256'), now: new Date() });
changeHome(home, () => addCa(home, 'default', files));
const { root } = readCa(home, 'default');
const { isCa } = parseCertificate(root.certDer, 'the root');
const pin = formatSpkiPin(createPins({ certDer: root.certDer, spkiDer: root.subjectKey.spkiDer }, nodeSha256));
console.log(isCa, parsePin(pin).length, formatPem('CERTIFICATE', root.certDer).split('\\n')[0]);
`;

it('plain Node imports every export and makes a CA with them', async (context) => {
  requirePrograms(context, ['pnpm', 'tar']);
  const place = await project();
  expect(readdirSync(join(place, 'node_modules/@mintmark'))).toEqual(LIBRARIES);
  const paths = (await Promise.all(LIBRARIES.map(packOnce))).flatMap((one) =>
    Object.keys(exportsOf(one)).map((path) => join(String(one.manifest['name']), path)),
  );
  const load = paths.map((path) => `await import('${path}');`).join('\n');
  for (const [code, expected] of [
    [load, ''],
    [MINT, 'true 32 -----BEGIN CERTIFICATE-----\n'],
  ] as const) {
    const command = [process.execPath, '--input-type=module', '-e', code, '--', join(place, 'home')];
    const { stdout } = await runOrThrow(command, { cwd: place });
    expect(stdout).toBe(expected);
  }
});
