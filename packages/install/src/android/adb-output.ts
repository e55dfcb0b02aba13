/** @module What adb and the shell behind it print. Old versions end their lines as Windows does. */

const linesOf = (stdout: string): string[] => stdout.split(/\r*\n/);

/** Serials of emulators that are up and answer, from `adb devices`. */
export function parseEmulators(stdout: string): string[] {
  return linesOf(stdout).flatMap((line) => /^(emulator-\d+)\s+device\b/.exec(line)?.[1] ?? []);
}

/** What `getprop` lists: `[ro.build.version.sdk]: [34]`. */
export function parseProperties(stdout: string): ReadonlyMap<string, string> {
  const found = linesOf(stdout).map((line) => /^\[([^\]]+)\]: \[(.*)\]$/.exec(line));
  return new Map(found.flatMap((match) => (match === null ? [] : [[match[1] ?? '', match[2] ?? '']])));
}

/** Text of each file that `grep . FILE...` found anything in; the paths hold no colon. */
export function parseGreppedFiles(stdout: string): ReadonlyMap<string, string> {
  const files = new Map<string, string>();
  for (const line of linesOf(stdout)) {
    const [, path, text] = /^(\/[^:]+):(.*)$/.exec(line) ?? [];
    if (path !== undefined && text !== undefined) files.set(path, `${files.get(path) ?? ''}${text}\n`);
  }
  return files;
}
