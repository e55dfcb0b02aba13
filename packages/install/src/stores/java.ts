/**
 * @module Java's trust stores, one place for each `cacerts` that runtimes read. keytool writes into the file in place: its mode, its
 * owner and links to it stay as they are.
 */
import type { TrustAnchor } from '../anchor.ts';
import type { Facts } from '../facts/facts.ts';
import { JAVA_PASSWORD, KEYTOOL_LOCALE, KEYTOOL_OPTIONS, type JavaKeystore } from '../facts/java.ts';
import { formatStep } from '../plan/format-step.ts';
import { INPUT_FILE, type RunStep, type Step } from '../plan/steps.ts';
import type { PlaceView, Store, StoreView } from './store.ts';

/** Fed by the hook of Debian's system store. */
const DEBIAN_KEYSTORE = '/etc/ssl/certs/java/cacerts';

export const javaStore: Store = { id: 'java', view: viewJava };

function viewJava(facts: Facts, anchor: TrustAnchor): StoreView | undefined {
  const keystores = facts.java?.keystores ?? [];
  if (keystores.length === 0) return undefined;
  const labels = keystores.map((keystore) => labelOf(keystore, facts));
  const places = keystores.map((keystore, at): PlaceView => {
    const label = labels[at] ?? keystore.path;
    const isAlone = labels.filter((other) => other === label).length === 1;
    const common = { id: keystore.path, label: isAlone ? label : `${label} in ${shorten(keystore.path, facts)}` };
    return { ...common, ...viewKeystore(keystore, facts, anchor) };
  });
  return { id: 'java', name: 'Java', clients: ['Java'], places };
}

const shorten = (path: string, { userFolder }: Facts): string =>
  userFolder !== '' && path.startsWith(`${userFolder}/`) ? `~${path.slice(userFolder.length)}` : path;

function labelOf(keystore: JavaKeystore, facts: Facts): string {
  const names = keystore.names.join(', ') || shorten(keystore.path, facts);
  return keystore.isSubstitute ? `${names} (jssecacerts)` : names;
}

type KeystoreView = Omit<PlaceView, 'id' | 'label'>;

function viewKeystore(keystore: JavaKeystore, facts: Facts, anchor: TrustAnchor): KeystoreView {
  const typed = formatStep(planImport(keystore, anchor, { password: undefined, isFileThere: true }), elevatorOf(facts));
  const refusal = refuse(keystore, typed, facts);
  const aliases = findAliases(keystore, facts, anchor);
  const steps = aliases.map((alias) => planRemoval(keystore, alias));
  const isChangeable = keystore.keytool !== undefined && !keystore.isFixed;
  const uninstall =
    steps.length === 0 || !isChangeable ? [] : [{ name: 'keytool', steps: [requireSpace(keystore), ...steps] }];
  if (keystore.entries.some(({ sha256Hex }) => sha256Hex === anchor.sha256Hex))
    return {
      state: 'trusted',
      install: [],
      uninstall,
      ...(isChangeable ? tellOfPassword(keystore, steps, facts) : refusal),
    };
  if (refusal !== undefined) return { state: 'unavailable', ...refusal, install: [], uninstall };
  const words = isProtectedByWindows(keystore, facts) ? { hint: 'type it in a terminal opened as administrator' } : {};
  if (isFedSoon(keystore, facts, anchor))
    return { state: 'absent', detail: 'the system store hands it on', install: [], uninstall };
  const isFileThere = facts.java?.rootFiles.has(anchor.sha256Hex) === true;
  const install = [
    {
      name: 'keytool',
      steps: [requireSpace(keystore), planImport(keystore, anchor, { password: keystore.password, isFileThere })],
    },
  ];
  return { state: 'absent', ...words, install, uninstall };
}

/** keytool, asked for a password that nobody types, gives up with exit code 0: these words stand in the report then. */
function tellOfPassword(
  { password }: JavaKeystore,
  steps: readonly RunStep[],
  facts: Facts,
): { readonly detail?: string; readonly hint?: string } {
  const [first] = steps;
  if (password !== undefined || first === undefined) return {};
  const typed = formatStep(first, elevatorOf(facts));
  return {
    detail: 'its password is not the usual one',
    hint: `to take the root out, type this and its password: ${typed}`,
  };
}

const elevatorOf = (facts: Facts): string => (facts.isRoot ? '' : (facts.elevation?.name ?? 'sudo'));

/** Why nothing can be put in; undefined when it can. */
function refuse(
  keystore: JavaKeystore,
  typed: string,
  facts: Facts,
): { readonly detail: string; readonly hint: string } | undefined {
  const byEnvironment = 'run programs with the root alone: mintmark exec -- CMD';
  if (keystore.isFixed) return { detail: `${keystore.path} is read-only`, hint: byEnvironment };
  if (keystore.keytool === undefined) return { detail: 'no keytool to change it with', hint: byEnvironment };
  if (keystore.isDamaged && keystore.path === DEBIAN_KEYSTORE) {
    const elevator = facts.isRoot ? '' : `${elevatorOf(facts)} `;
    // The hook that found it so has left its package half configured.
    const commands = [`rm ${keystore.path}`, 'dpkg --configure -a', 'update-ca-certificates --fresh'];
    const hint = `make it anew: ${commands.map((command) => elevator + command).join(' && ')}`;
    return { detail: 'it is half written', hint };
  }
  if (keystore.password !== undefined) return undefined;
  const detail = keystore.isOpen
    ? 'its password is not the usual one'
    : 'it is encrypted with another password, or damaged';
  return { detail, hint: `to put the root in, type this and its password: ${typed}` };
}

/** Debian's hook takes its own entries out with the system's, and a second look finds what is left. */
function findAliases({ path, entries }: JavaKeystore, { linux, java }: Facts, anchor: TrustAnchor): string[] {
  const link = `/${anchor.fileStem}.pem`;
  const isHandled =
    path === DEBIAN_KEYSTORE &&
    java?.isDebianFed === true &&
    linux?.javaHook !== undefined &&
    linux.links.some((known) => known.path.endsWith(link));
  return entries
    .filter(({ sha256Hex }) => sha256Hex === anchor.sha256Hex)
    .map(({ alias }) => alias)
    .filter((alias) => !isHandled || alias !== `debian:${anchor.fileStem}.pem`);
}

/** In a plan for both stores, the system's comes first and its hook does the work. */
const isFedSoon = ({ path }: JavaKeystore, { linux, java }: Facts, anchor: TrustAnchor): boolean =>
  path === DEBIAN_KEYSTORE &&
  java?.isDebianFed === true &&
  linux?.javaHook !== undefined &&
  linux.command !== undefined &&
  !linux.bundled.has(anchor.sha256Hex);

/** Whether a process is elevated can't be read from a file there. */
const isProtectedByWindows = ({ path }: JavaKeystore, { platform }: Facts): boolean =>
  platform === 'win32' && /^[a-z]:\\program files/i.test(path);

/** More than any store of roots: keytool empties the file before it writes, and a full disk would leave half of it. */
const SPACE_BYTES = 4 * 1024 * 1024;

const requireSpace = ({ path }: JavaKeystore): Step => ({
  kind: 'require-space',
  path,
  bytes: SPACE_BYTES,
});

/** When the root's file is gone, keytool is handed the root on its stdin. */
function planImport(
  keystore: JavaKeystore,
  anchor: TrustAnchor,
  { password, isFileThere }: { password: string | undefined; isFileThere: boolean },
): RunStep {
  const file = isFileThere ? ['-file', anchor.certFile] : [];
  const work = ['-importcert', '-noprompt', '-trustcacerts', '-alias', anchor.fileStem, ...file];
  const step = planKeytool(keystore, work, password);
  return isFileThere ? step : { ...step, stdin: anchor.certPem };
}

const planRemoval = (keystore: JavaKeystore, alias: string): RunStep =>
  planKeytool(keystore, ['-delete', '-alias', alias], keystore.password);

/** Without a password keytool asks for it. */
function planKeytool(keystore: JavaKeystore, work: readonly string[], password: string | undefined): RunStep {
  const isSecret = password !== undefined && password !== JAVA_PASSWORD;
  const storepass = isSecret ? ['-storepass:file', INPUT_FILE] : ['-storepass', JAVA_PASSWORD];
  const named = [...KEYTOOL_OPTIONS, ...work, '-keystore', keystore.path];
  const isPlain = [...named, password ?? ''].every((word) => /^[\x20-\x7e]*$/.test(word));
  return {
    kind: 'run',
    command: [keystore.keytool ?? 'keytool', ...named, ...(password === undefined ? [] : storepass)],
    ...(isPlain ? {} : { env: { LC_ALL: KEYTOOL_LOCALE } }),
    ...(isSecret ? { inputText: password } : {}),
    ...(keystore.isWritable ? {} : { root: true }),
  };
}
