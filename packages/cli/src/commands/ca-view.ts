/** @module `ca list`, `ca show`, `ca path`, `ca remove`. */
import { caPath, changeHome, listCaNames, readCa, removeCa, storeError } from '@mintmark/ca-store';
import { listInstalled, readJournal } from '@mintmark/install/journal';
import { caError } from '../ca/ca-errors.ts';
import { removeLog } from '../ca/rotation-log.ts';
import { listSharers, readRoot } from '../ca/shared-root.ts';
import { isRotationUnderWay } from '../ca/under-way.ts';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { CommandResult, Context, Invocation } from '../command.ts';
import { planKeyRemoval } from '../key-storage/remove-key.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { describeCa, renderShownCa } from '../render/ca.ts';
import { formatExpiry, formatList } from '../terminal/text.ts';

type View = (invocation: Invocation, context: Context) => CommandResult | Promise<CommandResult>;

const caNameOf = (invocation: Invocation): string =>
  invocation.positionals[0] ?? optionText(invocation, 'ca') ?? DEFAULT_CA;

const list: View = (_invocation, context) => {
  const home = readableHome(context);
  const cas = home === undefined ? [] : listCaNames(home).map((name) => describeCa(home, readCa(home, name)));
  const text = cas.map(({ name, scope, isUnscoped, notAfter }) => {
    const words = isUnscoped ? 'every name (unscoped)' : formatList(scope.dns, 4);
    const end = context.style.dim(formatExpiry(new Date(notAfter), context.io.now()));
    const isRotating = home !== undefined && isRotationUnderWay(home, name);
    return `  ${name.padEnd(14)}${words}   ${end}${isRotating ? '   being rotated' : ''}\n`;
  });
  return {
    json: { cas },
    text: cas.length === 0 ? 'No CA yet; the first certificate makes one: mintmark localhost\n' : text.join(''),
  };
};

const show: View = (invocation, context) => {
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: caNameOf(invocation) });
  const ca = readCa(home, caNameOf(invocation));
  const isRotating = isRotationUnderWay(home, ca.name);
  const sharedWith = listSharers(home, ca);
  return {
    json: {
      ...describeCa(home, ca),
      ...(sharedWith.length === 0 ? {} : { sharedWith }),
      ...(isRotating ? { isRotating } : {}),
    },
    text: renderShownCa(home, { ca, isRotating, sharedWith }, context),
    next: isRotating
      ? `A rotation is under way: mintmark ca rotate ${ca.name} goes on, with --undo it goes back\n`
      : undefined,
  };
};

const path: View = (invocation, context) => {
  const folder = caPath({ path: context.homePath, fs: context.io.fs }, caNameOf(invocation));
  return { json: { path: folder }, text: `${folder}\n` };
};

const remove: View = async (invocation, context) => {
  const [name] = invocation.positionals;
  if (name === undefined) throw cliError('ARGUMENT_MISSING', { command: 'ca remove', argument: 'the name of a CA' });
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  if (home.fs.status(caPath(home, name)) === undefined) throw storeError('CA_NOT_FOUND', { caName: name });
  if (isRotationUnderWay(home, name)) throw caError('ROTATION_UNDER_WAY', { caName: name });
  const rootDer = readRoot(home, name);
  const [sharer] = rootDer === undefined ? [] : listSharers(home, { name, rootDer });
  const removal = planKeyRemoval({ name, path: caPath(home, name) }, { invocation, context });
  await confirm(removal.question, invocation, context);
  const finish = await removal.prepare();
  const isTrusted = listInstalled(readJournal(home)).some(({ ca }) => ca === name);
  changeHome(home, () => {
    removeCa(home, name);
    removeLog(home, name);
  });
  const rest =
    sharer !== undefined
      ? `Its root stays where it is: it is that of CA "${sharer}" too.`
      : isTrusted
        ? 'Trust stores still hold its root: mintmark uninstall --all'
        : 'Programs that trust its root still do, until you take it out there.';
  return { json: { removed: name }, text: `${await finish()} ${rest}\n` };
};

async function confirm(what: string, invocation: Invocation, context: Context): Promise<void> {
  if (isOptionSet(invocation, 'yes')) return;
  if (!context.canAsk) throw cliError('CONFIRMATION_NEEDED', { what });
  const { askConfirmation } = await import('../terminal/ask.ts');
  if (!(await askConfirmation(`${what[0]?.toUpperCase() ?? ''}${what.slice(1)}. Go on?`)))
    throw cliError('CONFIRMATION_DENIED', { what });
}

export const CA_VIEWS = { list, show, path, remove } as const;
