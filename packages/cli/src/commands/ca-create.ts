/** @module `ca create`: another CA, scoped unless told otherwise, whose root key is gone when the command ends. */
import { escapeControls, listScope, parseDistinguishedName } from '@mintmark/ca-core';
import { formatPrivateKey } from '@mintmark/ca-core/node';
import { addCa, caPath, changeHome, createCa, listCaNames, removeIfPresent, storeError } from '@mintmark/ca-store';
import { readScope } from '../ca/ca-scope.ts';
import { readKeepFile, writeKept } from '../ca/kept-root-key.ts';
import { assertParentWords, readParent, type BelowParent } from '../ca/parent.ts';
import { DEFAULT_CA } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { assertKeyPlace, placeKey } from '../key-storage/place-key.ts';
import { takeBackOnFailure } from '../key-storage/take-back.ts';
import { optionDays, optionText } from '../parse-args.ts';
import { createPassphrase } from '../passphrase.ts';
import { describeCa, renderCa } from '../render/ca.ts';
import { renderNewCa } from '../render/new-ca.ts';
import { formatList, formatPath, wrap } from '../terminal/text.ts';

/** @throws CA_EXISTS, CA_NAME_INVALID, SCOPE_*, DN_INVALID, OPTIONS_CONFLICT, PASSPHRASE_*, TOKEN_*, SECRET_STORE_* */
export async function createCaCommand(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [given] = invocation.positionals;
  const named = optionText(invocation, 'ca');
  if (given !== undefined && named !== undefined) throw cliError('OPTIONS_CONFLICT', { first: given, second: '--ca' });
  const name = given ?? named ?? DEFAULT_CA;
  const access = { invocation, context };
  assertKeyPlace(access);
  assertParentWords(access);
  const hasParent = optionText(invocation, 'parent') !== undefined;
  const own = hasParent ? undefined : await readScope(name, invocation);
  const subject = optionText(invocation, 'subject');
  const attributes = subject === undefined ? {} : { subject: parseDistinguishedName(subject) };
  const days = optionDays(invocation);
  const keepFile = readKeepFile(access);
  const home = context.home();
  caPath(home, name); // the name is checked before anything is asked
  if (listCaNames(home).includes(name)) throw storeError('CA_EXISTS', { caName: name });
  const below = await readParent(home, access);
  const scope = below?.scope ?? own;
  if (scope === undefined) throw new TypeError('a CA has a scope');
  const passphrase = await createPassphrase(invocation, context, `the key of CA "${name}"`);
  if (keepFile !== undefined && passphrase === undefined)
    throw cliError('PASSPHRASE_NEEDED', { what: 'a root key that is kept' });
  const place = await placeKey(name, passphrase, access);
  const ca = await takeBackOnFailure(place, () => {
    const { files, rootKey } = createCa({
      name,
      scope,
      keyType: place.keyType,
      now: context.io.now(),
      ...attributes,
      ...(below === undefined ? {} : { parent: below.parent }),
      ...(days === undefined ? {} : { validityDays: days }),
      ...(place.passphrase === undefined ? {} : { passphrase: place.passphrase }),
      ...place.issuer,
    });
    return changeHome(home, () => {
      if (keepFile !== undefined && rootKey !== undefined)
        writeKept(keepFile, formatPrivateKey(rootKey, passphrase), home);
      try {
        return addCa(home, name, place.finish(files));
      } catch (cause) {
        if (keepFile !== undefined) removeIfPresent(home.fs, keepFile);
        throw cause;
      }
    });
  });
  if (below !== undefined) context.say(renderBelow(name, below));
  else if (keepFile === undefined) context.say(`${renderNewCa(ca)}\n`);
  return {
    json: { ...describeCa(home, ca), ...(keepFile === undefined ? {} : { rootKeyFile: keepFile }) },
    text: renderCa(home, ca, context),
    next: keepFile === undefined ? undefined : renderKept(keepFile, context),
  };
}

function renderKept(file: string, { io, talkStyle }: Context): string {
  const place = escapeControls(formatPath(file, io.cwd));
  return `\n${talkStyle.yellow(talkStyle.signs.next)} The root key is in ${place}, encrypted. Move it off this machine\n`;
}

const WIDTH = 76;
const DOMAINS_SHOWN = 4;

function renderBelow(name: string, { caName, scope }: BelowParent): string {
  const words = formatList(listScope(scope), DOMAINS_SHOWN);
  const text = `New CA "${name}" below the root of CA "${caName}", so who trusts that root trusts it. It can only speak for ${words}.`;
  return `${wrap(text, WIDTH)}\n\n`;
}
