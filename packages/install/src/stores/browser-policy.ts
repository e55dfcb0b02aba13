/**
 * @module Browser policies as a way to trust a root: machine-wide, by root's rights, and in force for profiles that do not exist
 * yet. They also make the browser say that it is managed, so they come after all other ways.
 */
import { posix } from 'node:path';
import { formatBase64 } from '@mintmark/ca-core';
import type { TrustAnchor } from '../anchor.ts';
import type { ChromiumPolicy } from '../facts/chromium-policies.ts';
import type { EditableFile } from '../facts/editable-file.ts';
import type { FirefoxPolicy } from '../facts/firefox-policies.ts';
import { digestOfBase64, formatCaCertificates, parseCaCertificates } from '../nss/chromium-policy.ts';
import { addInstalledFile, isSamePolicy, NO_POLICIES, removeInstalledFiles } from '../nss/firefox-policy.ts';
import type { Route, Step, WriteFileStep } from '../plan/steps.ts';

const FILE_MODE = 0o644;
const FOLDER_MODE = 0o755;

const makeFolder = (path: string): Step => ({ kind: 'make-folder', path, mode: FOLDER_MODE, root: true });
const removeFile = (path: string): Step => ({ kind: 'remove-file', path, root: true });

/** Where it really lies and with its mode: an administrator's link and an administrator's rights stay. */
const writeFile = ({ writePath, mode = FILE_MODE }: EditableFile, text: string): WriteFileStep => ({
  kind: 'write-file',
  path: writePath,
  text,
  mode,
  root: true,
});

/** Folders above the file that we made go when they are empty, innermost first. */
function removeFolders(file: string, created: ReadonlySet<string>): Step[] {
  const steps: Step[] = [];
  for (let path = posix.dirname(file); path !== '/' && path !== '.'; path = posix.dirname(path))
    if (created.has(path)) steps.push({ kind: 'remove-folder', path, root: true });
  return steps;
}

/** Firefox reads the certificate from a file beside the policy, which its snap may read too. */
const firefoxCertFile = ({ path }: FirefoxPolicy, { fileStem }: TrustAnchor): string =>
  posix.join(posix.dirname(path), `${fileStem}.pem`);

/** Undefined when a policy file stands there that can't be read or understood. */
export function planFirefoxPolicy(policy: FirefoxPolicy, anchor: TrustAnchor): Route | undefined {
  if (policy.file.isUnreadable) return undefined;
  const certFile = firefoxCertFile(policy, anchor);
  // Our file hides the one that the installation brings, so what that says is carried over.
  const text = addInstalledFile(policy.file.text ?? policy.distributionText ?? NO_POLICIES, certFile);
  if (text === undefined) return undefined;
  const steps: Step[] = [
    ...policy.missingFolders.map(makeFolder),
    { kind: 'write-file', path: certFile, text: anchor.certPem, mode: FILE_MODE, sameAs: anchor.certFile, root: true },
    // Without a look at what it replaces: the same route may serve several profiles, one after the other.
    writeFile(policy.file, text),
  ];
  return { name: 'policy', steps };
}

/** Takes out our value, our file, and what we made for them. Undefined when there is nothing. */
export function planFirefoxPolicyRemoval(
  policy: FirefoxPolicy,
  anchor: TrustAnchor,
  created: ReadonlySet<string>,
): Route | undefined {
  const values = policy.installed.filter(({ sha256Hex }) => sha256Hex === anchor.sha256Hex).map(({ value }) => value);
  const files = policy.files.filter(({ sha256Hex }) => sha256Hex === anchor.sha256Hex).map(({ path }) => path);
  // A value whose file is gone is told by the file's name, which is made from the digest.
  const named = (policy.file.text ?? '').includes(firefoxCertFile(policy, anchor))
    ? [firefoxCertFile(policy, anchor)]
    : [];
  const edit = planValueRemoval(policy, [...values, ...named], created);
  const steps = [...edit, ...files.map(removeFile)];
  return steps.length === 0 ? undefined : { name: 'policy', steps: [...steps, ...removeFolders(policy.path, created)] };
}

function planValueRemoval(
  { path, file, distributionText }: FirefoxPolicy,
  values: readonly string[],
  created: ReadonlySet<string>,
): Step[] {
  const { text, textSha256Hex, isLink } = file;
  if (text === undefined || textSha256Hex === undefined || values.length === 0) return [];
  const left = removeInstalledFiles(text, values);
  if (left === undefined) return [];
  // A link is somebody's who manages what is behind it, whatever we made at its place before.
  if (created.has(path) && !isLink && isSamePolicy(left, distributionText ?? NO_POLICIES)) return [removeFile(path)];
  return [{ ...writeFile(file, left), replacesSha256Hex: textSha256Hex }];
}

/** Undefined where a policy of somebody else's would be overruled, or overrule ours. */
export function planChromiumPolicies(policies: readonly ChromiumPolicy[], anchor: TrustAnchor): Route | undefined {
  if (policies.length === 0) return undefined;
  if (policies.some(({ isTakenByOthers, file }) => isTakenByOthers || file.isUnreadable)) return undefined;
  const steps = policies
    .filter(({ roots }) => !roots.has(anchor.sha256Hex))
    .flatMap((policy): Step[] => {
      const values = [...(parseCaCertificates(policy.file.text ?? '') ?? []), formatBase64(anchor.certDer)];
      return [...policy.missingFolders.map(makeFolder), writeFile(policy.file, formatCaCertificates(values))];
    });
  return { name: 'policy', steps };
}

/** Our file goes with its last root. */
export function planChromiumPolicyRemoval(
  { path, file }: ChromiumPolicy,
  anchor: TrustAnchor,
  created: ReadonlySet<string>,
): Route {
  const values = parseCaCertificates(file.text ?? '') ?? [];
  const left = values.filter((value) => digestOfBase64(value) !== anchor.sha256Hex);
  const steps: Step[] =
    left.length === 0
      ? [removeFile(path), ...removeFolders(path, created)]
      : [writeFile(file, formatCaCertificates(left))];
  return { name: 'policy', steps };
}
