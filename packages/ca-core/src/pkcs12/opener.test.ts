/** @module The account of the work: a file costs the same with every password. */
import { describe, expect, it } from 'vitest';
import { isEqualBytes } from '../der/bytes.ts';
import { LockedError, Opener } from './opener.ts';
import { spellPassword } from './password-spellings.ts';

/** As costly as one part can be: triple DES with its key and IV out of a million rounds of SHA-1 each. */
const COSTLY = { spelling: 'bmp', iterations: 1_000_000, rounds: 3_000_000 } as const;
const TYPED_IN_PIECES = 'pa\u0308';
const TOO_COSTLY: unknown = expect.objectContaining({ code: 'KEY_TOO_COSTLY' });

describe('a password of several spellings', () => {
  const spellings = spellPassword(TYPED_IN_PIECES).bmp;

  it('is three times as much work as one', () => {
    expect(spellings).toHaveLength(3);
    expect(spellPassword('pa').bmp).toHaveLength(1);
  });

  it('is wrong, not too costly, where another opens the file', () => {
    expect(() => new Opener(TYPED_IN_PIECES, 'a.p12').open(COSTLY, () => undefined)).toThrow(LockedError);
    expect(new Opener('pa', 'a.p12').open(COSTLY, () => 'opened')).toBe('opened');
  });

  it('opens by the last of them, and by that at once from then on', () => {
    const opener = new Opener(TYPED_IN_PIECES, 'a.p12');
    const tried: number[] = [];
    const attempt = (password: Uint8Array): true | undefined => {
      tried.push(spellings.findIndex((spelling) => isEqualBytes(spelling, password)));
      return tried.at(-1) === 2 || undefined;
    };
    expect([opener.open(COSTLY, attempt), opener.open(COSTLY, attempt)]).toEqual([true, true]);
    expect(tried).toEqual([0, 1, 2, 2]);
  });
});

describe('a file that asks for too much', () => {
  it.each(['pa', TYPED_IN_PIECES])('is refused before the part that is too much, with any password: %j', (password) => {
    const opener = new Opener(password, 'a.p12');
    let attempts = 0;
    const attempt = (): true => {
      attempts++;
      return true;
    };
    for (let i = 0; i < 2; i++) opener.open(COSTLY, attempt);
    expect(() => opener.open(COSTLY, attempt)).toThrow(TOO_COSTLY);
    expect(attempts).toBe(2);
  });

  it('gets no more than as much again for spellings that fail', () => {
    const opener = new Opener(TYPED_IN_PIECES, 'a.p12');
    let rounds = 0;
    // Each part opens by the spelling that is tried last.
    const openAll = (): void => {
      for (let part = 0; part < 8000; part++) {
        let attempts = 0;
        opener.open({ spelling: 'bmp', iterations: 1000, rounds: 1000 }, () => {
          rounds += 1000;
          return ++attempts === 3 || undefined;
        });
      }
    };
    expect(openAll).toThrow(LockedError);
    expect(rounds).toBe(12_001_000);
  });
});
