/** @module How the places of browsers are called in reports, and what is said where nothing can be done by itself. */
import { escapeControls } from '@mintmark/ca-core';
import type { NssDatabase } from '../facts/nss-databases.ts';
import type { PlaceView } from './store.ts';

/** The path as people write it, with `~` for their own folder. Names on disk may hold anything, so controls are escaped. */
export function formatUserPath(path: string, userFolder: string): string {
  const isBelow = userFolder !== '' && path.startsWith(`${userFolder}/`);
  return escapeControls(isBelow ? `~${path.slice(userFolder.length)}` : path);
}

/** Why a database can't be worked on, with the remedy; undefined when it can. */
export function explainUnusable(database: NssDatabase): Pick<PlaceView, 'detail' | 'hint'> | undefined {
  if (database.state === 'legacy')
    return {
      detail: 'its database (cert8.db) is of a kind that no current program reads',
      hint: 'start the browser once with this profile, then: mintmark install',
    };
  if (database.state === 'partial')
    return {
      detail: 'cert9.db is missing beside its keys',
      hint: 'start the browser once with this profile, then: mintmark install',
    };
  if (database.isOfOthers && database.state !== 'present')
    return {
      detail: 'it belongs to another user, and a database made by root would shut its owner out',
      hint: 'as that user, without sudo: mintmark install',
    };
  if (!database.isWritable) return { detail: 'you may not write to it', hint: 'as its owner: mintmark install' };
  return undefined;
}

/** What is worth knowing of a database that does not trust the root yet. */
export function explainAbsence({ hasPassword }: NssDatabase, isHeld: boolean): Pick<PlaceView, 'detail' | 'hint'> {
  const hint = { hint: 'give its primary password in a file: mintmark install --password-file FILE' };
  return {
    ...(isHeld ? { detail: 'the root is in the database, but not trusted there' } : {}),
    ...(hasPassword === true ? hint : {}),
  };
}

/** A root that nothing here can take out again; said where it is trusted, so that it is known before. */
export const explainStuck = (isHeld: boolean, removal: PlaceView['uninstall']): Pick<PlaceView, 'hint'> =>
  isHeld && removal.length === 0 ? { hint: CERTUTIL_HINT.replace('mintmark install', 'mintmark uninstall') } : {};

/** Said where there is neither certutil nor another way. */
export const CERTUTIL_HINT =
  'install certutil (libnss3-tools on Debian, nss-tools on Fedora, nss on Arch), then: mintmark install';
