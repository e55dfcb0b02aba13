/**
 * @module What becomes of a CA's key when the CA is removed. One in its folder goes with it; its entry in the secret store goes too; one
 * in a token stays there, unless it is told to be destroyed.
 */
import { isCaError, quote } from '@mintmark/ca-core';
import { readKeyProtection, type KeyProtection, type StoredCa } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { forgetKey, readRecordIfWhole } from './forget-key.ts';
import { renderTokenKey, type TokenRecord } from './token-record.ts';

/** `question`: what the removal does, before it is done. `finish` runs when the CA is gone and says what it found. */
export type KeyRemoval = { readonly question: string; readonly prepare: () => Promise<() => Promise<string>> };

/** A CA that is damaged can be removed too, so nothing but its place is asked for. */
type Place = Pick<StoredCa, 'name' | 'path'>;

/** @throws OPTION_ALONE */
export function planKeyRemoval(place: Place, access: Access): KeyRemoval {
  const protection = readIfWhole(place, access);
  const record = readRecordIfWhole(protection, place.name);
  if (isOptionSet(access.invocation, 'destroy-token-key')) {
    if (record === undefined)
      throw cliError('OPTION_ALONE', { option: '--destroy-token-key', partner: 'a CA whose key lies in a token' });
    return planDestruction(place.name, record, access);
  }
  const gone = `CA "${place.name}" and its key are gone.`;
  const question = `removing CA "${place.name}" deletes its key for good`;
  if (protection.kind === 'token') {
    const words = record === undefined ? '' : ` ${renderTokenKey(record)}`;
    return {
      question: `removing CA "${place.name}" leaves its key in its token`,
      prepare: async () => async () => `CA "${place.name}" is gone; its key stays in its token:${words}.`,
    };
  }
  return { question, prepare: async () => async () => (await forgetKey(protection, place.name, access), gone) };
}

function readIfWhole(place: Place, { context }: Access): KeyProtection {
  try {
    return readKeyProtection(context.home(), place);
  } catch (cause) {
    if (isCaError(cause)) return { kind: 'absent' };
    throw cause;
  }
}

function planDestruction(name: string, record: TokenRecord, access: Access): KeyRemoval {
  return {
    question: `removing CA "${name}" destroys its key in token ${quote(record.token)} for good`,
    // Logged in and found before the CA goes: afterwards nothing would say which key it was.
    prepare: async () => {
      const { openRecordedToken } = await import('./open-token-signer.ts');
      const { destroyTokenKey, findPrivateKey } = await import('./token-key.ts');
      const open = await openRecordedToken(record, access, { isWriting: true });
      findPrivateKey(open, { id: record.keyId });
      return async () => {
        try {
          destroyTokenKey(open, record.keyId);
        } catch (cause) {
          access.context.say(`CA "${name}" is gone, and its key is in its token still: ${renderTokenKey(record)}.\n\n`);
          throw cause;
        }
        return `CA "${name}" is gone, and so is its key in token ${quote(record.token)}.`;
      };
    },
  };
}
