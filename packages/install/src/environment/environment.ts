/**
 * @module The variables by which programs trust the roots of this home without any change to the machine, merged with what the user has
 * set. Nothing is made here: the plan holds the files, and no runtime is given a switch that another version would refuse.
 */
import { delimiter } from 'node:path';
import { encodeJks, parseJks } from '../java/jks.ts';
import { holdsAll, mergeCertificates, shortDigest, type Base } from './bundle.ts';
import {
  addBundle,
  addFile,
  createDraft,
  isOurs,
  ownValue,
  readBase,
  resolveBase,
  type Draft,
  type EnvironmentRequest,
  type Skipped,
} from './draft.ts';
import { addTrustStore, findTrustStore, STORE_PASSWORD } from './java-options.ts';
import { addIniFolder, formatPhpIni } from './php-ini.ts';
import { findCaFiles } from './settings.ts';
import type { Sources } from './sources.ts';
import { javaTrustFiles } from './system-roots.ts';
import { TRUST_VARIABLES, type TrustVariable } from './variables.ts';
import { planWget } from './wget.ts';
import { WGET, WGET2 } from './wgetrc.ts';

type EnvironmentFile = { readonly path: string; readonly bytes: Uint8Array; readonly mode: number };

/** Variables in the order of the table; files by absolute path. */
export type EnvironmentPlan = {
  readonly variables: Readonly<Record<string, string>>;
  readonly files: readonly EnvironmentFile[];
  /** Variables that were left alone, and why. */
  readonly skipped: readonly Skipped[];
  /** What the user should know, a sentence each. */
  readonly warnings: readonly string[];
};

/** Plans the environment. The same machine gives the same plan, also from within the environment it makes. */
export function planEnvironment(request: EnvironmentRequest, sources: Sources): EnvironmentPlan {
  const draft = createDraft(request, sources);
  for (const variable of TRUST_VARIABLES) planVariable(draft, variable);
  planWget(draft, WGET);
  planWget(draft, WGET2);
  planPhp(draft);
  planJava(draft);
  return {
    variables: Object.fromEntries(draft.variables),
    files: [...draft.files].map(([path, file]) => ({ path, ...file })),
    skipped: draft.skipped,
    warnings: [...draft.warnings],
  };
}

function planVariable(draft: Draft, variable: TrustVariable): void {
  const own = ownValue(draft, variable.name);
  if (own === undefined && variable.when === 'ifSet' && !isConfigured(draft, variable)) return;
  if (own === undefined && variable.when === 'onNix' && !draft.sources.isThere('/etc/NIXOS')) return;
  const isEnough =
    own !== undefined && !isOurs(draft, own) && holdsAll(draft.sources.readCertificates(own), draft.request.roots);
  draft.variables.set(variable.name, isEnough ? own : addBundle(draft, chooseBase(draft, variable, own)));
}

/** A configuration counts unless the user has the variable by its other name. */
function isConfigured(draft: Draft, { settings, alias = '' }: TrustVariable): boolean {
  return ownValue(draft, alias) === undefined && readSettings(draft.sources, settings).length > 0;
}

/** What the program would trust now: the variable's own file, its configuration, the variables it falls back on, the system. */
function chooseBase(draft: Draft, variable: TrustVariable, own: string | undefined): Base {
  const { name, settings, fallbacks = [], isAdding } = variable;
  const fallback = isAdding === true ? [] : 'system';
  if (own !== undefined) return resolveBase(draft, [own], { who: name, fallback });
  const configured = readSettings(draft.sources, settings);
  if (configured.length > 0)
    return resolveBase(draft, configured, { who: `the configuration of ${settings}`, fallback });
  const other = fallbacks.find((candidate) => ownValue(draft, candidate) !== undefined);
  return other === undefined ? fallback : resolveBase(draft, [ownValue(draft, other) ?? ''], { who: other, fallback });
}

const readSettings = (sources: Sources, owner: TrustVariable['settings']): string[] =>
  owner === undefined ? [] : findCaFiles(owner, sources, sources.readText);

const PHP_FOLDER = 'php';

/** PHP's streams follow SSL_CERT_FILE, so that is what its ini file goes by. */
function planPhp(draft: Draft): void {
  const name = 'PHP_INI_SCAN_DIR';
  const folder = `${draft.folder}/${PHP_FOLDER}`;
  if (folder.includes(delimiter) || hasControl(folder)) {
    draft.skipped.push({ name, reason: `the path ${JSON.stringify(folder)} can't stand in a list of folders` });
    return;
  }
  const bundle = draft.variables.get('SSL_CERT_FILE') ?? addBundle(draft, 'system');
  addFile(draft, { path: `${folder}/mintmark.ini`, content: formatPhpIni(bundle) });
  draft.variables.set(name, addIniFolder(draft.sources.env[name], folder, delimiter));
}

/** Later ones win over JAVA_TOOL_OPTIONS (the launcher of Java 9, and every HotSpot). */
const JAVA_OVERRIDES = ['JDK_JAVA_OPTIONS', '_JAVA_OPTIONS'];

function planJava(draft: Draft): void {
  const name = 'JAVA_TOOL_OPTIONS';
  const path = `${draft.folder}/java.jks`;
  const options = ownValue(draft, name) ?? '';
  const own = [name, ...JAVA_OVERRIDES].flatMap((variable) => {
    const store = findTrustStore(ownValue(draft, variable) ?? '');
    return store === undefined || isOurs(draft, store) ? [] : [`${variable} already names the trust store ${store}`];
  });
  const reason = own[0] ?? (isSpeltByLocale(path, draft.sources) ? undefined : LOCALE_REASON);
  if (reason !== undefined) {
    draft.skipped.push({ name, reason });
    return;
  }
  addFile(draft, { path, content: encodeTrustStore(draft) });
  draft.variables.set(name, findTrustStore(options) === path ? options : addTrustStore(options, path));
}

const LOCALE_REASON = "Java can't read a path beyond ASCII where the locale is not UTF-8; set LC_ALL=C.UTF-8";

/** Java finds no file whose name the locale can't spell, and goes back to its own list without a word. */
function isSpeltByLocale(path: string, { env, platform }: Sources): boolean {
  if (platform === 'win32' || platform === 'darwin' || !/[^\0-\x7f]/.test(path)) return true;
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '');
  return /utf-?8/i.test(locale ?? '');
}

/** The system's roots, those of Java's own list and ours. */
function encodeTrustStore(draft: Draft): Uint8Array {
  const { sources, request } = draft;
  const list = javaTrustFiles(sources.env)
    .map((file) => parseJks(sources.readBytes(file) ?? new Uint8Array()))
    .find((entries) => entries !== undefined);
  const trusted = mergeCertificates(
    readBase(draft, 'system'),
    (list ?? []).map(({ certDer }) => certDer),
    request.roots,
  );
  const entries = trusted.map((certDer) => ({ alias: aliasOf(certDer), certDer, createdMs: 0 }));
  return encodeJks(entries, STORE_PASSWORD);
}

const aliasOf = (certDer: Uint8Array): string => shortDigest(Buffer.from(certDer).toString('latin1'));

/** Line breaks and their like, which no list and no configuration file can hold. */
const hasControl = (text: string): boolean => /\p{Cc}/u.test(text);
