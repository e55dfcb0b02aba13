/**
 * @module The built program on a real pseudo-terminal, with a person who waits for a text and then types.
 */
import { fileURLToPath } from 'node:url';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath } from '../programs/program.ts';
import { runOrThrow, scrubbedEnvironment } from '../programs/run.ts';
import type { Desk } from './desk.ts';

const DRIVER = fileURLToPath(new URL('drive-terminal.py', import.meta.url));

/** When this text has appeared, this is typed. */
type Step = readonly [wait: string, type: string];

export interface TerminalOptions {
  readonly steps?: readonly Step[];
  readonly env?: Readonly<Record<string, string>>;
  /** Sends stdout to this file instead, as `> file` does. */
  readonly stdout?: string;
  /** The same for stderr. */
  readonly stderr?: string;
}

export interface Screen {
  /** null when it still waited after the time limit. */
  readonly exitCode: number | null;
  /** Everything the terminal showed, escape sequences included. */
  readonly screen: string;
}

const TIMEOUT_SECONDS = 20;

/** What the machine that runs the tests may have set and a person at a terminal has not. */
const UNSET = { CI: undefined, NO_COLOR: undefined, FORCE_COLOR: undefined, CONTINUOUS_INTEGRATION: undefined };

/** Runs `mintmark WORDS` on a terminal. */
export async function onTerminal(desk: Desk, words: readonly string[], options: TerminalOptions = {}): Promise<Screen> {
  const task = {
    command: [process.execPath, MINTMARK_BIN, ...words],
    cwd: desk.folder,
    env: scrubbedEnvironment({ ...UNSET, TERM: 'xterm-256color', MINTMARK_HOME: desk.home, ...options.env }),
    steps: options.steps ?? [],
    files: { 1: options.stdout ?? null, 2: options.stderr ?? null },
    timeout: TIMEOUT_SECONDS,
  };
  const { stdout } = await runOrThrow([programPath('python3'), '-I', DRIVER], { input: JSON.stringify(task) });
  return JSON.parse(stdout) as Screen;
}
