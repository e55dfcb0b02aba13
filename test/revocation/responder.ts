/** @module The responder as a user runs it: started, asked by programs of others or by hand, and stopped by a signal. */
import { spawn } from 'node:child_process';
import type { Desk } from '../cli/desk.ts';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';

export type Responder = {
  readonly url: string;
  readonly port: number;
  /** What it said until now. */
  readonly said: () => string;
  /** Sends the signal and waits for the end. */
  readonly stop: (signal?: NodeJS.Signals) => Promise<number | null>;
};

/** On a free port of 127.0.0.1, unless the words say otherwise. @throws Error with what it said when it does not start */
export function startResponder(desk: Desk, words: readonly string[] = []): Promise<Responder> {
  const listen = words.includes('--listen') ? [] : ['--listen', '127.0.0.1:0'];
  const child = spawn(process.execPath, [MINTMARK_BIN, 'ocsp', 'serve', '--json', ...listen, ...words], {
    cwd: desk.folder,
    env: scrubbedEnvironment({ MINTMARK_HOME: desk.home }),
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [printed, talk] = ['', ''];
  const ended = new Promise<number | null>((resolve) => child.once('exit', (code) => resolve(code)));
  const stop = (signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> => {
    child.kill(signal);
    const timer = setTimeout(() => killProcessGroup(child.pid), 10_000);
    return ended.finally(() => clearTimeout(timer));
  };
  child.stderr.on('data', (chunk: Buffer) => (talk += chunk.toString()));
  return new Promise((resolve, reject) => {
    void ended.then((code) => reject(new Error(`the responder ended with ${String(code)}: ${printed}${talk}`)));
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const url = /"url": "(http:[^"]+:(\d+)\/)"/.exec(printed);
      if (url !== null) resolve({ url: url[1] ?? '', port: Number(url[2]), said: () => printed + talk, stop });
    });
  });
}
