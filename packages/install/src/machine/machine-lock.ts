/**
 * @module One process of a Linux machine at a time, whatever its home: a socket in the abstract namespace, which the kernel
 * frees when its holder dies, however it dies. Other systems' tools guard themselves. @see unix(7)
 */
import { installError } from '../install-errors.ts';

const NAME = '\0mintmark-install';
const POLL_MS = 50;
const TIMEOUT_MS = 120_000;

export type MachineLockOptions = {
  /** Of the socket; default the one that all processes share. */
  readonly name?: string;
  /** How long to wait for another process; default 120 s. */
  readonly timeoutMs?: number;
};

/** Waits for the lock; call what it returns when the work is done. @throws MACHINE_BUSY */
export async function lockMachine(options: MachineLockOptions = {}): Promise<() => void> {
  const { name = NAME, timeoutMs = TIMEOUT_MS } = options;
  if (process.platform !== 'linux') return () => {};
  for (const deadline = Date.now() + timeoutMs; ;) {
    const release = await tryLock(name);
    if (release !== undefined) return release;
    if (Date.now() > deadline) throw installError('MACHINE_BUSY', {});
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Undefined while another process has it. Where no such socket can be had at all, work goes on without. */
function tryLock(name: string): Promise<(() => void) | undefined> {
  const { createServer } = process.getBuiltinModule('node:net');
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (cause) => resolve('code' in cause && cause.code === 'EADDRINUSE' ? undefined : () => {}));
    server.listen(name, () => {
      server.unref(); // a process that ends gives it up by ending
      resolve(() => void server.close());
    });
  });
}
