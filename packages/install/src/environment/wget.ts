/** @module Which wgetrc the user has, and the one that takes its place. */
import { join } from 'node:path';
import { KEY_MODE } from '@mintmark/ca-store';
import { shortDigest, type Base } from './bundle.ts';
import { addBundle, addFile, isOurs, ownValue, resolveBase, type Draft } from './draft.ts';
import { formatWgetrc, parseWgetCaFile, readWgetrcSource, type WgetDialect } from './wgetrc.ts';

type OwnFile = { readonly source: string; readonly text: string; readonly isDefault: boolean };

/** On Windows wget looks for a file beside itself that a variable would hide, so it is left alone there. */
export function planWget(draft: Draft, dialect: WgetDialect): void {
  const { variable, fileStem } = dialect;
  if (draft.sources.platform === 'win32') return;
  const own = readOwnFile(draft, dialect);
  if (typeof own === 'string') {
    draft.skipped.push({ name: variable, reason: own });
    return;
  }
  const bundle = addBundle(draft, chooseBase(draft, dialect, own.text));
  if (/\p{Cc}|\s$/u.test(bundle)) {
    draft.skipped.push({ name: variable, reason: `the path ${JSON.stringify(bundle)} can't stand in its file` });
    return;
  }
  const path = join(draft.folder, own.isDefault ? fileStem : `${fileStem}-${shortDigest(own.source)}`);
  addFile(draft, { path, content: formatWgetrc(dialect, own, bundle), mode: KEY_MODE }); // a wgetrc may hold passwords
  draft.variables.set(variable, path);
}

/** The user's file, or why it can't be repeated. */
function readOwnFile(draft: Draft, { variable }: WgetDialect): OwnFile | string {
  const { sources } = draft;
  const named = ownValue(draft, variable);
  if (named === undefined) return readFirst(draft, defaultFiles(draft, variable));
  const text = sources.readText(named);
  const origin = isOurs(draft, named) ? readWgetrcSource(text ?? '') : undefined;
  if (origin === '' || (isOurs(draft, named) && text === undefined))
    return readFirst(draft, defaultFiles(draft, variable));
  if (origin !== undefined && defaultFiles(draft, variable).includes(origin)) return readFirst(draft, [origin]);
  const source = origin ?? named;
  const ownText = sources.readText(source);
  return ownText === undefined ? `${source} can't be read` : { source, text: ownText, isDefault: false };
}

function readFirst({ sources }: Draft, files: readonly string[]): OwnFile | string {
  const source = files.find((file) => sources.isThere(file));
  if (source === undefined) return { source: '', text: '', isDefault: true };
  const text = sources.readText(source);
  return text === undefined ? `${source} can't be read` : { source, text, isDefault: true };
}

function defaultFiles({ sources }: Draft, variable: WgetDialect['variable']): string[] {
  const { userFolder, env } = sources;
  if (userFolder === '') return [];
  if (variable === 'WGETRC') return [join(userFolder, '.wgetrc')];
  const config = env['XDG_CONFIG_HOME'] ?? '';
  return [join(config === '' ? join(userFolder, '.config') : config, 'wget', 'wget2rc'), join(userFolder, '.wget2rc')];
}

/** The user's setting, else the machine's. */
function chooseBase(draft: Draft, { variable, systemFile }: WgetDialect, text: string): Base {
  const { sources } = draft;
  const machine = ownValue(draft, `SYSTEM_${variable}`) ?? systemFile;
  const named = parseWgetCaFile(text) ?? parseWgetCaFile(sources.readText(machine) ?? '');
  if (named === undefined) return 'system';
  const path = named.replace(/^~(?=\/)/, () => sources.userFolder);
  return resolveBase(draft, [path], { who: variable.toLowerCase(), fallback: 'system' });
}
