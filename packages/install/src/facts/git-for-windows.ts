/**
 * @module Git for Windows, which brings OpenSSL and a list of its own, and follows the Windows store when told to use Schannel
 * (`http.sslBackend`, git-config(1)). Its settings are asked of git itself, because they come from files that include others.
 */
import type { MachineReader } from '../machine/machine.ts';
import type { FactsRequest } from './facts.ts';
import { readWindowsFacts } from './windows.ts';

type GitSetting = { readonly scope: string; readonly key: string; readonly value: string };

export type GitForWindowsFacts = {
  /** Absolute path of git. */
  readonly program: string;
  /** Major and minor number; undefined when git did not say. */
  readonly version: readonly [major: number, minor: number] | undefined;
  /** System's and user's settings, in the order in which later ones win; keys are in lower case. */
  readonly settings: readonly GitSetting[];
  /** The file of the user's settings, when there is none yet. */
  readonly missingConfig: string | undefined;
  /** SHA-256 (hex) of the wanted roots that the Windows store holds. */
  readonly windowsRoots: ReadonlySet<string>;
};

/** Git run as if outside of any repository. */
const OUTSIDE = { GIT_DIR: 'NUL' };

/** Undefined on other systems, and when git is missing or another build (Cygwin's, MSYS2's). */
export async function readGitForWindowsFacts(
  reader: MachineReader,
  request: FactsRequest,
): Promise<GitForWindowsFacts | undefined> {
  if (reader.platform !== 'win32') return undefined;
  const program = reader.findProgram('git');
  if (program === undefined) return undefined;
  const { stdout } = await reader.query({ command: [program, 'version'] });
  const match = /^git version (\d+)\.(\d+)\.\S*\.(?:windows|vfs)\./.exec(stdout);
  if (match === null) return undefined;
  const listed = await reader.query({ command: [program, 'config', '-z', '--show-scope', '--list'], env: OUTSIDE });
  const windows = await readWindowsFacts(reader, request);
  const configs = [`${reader.userFolder}\\.gitconfig`, `${reader.userFolder}\\.config\\git\\config`];
  const isMissing = configs.every((path) => reader.status(path) === undefined);
  return {
    program,
    version: [Number(match[1]), Number(match[2])],
    settings: parseSettings(listed.stdout),
    missingConfig: isMissing && reader.userFolder !== '' ? configs[0] : undefined,
    windowsRoots: new Set((windows?.roots.held ?? []).map(({ sha256Hex }) => sha256Hex)),
  };
}

/** `SCOPE NUL KEY LF VALUE NUL`, again and again; a setting without a value has no line break either, and means true. */
function parseSettings(text: string): GitSetting[] {
  const fields = text.split('\0');
  const settings: GitSetting[] = [];
  for (let at = 0; at + 1 < fields.length; at += 2) {
    const [scope = '', setting = ''] = fields.slice(at, at + 2);
    const end = setting.includes('\n') ? setting.indexOf('\n') : setting.length;
    settings.push({ scope, key: setting.slice(0, end).toLowerCase(), value: setting.slice(end + 1) || 'true' });
  }
  return settings;
}
