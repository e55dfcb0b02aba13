/** @module `pin --check`: which object a pin belongs to, or what it was probably mixed up with. */
import {
  decodeSpelledPin,
  escapeControls,
  formatColonHex,
  formatHex,
  isEqualBytes,
  parsePin,
  type SpelledPin,
} from '@mintmark/ca-core';
import type { Home } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { listLookalikes, nameOf, type Whole } from './lookalikes.ts';
import type { Pinned, PinnedTarget } from './pinned.ts';
import { findSpare } from './spare.ts';

type Verdict = {
  readonly isMatch: boolean;
  /** What the digest is of; null when it is of nothing here. */
  readonly matched: string | null;
  readonly words: string;
  readonly fix?: string;
};

/**
 * Exit 0 when the pin belongs to every target, 1 when not. Of a server only its own certificate counts: it alone was proven by the
 * handshake, and anybody may send the others behind it.
 * @throws PIN_INVALID for what is no digest of anything here
 */
export function checkPin(text: string, targets: readonly PinnedTarget[], { context }: Access): CommandResult {
  const home = readableHome(context);
  const spelled = decodeSpelledPin(text);
  const verdicts = targets.map((target) => ({
    target: target.target.name,
    ...(judge(spelled, target) ?? judgeSpare(spelled, target, home) ?? judgeMixUp(spelled, target) ?? NOTHING),
  }));
  // What is no SHA-256 at all is told so, unless it was recognized.
  if (verdicts.every(({ matched }) => matched === null)) parsePin(text);
  const worst = verdicts.find(({ isMatch }) => !isMatch) ?? verdicts[0];
  const isMatch = verdicts.every((verdict) => verdict.isMatch);
  return {
    json: {
      isMatch,
      matched: worst?.matched ?? null,
      detail: worst?.words ?? '',
      hint: worst?.fix ?? null,
      targets: verdicts.map((one) => ({
        target: one.target,
        isMatch: one.isMatch,
        matched: one.matched,
        detail: one.words,
        hint: one.fix ?? null,
      })),
    },
    text: verdicts.map((verdict) => render(verdict, verdicts.length > 1, context)).join(''),
    exitCode: isMatch ? 0 : 1,
  };
}

const NOTHING: Verdict = { isMatch: false, matched: null, words: 'the pin belongs to nothing in it' };

function render(verdict: Verdict & { readonly target: string }, isOneOfMany: boolean, { style }: Context): string {
  const sign = verdict.isMatch ? style.green(style.signs.ok) : style.red(style.signs.failed);
  const fix = verdict.fix === undefined ? '' : `    ${style.dim('fix')}  ${verdict.fix}\n`;
  return `  ${sign} ${isOneOfMany ? `${escapeControls(verdict.target)}: ` : ''}${verdict.words}\n${fix}`;
}

function judge(spelled: SpelledPin | undefined, { target, meant, others }: PinnedTarget): Verdict | undefined {
  if (spelled === undefined) return undefined;
  const [shown, ...behind] = [...meant, ...others];
  const isFile = target.server === undefined;
  const whole = { others: isFile ? behind.length : 0 };
  for (const pinned of isFile ? [...meant, ...others] : shown === undefined ? [] : [shown]) {
    const verdict = judgeDigests(spelled, pinned, whole);
    if (verdict !== undefined) return verdict;
  }
  const sent = isFile ? undefined : behind.find((pinned) => judgeDigests(spelled, pinned, whole) !== undefined);
  if (sent === undefined) return undefined;
  return {
    isMatch: false,
    matched: 'sent-along',
    words: `the pin is of ${nameOf(sent, whole)}, which the server sends along, as anybody can`,
    fix: "compare the pin of the server's own certificate, or give clients that CA to verify with",
  };
}

/** The key that was made in advance: clients that hold its pin as well go on when it takes over. */
function judgeSpare(
  spelled: SpelledPin | undefined,
  { meant }: PinnedTarget,
  home: Home | undefined,
): Verdict | undefined {
  if (spelled === undefined || home === undefined) return undefined;
  const spares = meant.flatMap(({ pin }) => findSpare(formatHex(pin.pins.spkiSha256), home) ?? []);
  const spare = spares.find(({ spkiSha256 }) => isEqualBytes(spkiSha256, spelled.digest));
  if (spare === undefined) return undefined;
  return { isMatch: true, matched: 'spare', words: `the pin is the public key of its spare, sealed in ${spare.file}` };
}

function judgeMixUp(spelled: SpelledPin | undefined, target: PinnedTarget): Verdict | undefined {
  const found = listLookalikes(target).find(
    ({ digest }) => spelled !== undefined && isEqualBytes(digest, spelled.digest),
  );
  return found === undefined
    ? undefined
    : { isMatch: false, matched: found.id, words: `the pin is ${found.what}`, fix: found.fix };
}

/** Whether the digest is that of the key or the certificate, and of the one that its spelling speaks of. */
function judgeDigests({ digest, object: means }: SpelledPin, pinned: Pinned, whole: Whole): Verdict | undefined {
  const { pins, fileSha3 } = pinned.pin;
  const who = nameOf(pinned, whole);
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
