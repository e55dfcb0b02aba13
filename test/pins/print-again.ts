/** @module What would be printed for the same server under other circumstances: at another address, or about to move to its spare key. */
import { createHash, X509Certificate } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { PIN_FORMATS, type PinSubject } from '../../packages/ca-core/src/pin-formats/index.ts';
import { createSubject } from '../../packages/ca-core/src/pin-formats/sample-subject.ts';
import type { Emitted } from './pinned-client.ts';

/** The output for `host` as it now is. */
export const printFor = (emitted: Emitted): Emitted => print(emitted, describeKey(emitted.certFile));

/** The output with the emitted pin as the spare's, and the key of another certificate as the current one. */
export function withSpare(emitted: Emitted, currentFile: string): Emitted {
  const { pins } = describeKey(emitted.certFile);
  return print(emitted, { ...describeKey(currentFile), backupSpkiSha256: pins.spkiSha256 });
}

function print(emitted: Emitted, key: Pick<PinSubject, 'pins' | 'spkiDer' | 'backupSpkiSha256'>): Emitted {
  const { snippet, value } = PIN_FORMATS[emitted.format];
  const subject = createSubject({ ...key, server: { host: emitted.host, port: emitted.port } });
  const text = snippet === undefined ? value(subject) : snippet.text(subject);
  if (emitted.file !== undefined) writeFileSync(emitted.file, text);
  return { ...emitted, text };
}

function describeKey(certFile: string): Pick<PinSubject, 'pins' | 'spkiDer'> {
  const { publicKey } = new X509Certificate(readFileSync(certFile));
  const spkiDer = new Uint8Array(publicKey.export({ type: 'spki', format: 'der' }));
  return { pins: { spkiSha256: new Uint8Array(createHash('sha256').update(spkiDer).digest()) }, spkiDer };
}
