/** @module A connection to a Firefox that was started with --marionette, on loopback: one command after another. */
import { connect, type Socket } from 'node:net';
import { describeError, encodeCommand, parseReceived, type MarionetteAnswer } from './marionette-message.ts';

/** An open connection. */
export type MarionetteConnection = {
  /** Sends a command and resolves with its result. Rejects with Firefox's error, or when the connection ends. */
  readonly send: (name: string, parameters?: Readonly<Record<string, unknown>>) => Promise<unknown>;
  readonly close: () => void;
};

type Waiting = { readonly resolve: (result: unknown) => void; readonly reject: (reason: Error) => void };

const ENDED = 'Firefox closed the connection';

/** Connects to the port that Firefox named. Rejects when nothing listens there. */
export function connectMarionette(port: number): Promise<MarionetteConnection> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    socket.once('error', reject);
    socket.once('connect', () => resolve(createConnection(socket)));
  });
}

function createConnection(socket: Socket): MarionetteConnection {
  const waiting = new Map<number, Waiting>();
  let received: Buffer = Buffer.alloc(0);
  let nextId = 1;
  const failAll = (reason: Error): void => {
    for (const { reject } of waiting.values()) reject(reason);
    waiting.clear();
  };
  socket.on('data', (chunk) => {
    try {
      const { answers, rest } = parseReceived(Buffer.concat([received, chunk]));
      received = rest;
      for (const answer of answers) settle(waiting, answer);
    } catch (cause) {
      socket.destroy();
      failAll(cause instanceof Error ? cause : new Error(ENDED));
    }
  });
  socket.on('error', () => {}); // 'close' follows
  socket.on('close', () => failAll(new Error(ENDED)));
  return {
    send: (name, parameters = {}) =>
      new Promise((resolve, reject) => {
        if (socket.destroyed) return reject(new Error(ENDED));
        const id = nextId++;
        waiting.set(id, { resolve, reject });
        socket.write(encodeCommand(id, name, parameters));
      }),
    close: () => void socket.destroy(),
  };
}

function settle(waiting: Map<number, Waiting>, { id, error, result }: MarionetteAnswer): void {
  const command = waiting.get(id);
  waiting.delete(id);
  if (error === null || error === undefined) command?.resolve(result);
  else command?.reject(new Error(describeError(error)));
}
