/**
 * @module A desk on which other programs write PKCS#12 files: a chain of certificates with keys, and the one comparison of what
 * was written with what is read.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, expect } from 'vitest';
import { chainOf, isPkcs12, readPkcs12, type Pkcs12Contents } from '../../packages/ca-core/src/pkcs12/index.ts';
import { findProgram, programPath } from '../programs/program.ts';
import { runOrThrow, type RunResult } from '../programs/run.ts';
import { scratchFolder } from '../programs/scratch.ts';
import { hex, keyHex } from './pkcs12-openssl.ts';

export const PASSWORD = 'pä55 🔑wörd';
export const ASCII_PASSWORD = 'changeit';

type Expected = { readonly password: string; readonly chain: readonly string[]; readonly friendlyName?: string };

/** Functions over one scratch folder. Certificates are named by their files: `leaf` and `rsa` below `ca`, that below `root`. */
export type Desk = {
  readonly folder: string;
  readonly at: (name: string) => string;
  readonly openssl: (args: readonly string[], password?: string) => Promise<RunResult>;
  readonly certificateHex: (name: string) => string;
  readonly read: (file: string, password: string) => Pkcs12Contents;
  /** The chain and the key, byte for byte, and by no other password. */
  readonly expectContents: (file: string, expected: Expected) => Pkcs12Contents;
  readonly expectOnlyPassword: (file: string, password: string, contents: Pkcs12Contents) => void;
};

const EC = ['ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];

/** Call it where hooks may be declared. */
export function createDesk(): Desk {
  const folder = scratchFolder('pkcs12-writers');
  const at = (name: string): string => join(folder, name);
  const openssl: Desk['openssl'] = (args, password = PASSWORD) =>
    runOrThrow([programPath('openssl'), ...args], { cwd: folder, env: { P12_PASSWORD: password } });

  async function createPair(name: string, algorithm: readonly string[], issuer?: string): Promise<void> {
    const below = issuer === undefined ? [] : ['-CA', `${issuer}.pem`, '-CAkey', `${issuer}.key`];
    const fixed = ['-nodes', '-subj', `/CN=${name}`, '-days', '99', '-keyout', `${name}.key`, '-out', `${name}.pem`];
    await openssl(['req', '-x509', '-newkey', ...algorithm, ...fixed, ...below]);
  }

  beforeAll(async () => {
    if (findProgram('openssl') === undefined) return;
    await createPair('root', EC);
    await createPair('ca', EC, 'root');
    await createPair('leaf', EC, 'ca');
    await createPair('rsa', ['rsa:2048'], 'ca');
    // The issuers the wrong way round, as nothing says in which order they come.
    writeFileSync(at('issuers.pem'), ['root', 'ca'].map((name) => readFileSync(at(`${name}.pem`), 'utf8')).join(''));
  }, 60_000);

  const certificateHex = (name: string): string => hex(new X509Certificate(readFileSync(at(`${name}.pem`))).raw);
  const bytesOf = (file: string): Uint8Array => new Uint8Array(readFileSync(at(file)));
  const read = (file: string, password: string): Pkcs12Contents => readPkcs12(bytesOf(file), { what: file, password });
  const expectOnlyPassword: Desk['expectOnlyPassword'] = (file, password, contents) =>
    wrongPasswords(password, contents).forEach((wrong) =>
      expect(() => read(file, wrong), `${file} ${wrong}`).toThrow(
        expect.objectContaining({ code: 'PKCS12_PASSWORD_WRONG' }),
      ),
    );

  function expectContents(file: string, { password, chain, friendlyName = 'my-leaf' }: Expected): Pkcs12Contents {
    expect(isPkcs12(bytesOf(file)), file).toBe(true);
    const contents = read(file, password);
    expect(
      chainOf(contents).map(({ certDer }) => hex(certDer)),
      file,
    ).toEqual(chain.map(certificateHex));
    expect(contents.certificates, file).toHaveLength(chain.length);
    const key = readFileSync(at(`${chain[0] ?? ''}.key`), 'utf8');
    expect(
      contents.privateKeys.map(({ pkcs8Der }) => keyHex(pkcs8Der)),
      file,
    ).toEqual([keyHex(key)]);
    expect(chainOf(contents)[0]?.friendlyName, file).toBe(friendlyName);
    expectOnlyPassword(file, password, contents);
    return contents;
  }

  return { folder, at, openssl, certificateHex, read, expectContents, expectOnlyPassword };
}

/** One where each costs a second; several elsewhere. */
function wrongPasswords(password: string, { mac }: Pkcs12Contents): readonly string[] {
  const wrongs = [`${password}x`, password.slice(1), ''].filter((wrong) => wrong !== password);
  return mac !== 'none' && mac.iterations >= 100_000 ? wrongs.slice(0, 1) : wrongs;
}
