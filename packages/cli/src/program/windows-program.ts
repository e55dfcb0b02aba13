/**
 * @module How Windows finds a program and runs a batch file. CreateProcess knows neither PATHEXT nor batch files, and cmd.exe reads
 * arguments by rules of its own, so they are quoted the way Rust's standard library does since CVE-2024-24576.
 */
import { statSync } from 'node:fs';
import { win32 } from 'node:path';
import { cliError } from '../cli-errors.ts';

type Env = Readonly<Record<string, string | undefined>>;

export type FileTest = (path: string) => boolean;

const isFileThere: FileTest = (path) => statSync(path, { throwIfNoEntry: false })?.isFile() === true;

const DEFAULT_EXTENSIONS = '.COM;.EXE;.BAT;.CMD';

/** The path of a program by PATH and PATHEXT. The current folder is not searched: what lies there is not what was meant. */
export function findWindowsProgram(
  program: string,
  { env, cwd }: { readonly env: Env; readonly cwd: string },
  isFile: FileTest = isFileThere,
): string | undefined {
  const folders = /[\\/:]/.test(program) ? [cwd] : (env['PATH'] ?? env['Path'] ?? '').split(';');
  const extensions = (env['PATHEXT'] ?? DEFAULT_EXTENSIONS).split(';').filter((extension) => extension !== '');
  const names = [...(win32.extname(program) === '' ? [] : [program]), ...extensions.map((end) => program + end)];
  return folders
    .filter((folder) => folder !== '')
    .flatMap((folder) => names.map((name) => win32.resolve(folder.replaceAll('"', ''), name)))
    .find(isFile);
}

/** How cmd.exe is called for a batch file; undefined for any other program. @throws PROGRAM_NOT_STARTED */
export function planBatch(
  path: string,
  args: readonly string[],
  env: Env,
): { readonly shell: string; readonly args: readonly string[] } | undefined {
  if (!/\.(?:bat|cmd)$/i.test(path)) return undefined;
  if ([path, ...args].some((arg) => /[\0\r\n]/.test(arg)) || path.includes('"'))
    throw cliError('PROGRAM_NOT_STARTED', { program: path, reason: 'a batch file takes no line breaks in arguments' });
  const shell = win32.join(env['SystemRoot'] ?? 'C:\\Windows', 'System32', 'cmd.exe');
  const line = [`"${guardPercent(path)}"`, ...args.map(quoteForBatch)].join(' ');
  return { shell, args: ['/e:ON', '/v:OFF', '/d', '/c', `"${line}"`] };
}

/** Inside quotes only the quote itself and the percent sign mean anything; `%%cd:~,%` leaves one percent sign and nothing else. */
function quoteForBatch(arg: string): string {
  const quoted = arg.replaceAll(/(\\*)"/g, '$1$1""').replace(/\\+$/, '$&$&');
  return `"${guardPercent(quoted)}"`;
}

const guardPercent = (text: string): string => text.replaceAll('%', '%%cd:~,%');
