/** @module `keystore`: a key with its chain, or certificates to trust, as one PKCS#12 file for Java, Windows, macOS and others. */
import { join, resolve } from 'node:path';
import { assertFilePlaces } from '../certificates/file-names.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { describeContents, describeStore } from '../keystore/describe-store.ts';
import { draftKeyStore, draftTrustStore, encodeStore, type StoreDraft } from '../keystore/draft-store.ts';
import { keystoreError } from '../keystore/keystore-errors.ts';
import { assertKeystoreReplaceable, writeKeystoreFile } from '../keystore/keystore-file.ts';
import { createStorePassword, passwordFileOf } from '../keystore/password.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { renderKeystore } from '../render/keystore.ts';
import { formatPath } from '../terminal/text.ts';

const spec: CommandSpec = {
  name: 'keystore',
  usage: '',
  summary: 'a PKCS#12 key store or trust store for Java, Windows, macOS and others',
  examples: [
    ['mintmark keystore --cert app.test.pem', 'app.test.p12, with the key beside it; asks for a password'],
    [
      'mintmark keystore --cert fullchain.pem --key privkey.pem --out keystore.p12 --alias jetty --password-file pass.txt',
      "certbot's files for Jetty",
    ],
    ['mintmark keystore --trust --password-file pass.txt', 'the root of the CA, for clients in Java'],
  ],
  options: [
    { name: 'cert', value: 'F', help: 'certificates, PEM, DER or PKCS#12, in any order' },
    { name: 'key', value: 'F', help: 'private key (default: in the file of --cert or beside it)' },
    { name: 'chain', value: 'F', help: 'more certificates of the chain' },
    { name: 'out', value: 'F', help: 'the file (default: the name of --cert with .p12, here)' },
    { name: 'alias', value: 'A', help: 'what the entry is called (default: the first name of the certificate)' },
    { name: 'password-file', value: 'F', help: 'the password of the store, in a file' },
    { name: 'passphrase-file', value: 'F', help: 'what opens the key or the PKCS#12 file that is read' },
    { name: 'legacy', help: 'triple DES and SHA-1, for old Java, Windows and macOS' },
    { name: 'trust', help: 'a trust store: of --cert, or the root of the CA' },
    { name: 'force', help: 'replace a file that this home did not write' },
  ],
  positionals: { min: 0, max: 0, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const access = { invocation, context };
  const [isForced, isLegacy] = [isOptionSet(invocation, 'force'), isOptionSet(invocation, 'legacy')];
  const draft = isOptionSet(invocation, 'trust') ? await draftTrustStore(access) : await draftKeyStore(access);
  const path = resolveOut(draft, access);
  // Before a password is typed for nothing; a home that is not there yet wrote no file.
  assertKeystoreReplaceable({ fs: context.io.fs, path: context.homePath }, path, isForced);
  const password = await createStorePassword(formatPath(path, context.io.cwd), access);
  const p12 = encodeStore(draft, password, isLegacy);
  const contents = describeContents(draft, { isLegacy, passwordFile: passwordFileOf(access) });
  writeKeystoreFile(context.home(), { path, p12, isForced, now: context.io.now(), ...contents });
  const printed = describeStore(draft, path, isLegacy);
  return { json: printed, text: renderKeystore(printed, context) };
}

/** @throws KEYSTORE_OUT_IS_INPUT, NOT_A_FILE */
function resolveOut({ defaultName, inputs }: StoreDraft, { invocation, context }: Access): string {
  const { cwd } = context.io;
  const out = optionText(invocation, 'out');
  const path = out === undefined ? join(cwd, defaultName) : resolve(cwd, out);
  const sources = [...inputs, optionText(invocation, 'password-file'), optionText(invocation, 'passphrase-file')];
  if (sources.some((source) => source !== undefined && resolve(cwd, source) === path))
    throw keystoreError('KEYSTORE_OUT_IS_INPUT', { path, option: '--out' });
  assertFilePlaces([path], context);
  return path;
}

export const keystoreCommand: Command = { spec, execute };
