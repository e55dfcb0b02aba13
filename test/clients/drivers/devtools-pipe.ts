/**
 * @module Chromium's DevTools protocol over two pipes (`--remote-debugging-pipe`): JSON messages that end with a zero byte, requests on the
 * browser's descriptor 3, answers on its descriptor 4.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import type { Readable, Writable } from 'node:stream';
import { killProcessGroup, scrubbedEnvironment } from '../../programs/run.ts';

type Answer = Readonly<Record<string, unknown>>;

interface Waiting {
  resolve(answer: Answer): void;
  reject(cause: Error): void;
}

export interface Command {
  readonly method: string;
  readonly params?: Readonly<Record<string, unknown>>;
  readonly sessionId?: string;
}

export class DevtoolsPipe {
  readonly #child: ChildProcess;
  readonly #waiting = new Map<number, Waiting>();
  #nextId = 1;
  #unread = '';
  #stderr = '';

  constructor(command: readonly string[], env: Readonly<Record<string, string>>) {
    const [program = '', ...args] = command;
    const stdio = ['ignore', 'ignore', 'pipe', 'pipe', 'pipe'] as const;
    this.#child = spawn(program, args, { env: scrubbedEnvironment(env), detached: true, stdio: [...stdio] });
    this.#child.stderr?.on('data', (chunk: Buffer) => (this.#stderr += chunk.toString()));
    (this.#child.stdio[4] as Readable).setEncoding('utf8').on('data', (text: string) => this.#read(text));
    (this.#child.stdio[3] as Writable).on('error', () => {});
    this.#child.on('error', (cause) => this.#failAll(cause));
    this.#child.on('exit', () => this.#failAll(new Error(`the browser ended\n${this.#stderr}`)));
  }

  /** Sends a command and waits for its result. @throws Error when the browser says it failed, or is silent for 20 s */
  send(command: Command): Promise<Answer> {
    const id = this.#nextId++;
    return new Promise((resolve, reject) => {
      const late = setTimeout(() => reject(new Error(`no answer to ${command.method}\n${this.#stderr}`)), 20_000);
      this.#waiting.set(id, {
        resolve: (answer) => (clearTimeout(late), resolve(answer)),
        reject: (cause) => (clearTimeout(late), reject(cause)),
      });
      (this.#child.stdio[3] as Writable).write(`${JSON.stringify({ id, ...command })}\0`);
    });
  }

  async close(): Promise<void> {
    const ended = new Promise((done) => this.#child.once('exit', done));
    killProcessGroup(this.#child.pid);
    if (this.#child.exitCode === null && this.#child.signalCode === null) await ended;
  }

  #read(text: string): void {
    const messages = (this.#unread + text).split('\0');
    this.#unread = messages.pop() ?? '';
    for (const message of messages) this.#settle(JSON.parse(message) as Answer);
  }

  #settle(message: Answer): void {
    const waiting = this.#waiting.get(Number(message['id']));
    if (waiting === undefined) return; // An event: nobody waits for those.
    this.#waiting.delete(Number(message['id']));
    const { error, result } = message;
    if (error === undefined) waiting.resolve((result ?? {}) as Answer);
    else waiting.reject(new Error(JSON.stringify(error)));
  }

  #failAll(cause: Error): void {
    for (const { reject } of this.#waiting.values()) reject(cause);
    this.#waiting.clear();
  }
}
