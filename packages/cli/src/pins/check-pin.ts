/** @module `pin --check`: which object a pin belongs to, or what it was probably mixed up with. */
import { createHash } from 'node:crypto';
import {
  decodeSpelledPin,
  DerReader,
  escapeControls,
  formatColonHex,
  formatHex,
  formatPem,
  isEqualBytes,
  parsePin,
  type Bytes,
} from '@mintmark/ca-core';
import { nodeSha1, nodeSha256 } from '@mintmark/ca-core/node';
import type { CommandResult, Context } from '../command.ts';
import type { Pinned, PinnedTarget } from './pinned.ts';

type Verdict = {
  readonly isMatch: boolean;
  /** What the digest is of; null when it is of nothing here. */
  readonly matched: string | null;
  readonly words: string;
  readonly fix?: string;
};

/** A digest that people take for a pin: what it is of, and what was meant. */
type Lookalike = { readonly id: string; readonly what: string; readonly digest: Uint8Array; readonly fix: string };

/** Exit 0 when the pin belongs to a target, 1 when not. @throws PIN_INVALID for what is no digest of anything here */
export function checkPin(text: string, targets: readonly PinnedTarget[], context: Context): CommandResult {
  const verdict = judge(text, targets);
  const { style } = context;
  const sign = verdict.isMatch ? style.green(style.signs.ok) : style.red(style.signs.failed);
  const fix = verdict.fix === undefined ? '' : `    ${style.dim('fix')}  ${verdict.fix}\n`;
  return {
    json: { isMatch: verdict.isMatch, matched: verdict.matched, detail: verdict.words, hint: verdict.fix ?? null },
    text: `  ${sign} ${verdict.words}\n${fix}`,
    exitCode: verdict.isMatch ? 0 : 1,
  };
}

function judge(text: string, targets: readonly PinnedTarget[]): Verdict {
  const spelled = decodeSpelledPin(text);
  const all = targets.flatMap(({ meant, others }) => [...meant, ...others]);
  const digest = spelled?.digest ?? new Uint8Array();
  for (const pinned of all) {
    const verdict = judgeDigests(digest, pinned, spelled?.object);
    if (verdict !== undefined) return verdict;
  }
  const found = targets.flatMap(listLookalikes).find((lookalike) => isEqualBytes(lookalike.digest, digest));
  if (found !== undefined)
    return { isMatch: false, matched: found.id, words: `the pin is ${found.what}`, fix: found.fix };
  parsePin(text); // What is no SHA-256 at all is told so.
  return { isMatch: false, matched: null, words: 'the pin belongs to nothing in it' };
}

/** Whether the digest is that of the key or the certificate, and of the one that its spelling speaks of. */
function judgeDigests(digest: Bytes, pinned: Pinned, means: string | undefined): Verdict | undefined {
  const { pins, fileSha3 } = pinned.pin;
  const who = nameOf(pinned);
  const isKey = isEqualBytes(pins.spkiSha256, digest);
  const isCertificate = pins.certSha256 !== undefined && isEqualBytes(pins.certSha256, digest);
  if (fileSha3 !== undefined && isEqualBytes(fileSha3, digest))
    return { isMatch: true, matched: 'file', words: `the pin is the SHA3-256 of the file that holds ${who}` };
  if (!isKey && !isCertificate) return undefined;
  const matched = isKey ? 'public-key' : 'certificate';
  const words = `the pin is the ${isKey ? 'public key' : 'certificate'} of ${who}`;
  if (means === undefined || means === matched) return { isMatch: true, matched, words };
  const fix = isKey
    ? `the certificate is ${pins.certSha256 === undefined ? 'not in it' : formatColonHex(pins.certSha256)}`
    : `the key is sha256//${Buffer.from(pins.spkiSha256).toString('base64')}`;
  return { isMatch: false, matched, words: `${words}, but spelled as clients spell the other one's`, fix };
}

function nameOf({ kind, target, names, subject, pin: { roles }, roleWords }: Pinned): string {
  const name = escapeControls(kind === 'key' ? target : (names[0] ?? subject));
  return roles[0] === 'ca' ? `${name}, a ${roleWords} in the chain` : name;
}

function listLookalikes({ target, meant, others }: PinnedTarget): Lookalike[] {
  const files = target.fileBytes === undefined ? [] : listFileDigests(target.fileBytes);
  return [...meant, ...others].flatMap(listObjectDigests).concat(files);
}

function listObjectDigests(pinned: Pinned): Lookalike[] {
  const { spkiDer, certificate, pins } = pinned.pin;
  const who = nameOf(pinned);
  const key = `compare the SHA-256 of the key: sha256//${Buffer.from(pins.spkiSha256).toString('base64')}`;
  const list: Lookalike[] = [
    { id: 'key-sha1', what: `the SHA-1 of the public key of ${who}`, digest: nodeSha1(spkiDer), fix: key },
    {
      id: 'bare-key',
      what: `the SHA-256 of the bare key of ${who}, without its algorithm, which no client compares`,
      digest: nodeSha256(bareKey(spkiDer)),
      fix: key,
    },
    {
      id: 'key-pem',
      what: `the SHA-256 of the public key of ${who} as PEM text`,
      digest: nodeSha256(Buffer.from(formatPem('PUBLIC KEY', spkiDer))),
      fix: key,
    },
    ...listTextDigests('the key', pins.spkiSha256, key),
  ];
  if (certificate === undefined || pins.certSha256 === undefined) return list;
  const whole = `compare the SHA-256 of the certificate: ${formatColonHex(pins.certSha256)}`;
  const { certDer } = certificate;
  return [
    ...list,
    { id: 'certificate-sha1', what: `the SHA-1 of the certificate of ${who}`, digest: nodeSha1(certDer), fix: whole },
    {
      id: 'certificate-md5',
      what: `the MD5 of the certificate of ${who}`,
      digest: createHash('md5').update(certDer).digest(),
      fix: whole,
    },
    {
      id: 'certificate-pem',
      what: `the SHA-256 of the certificate of ${who} as PEM text`,
      digest: nodeSha256(Buffer.from(formatPem('CERTIFICATE', certDer))),
      fix: whole,
    },
    ...listTextDigests('the certificate', pins.certSha256, whole),
  ];
}

/** One spelling put into the other: the digits of the hex taken for bytes. */
function listTextDigests(object: string, digest: Bytes, fix: string): Lookalike[] {
  const hex = formatHex(digest);
  return [hex, hex.toUpperCase(), formatColonHex(digest), Buffer.from(digest).toString('base64')].map((text) => ({
    id: 'text-of-digest',
    what: `the text of the digest of ${object}, encoded once more`,
    digest: Buffer.from(text),
    fix,
  }));
}

/** Of the file as it lies there, and as other tools would have left it. */
function listFileDigests(bytes: Uint8Array): Lookalike[] {
  const text = Buffer.from(bytes).toString('latin1');
  const lines = text.replaceAll('\r\n', '\n');
  const forms = [text, lines, lines.replaceAll('\n', '\r\n'), lines.trimEnd(), `${lines.trimEnd()}\n`];
  const fix = 'pins are digests of what is inside the file: compare one of those that mintmark pin prints';
  return [...new Set(forms)].flatMap((form): Lookalike[] => {
    const content = Buffer.from(form, 'latin1');
    return [
      { id: 'file', what: 'the SHA-256 of the file itself', digest: nodeSha256(content), fix },
      {
        id: 'file-sha1',
        what: 'the SHA-1 of the file itself',
        digest: nodeSha1(content),
        fix,
      },
    ];
  });
}

/** The content of the BIT STRING: what iOS exports, and Node's `cert.pubkey` of an EC key. RFC 5280 section 4.1. */
function bareKey(spkiDer: Uint8Array): Uint8Array {
  const spki = new DerReader(spkiDer, 'the key').enterSequence();
  spki.readElement();
  return spki.readElement().value.slice(1);
}
