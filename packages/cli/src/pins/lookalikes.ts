/** @module Digests that people take for a pin: of the wrong object, by the wrong hash, of a text instead of what it says. */
import { createHash } from 'node:crypto';
import { DerReader, escapeControls, formatColonHex, formatHex, formatPem, type Bytes } from '@mintmark/ca-core';
import { nodeSha1, nodeSha256 } from '@mintmark/ca-core/node';
import type { Pinned, PinnedTarget } from './pinned.ts';

/** A digest that people take for a pin: what it is of, and what was meant. */
type Lookalike = { readonly id: string; readonly what: string; readonly digest: Uint8Array; readonly fix: string };

/** How many certificates stand beside it in its file. */
export type Whole = { readonly others: number };

/** How words name it. */
export function nameOf({ kind, target, names, subject, pin: { roles }, roleWords }: Pinned, { others }: Whole): string {
  const name = escapeControls(kind === 'key' ? target : (names[0] ?? subject));
  return roles[0] === 'ca' ? `${name}, a ${roleWords}${others > 0 ? ' in the chain' : ''}` : name;
}

/** Of all that a target holds, and of its file. */
export function listLookalikes({ target, meant, others }: PinnedTarget): Lookalike[] {
  const files = target.fileBytes === undefined ? [] : listFileDigests(target.fileBytes);
  const whole = { others: others.length };
  return [...meant, ...others].flatMap((pinned) => listObjectDigests(pinned, whole)).concat(files);
}

function listObjectDigests(pinned: Pinned, whole: Whole): Lookalike[] {
  const { spkiDer, certificate, pins } = pinned.pin;
  const who = nameOf(pinned, whole);
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
  const certificateFix = `compare the SHA-256 of the certificate: ${formatColonHex(pins.certSha256)}`;
  const { certDer } = certificate;
  return [
    ...list,
    {
      id: 'certificate-sha1',
      what: `the SHA-1 of the certificate of ${who}`,
      digest: nodeSha1(certDer),
      fix: certificateFix,
    },
    {
      id: 'certificate-md5',
      what: `the MD5 of the certificate of ${who}`,
      digest: createHash('md5').update(certDer).digest(),
      fix: certificateFix,
    },
    {
      id: 'certificate-pem',
      what: `the SHA-256 of the certificate of ${who} as PEM text`,
      digest: nodeSha256(Buffer.from(formatPem('CERTIFICATE', certDer))),
      fix: certificateFix,
    },
    ...listTextDigests('the certificate', pins.certSha256, certificateFix),
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
