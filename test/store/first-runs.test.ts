/** @module Six first runs at once in an empty home: one CA, and six certificates that verify. */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { mintmarkJson, textField } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { checkNothingLeft, checkPairs, createScene, listWholeCas, runIn, type Scene } from './home-scene.ts';

const scratch = scratchFolder('first-runs');
const NAMES = ['a.test', 'b.test', 'c.test', 'd.test', 'e.test', 'f.test'];
const ROUNDS = [1, 2, 3, 4];

async function runSix(names: readonly string[]): Promise<Scene> {
  const scene = createScene(scratch);
  await Promise.all(names.map((name) => runIn(scene, ['mint', name])));
  return scene;
}

async function rootFile({ home }: Scene): Promise<string> {
  return join(textField(await mintmarkJson(['ca', 'path'], { home }), 'path'), 'root.pem');
}

/** Signatures from the leaf up to the root, by node:crypto. */
function verifiesByNode(certFile: string, root: string): boolean {
  const pems = readFileSync(certFile, 'utf8').match(/-----BEGIN[^]*?-----END CERTIFICATE-----/g) ?? [];
  const chain = [...pems, readFileSync(root, 'utf8')].map((pem) => new X509Certificate(pem));
  return chain.length === 3 && chain.every((cert, i) => cert.verify((chain[i + 1] ?? cert).publicKey));
}

describe('six first runs at once', () => {
  it.each(ROUNDS)('make one CA and six certificates of it (round %i)', async () => {
    const scene = await runSix(NAMES);
    expect(listWholeCas(scene)).toEqual(['default']);
    expect(checkPairs(scene)).toEqual(NAMES);
    checkNothingLeft(scene);
    const root = await rootFile(scene);
    expect(NAMES.filter((name) => !verifiesByNode(join(scene.out, `${name}.pem`), root))).toEqual([]);
  });

  it('make certificates that OpenSSL verifies strictly', async (context) => {
    requirePrograms(context, ['openssl']);
    const scene = await runSix(NAMES);
    const root = await rootFile(scene);
    for (const name of NAMES) {
      const file = join(scene.out, `${name}.pem`);
      const flags = ['-x509_strict', '-purpose', 'sslserver', '-verify_hostname', name];
      const result = await run([programPath('openssl'), 'verify', ...flags, '-CAfile', root, '-untrusted', file, file]);
      expect(result.output.trim()).toBe(`${file}: OK`);
    }
  });

  it('for one and the same name leave one matching pair', async () => {
    const scene = await runSix(NAMES.map(() => 'same.test'));
    expect(listWholeCas(scene)).toEqual(['default']);
    expect(checkPairs(scene)).toEqual(['same.test']);
    checkNothingLeft(scene);
  });

  it('in six homes make six CAs, each with a pair of its own', async () => {
    const scenes = await Promise.all(
      NAMES.map(async () => {
        const scene = createScene(scratch);
        await runIn(scene, ['mint', 'same.test']);
        return scene;
      }),
    );
    const roots = await Promise.all(scenes.map(async (scene) => readFileSync(await rootFile(scene), 'utf8')));
    expect(new Set(roots).size).toBe(NAMES.length);
    expect(scenes.map(checkPairs)).toEqual(scenes.map(() => ['same.test']));
  });
});
