/** @module `key`: a private key, to stdout or a file. */
import { resolve } from 'node:path';
import { createPins, formatHex, formatSpkiPin, parseKeyType } from '@mintmark/ca-core';
import { createPrivateKeyOfType, formatPrivateKey, nodeSha256 } from '@mintmark/ca-core/node';
import { KEY_MODE, storeError, withDiskErrors, writeFileAtomically } from '@mintmark/ca-store';
import { assertFilePlaces } from '../certificates/file-names.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { createPassphrase } from '../passphrase.ts';
import { formatColumns, formatPath } from '../terminal/text.ts';
import { KEY_TYPE_OPTION } from './mint-options.ts';

const spec: CommandSpec = {
  name: 'key',
  usage: '',
  summary: 'make a private key (PKCS#8)',
  examples: [
    ['mintmark key --out server.key', 'a P-256 key in a file only you can read'],
    ['mintmark key --key rsa-3072 --out server.key --passphrase-file pass.txt', 'an encrypted RSA key'],
    ['mintmark key > server.key', 'to stdout; the shell decides who can read it'],
  ],
  options: [
    KEY_TYPE_OPTION,
    { name: 'out', value: 'F', help: 'the file (mode 0600); without it the key goes to stdout' },
    { name: 'passphrase-file', value: 'F', help: 'encrypt with the passphrase in this file' },
    { name: 'passphrase', help: 'ask for a passphrase to encrypt with' },
    { name: 'force', help: 'replace an existing file' },
  ],
  positionals: { min: 0, max: 0, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const keyType = parseKeyType(optionText(invocation, 'key') ?? 'ecdsa-p256');
  const out = optionText(invocation, 'out');
  const keyFile = out === undefined ? null : resolve(context.io.cwd, out);
  if (keyFile !== null) assertFree(keyFile, invocation, context);
  const passphrase = await createPassphrase(invocation, context, 'the key');
  const key = createPrivateKeyOfType(keyType);
  const pem = formatPrivateKey(key, passphrase);
  const pins = createPins({ spkiDer: key.subjectKey.spkiDer }, nodeSha256);
  const json = {
    keyFile,
    keyType,
    isEncrypted: passphrase !== undefined,
    pins: { spkiSha256Hex: formatHex(pins.spkiSha256), spkiSha256Base64: formatSpkiPin(pins) },
  };
  if (keyFile === null) return { json: { ...json, keyPem: pem }, text: pem };
  writeFileAtomically(context.io.fs, { path: keyFile, text: pem, mode: KEY_MODE });
  const rows = [
    ['key', formatPath(keyFile, context.io.cwd)],
    ['kind', key.subjectKey.label + (passphrase === undefined ? '' : ', encrypted')],
    ['pin', `sha256//${json.pins.spkiSha256Base64}`],
  ] as const;
  return { json, text: `\n${formatColumns(rows, context.style.dim)}\n` };
}

function assertFree(keyFile: string, invocation: Invocation, context: Context): void {
  assertFilePlaces([keyFile], context);
  const status = withDiskErrors(keyFile, () => context.io.fs.status(keyFile));
  if (status !== undefined && !isOptionSet(invocation, 'force')) throw storeError('FILE_EXISTS', { path: keyFile });
}

export const keyCommand: Command = { spec, execute };
