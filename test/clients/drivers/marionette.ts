/**
 * @module Firefox's own remote protocol (Marionette) over TCP: `LENGTH:JSON` messages, a command is `[0, id, name, parameters]` and its
 * answer `[1, id, error, result]`. Enough of it to load pages and hear why one was refused.
 */
import { connect, type Socket } from 'node:net';

type Settle = (error: unknown, result: unknown) => void;

export class Marionette {
  readonly #socket: Socket;
  readonly #waiting = new Map<number, Settle>();
  #unread = Buffer.alloc(0);
  #nextId = 1;

  private constructor(socket: Socket) {
    this.#socket = socket;
    socket.on('data', (chunk) => this.#read(chunk));
    socket.on('error', () => {});
    socket.on('close', () => this.#failAll());
  }

  /** Connects to a Firefox that is still starting: tries until it listens. @throws Error after `patienceMs` */
  static async connect(port: number, patienceMs: number): Promise<Marionette> {
    const deadline = Date.now() + patienceMs;
    for (;;) {
      const socket = await tryConnect(port);
      if (socket !== undefined) return new Marionette(socket);
      if (Date.now() > deadline) throw new Error(`Firefox does not listen on port ${port}`);
      await new Promise((later) => setTimeout(later, 100));
    }
  }

  /** Sends a command. Resolves with the error Firefox reports, or undefined when it succeeded. */
  send(name: string, parameters: Readonly<Record<string, unknown>>): Promise<string | undefined> {
    const id = this.#nextId++;
    return new Promise((resolve) => {
      this.#waiting.set(id, (error) => resolve(error === null ? undefined : JSON.stringify(error)));
      const message = JSON.stringify([0, id, name, parameters]);
      this.#socket.write(`${Buffer.byteLength(message)}:${message}`);
    });
  }

  close(): void {
    this.#socket.destroy();
  }

  #read(chunk: Buffer): void {
    this.#unread = Buffer.concat([this.#unread, chunk]);
    for (;;) {
      const colon = this.#unread.indexOf(':');
      const length = Number(this.#unread.subarray(0, Math.max(colon, 0)).toString());
      if (colon < 0 || this.#unread.length < colon + 1 + length) return;
      const message: unknown = JSON.parse(this.#unread.subarray(colon + 1, colon + 1 + length).toString());
      this.#unread = this.#unread.subarray(colon + 1 + length);
      if (Array.isArray(message)) this.#settle(message); // The greeting is an object, and needs no answer.
    }
  }

  #settle([, id, error, result]: readonly unknown[]): void {
    const settle = this.#waiting.get(Number(id));
    this.#waiting.delete(Number(id));
    settle?.(error, result);
  }

  #failAll(): void {
    for (const settle of this.#waiting.values()) settle('Firefox closed the connection', undefined);
    this.#waiting.clear();
  }
}

function tryConnect(port: number): Promise<Socket | undefined> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('connect', () => resolve(socket));
    socket.once('error', () => resolve(undefined));
  });
}
