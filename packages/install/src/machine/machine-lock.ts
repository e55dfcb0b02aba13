/**
 * @module One process of a Linux machine at a time, whatever its home: a socket in the abstract namespace, which the kernel
 * frees when its holder dies, however it dies. Other systems' tools guard themselves. @see unix(7)
 */
import { installError } from '../install-errors.ts';

const NAME = '\0mintmark-install';
const POLL_MS = 50;
const TIMEOUT_MS = 120_000;

/** Waits for the lock; call what it returns when the work is done. @throws MACHINE_BUSY */
export async function lockMachine(): Promise<() => void> {
  if (process.platform !== 'linux') return () => {};
  for (const deadline = Date.now() + TIMEOUT_MS; ;) {
    const release = await tryLock();
    if (release !== undefined) return release;
    if (Date.now() > deadline) throw installError('MACHINE_BUSY', {});
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** Undefined while another process has it. Where no such socket can be had at all, work goes on without. */
function tryLock(): Promise<(() => void) | undefined> {
  const { createServer } = process.getBuiltinModule('node:net');
  return new Promise((resolve) => {
    const server = createServer((socket) => socket.destroy());
    server.once('error', (cause) => resolve('code' in cause && cause.code === 'EADDRINUSE' ? undefined : () => {}));
    server.listen(NAME, () => {
      server.unref(); // a process that ends gives it up by ending
      resolve(() => void server.close());
    });
  });
}
