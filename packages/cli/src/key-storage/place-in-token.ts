/** @module `ca create --token URI`: the issuer's key pair is made in the token, or the one that the URI names is taken. */
import { KEY_TYPE_FACTS, KEY_TYPES, quote, type KeyType } from '@mintmark/ca-core';
import { listCaNames } from '@mintmark/ca-store';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';
import type { KeyPlace } from './key-place.ts';
import { createTokenKey, findTokenKey, isExtractable, listKeyIds, type TokenKey } from './token-key.ts';
import { formatTokenRecord } from './token-record.ts';
import { openToken, type OpenToken } from './token-session.ts';
import { createTokenSigner } from './token-signer.ts';
import { parseTokenUri, type TokenUri } from './token-uri.ts';

const PROBE = Buffer.from('mintmark');

type TokenOrder = { readonly uri: string; readonly keyType: KeyType };

/** @throws TOKEN_*, OPTIONS_CONFLICT */
export async function placeKeyInToken(name: string, { uri, keyType }: TokenOrder, access: Access): Promise<KeyPlace> {
  const place = parseTokenUri(uri);
  const isTaken = place.object !== undefined || place.id !== undefined;
  if (isTaken && optionText(access.invocation, 'key') !== undefined)
    throw cliError('OPTIONS_CONFLICT', { first: 'object= or id= in --token', second: '--key' });
  const open = await openToken(place, access, { pinSource: place.pinSource, isWriting: !isTaken });
  const key = isTaken ? takeKey(place, open, access) : makeKey(name, { open, keyType }, access);
  const { session, token, pin } = open;
  const { object, subjectKey } = key;
  const issuerSigner = createTokenSigner({ session, token, caName: name, object, subjectKey, pin });
  const undo = async (): Promise<void> => (isTaken ? undefined : destroyAgain(open, key, access));
  try {
    issuerSigner.sign(PROBE); // so that a key that can't sign, or whose halves differ, is found before anything is made for it
  } catch (cause) {
    await undo();
    throw cause;
  }
  const tokenJson = formatTokenRecord(describe(place, { key, open, isMadeHere: !isTaken }));
  return {
    keyType: isTaken ? (keyTypeOfLabel(key.subjectKey.label) ?? keyType) : keyType,
    issuer: { issuerKey: key.subjectKey, issuerSigner },
    finish: (files) => ({ ...files, tokenJson }),
    undo,
  };
}

/** One of that name that is there already may be what a killed command left, of which nothing else knows. */
function makeKey(
  name: string,
  { open, keyType }: { open: OpenToken; keyType: KeyType },
  { context }: Access,
): TokenKey {
  const label = `mintmark ${name}`;
  const others = listCaNames(context.home()).includes(name) ? [] : listKeyIds(open, label);
  const ids = others.map((id) => `id ${id.toString('hex')}`).join(', ');
  if (others.length > 0)
    context.say(
      `Token ${quote(open.token)} holds ${quote(label)} already, ${ids}: of a CA that was removed or is in another home, or of a command that was cut off.\n\n`,
    );
  return createTokenKey(open, keyType, label);
}

function takeKey({ object, id }: TokenUri, open: OpenToken, { context }: Access): TokenKey {
  const wish = { ...(object === undefined ? {} : { label: object }), ...(id === undefined ? {} : { id }) };
  const key = findTokenKey(open, wish);
  if (isExtractable(key.object))
    context.say('This key was not locked into its token when it was made: who has the PIN can copy it.\n\n');
  return key;
}

/** By its handles: what failed may have left the session in the midst of something. */
function destroyAgain({ token }: OpenToken, { object, publicObject, id, label }: TokenKey, { context }: Access): void {
  try {
    object.destroy();
    publicObject?.destroy();
  } catch {
    context.say(`A key that no CA uses stays in token ${quote(token)}: ${label}, id ${id.toString('hex')}\n`);
  }
}

type Placed = { readonly key: TokenKey; readonly open: OpenToken; readonly isMadeHere: boolean };

const describe = ({ modulePath, pinSource }: TokenUri, { key, open, isMadeHere }: Placed) => ({
  modulePath,
  token: open.info.label,
  serial: open.info.serialNumber,
  manufacturer: open.info.manufacturerID,
  keyLabel: key.label,
  keyId: key.id,
  isMadeHere,
  ...(pinSource === undefined ? {} : { pinSource }),
});

/** The type by which `--key` calls a key of that label, if it does. */
const keyTypeOfLabel = (label: string): KeyType | undefined =>
  KEY_TYPES.find((type) => KEY_TYPE_FACTS[type].label === label);
