/**
 * @module A file system that works on the real disk until its operation number N, and there fails or stops.
 * Stopping stands for `kill -9` at that instant: nothing later reaches the disk. It does not model what a power cut does to
 * data that was never synced.
 */
import type { FileSystem } from '@mintmark/ca-store';
import { Stop } from './stop.ts';

/**
 * What happens at the chosen operation. `errno`: it alone fails; a failing write has written half, as on a full disk.
 * `lasting-errno`: so does every later change, as on a disk that went read-only; reading still works.
 * `stop`: it does not happen, nor does anything after it. `torn-stop`: the same, but a write has written half.
 */
export type Fault =
  | { readonly kind: 'errno' | 'lasting-errno'; readonly code: string }
  | { readonly kind: 'stop' | 'torn-stop' };

type FaultyFileSystem = {
  readonly fs: FileSystem;
  /** The operation that the fault hit, such as `rename`; undefined while none was hit. */
  readonly hit: () => string | undefined;
};

type Operation = keyof FileSystem;
type AnyOperation = (...args: unknown[]) => unknown;

const OPENING: ReadonlySet<Operation> = new Set(['createFile', 'openAppend', 'openFolder']);
const READING: ReadonlySet<Operation> = new Set([
  'readFile',
  'readLastByte',
  'status',
  'readFolder',
  'openFolder',
  'close',
]);

class FaultInjector {
  hit: Operation | undefined;
  private count = 0;
  private readonly openFiles = new Set<number>();
  private readonly inner: FileSystem;
  private readonly at: number;
  private readonly fault: Fault;

  constructor(inner: FileSystem, { at, fault }: { at: number; fault: Fault }) {
    this.inner = inner;
    this.at = at;
    this.fault = fault;
  }

  run(operation: Operation, args: unknown[]): unknown {
    const isHere = this.count++ === this.at;
    if (isHere) this.hit = operation;
    if (isHere || (this.hit !== undefined && this.isLastingFor(operation))) return this.fail(operation, args, isHere);
    return this.pass(operation, args);
  }

  private isLastingFor(operation: Operation): boolean {
    return this.isStop() || (this.fault.kind === 'lasting-errno' && !READING.has(operation));
  }

  private isStop(): boolean {
    return this.fault.kind === 'stop' || this.fault.kind === 'torn-stop';
  }

  private pass(operation: Operation, args: unknown[]): unknown {
    const result = (this.inner[operation] as AnyOperation)(...args);
    if (OPENING.has(operation)) this.openFiles.add(result as number);
    if (operation === 'close') this.openFiles.delete(args[0] as number);
    return result;
  }

  private fail(operation: Operation, args: unknown[], isHere: boolean): never {
    const [fd, bytes] = args as [number, Uint8Array];
    if (operation === 'write' && isHere && this.fault.kind !== 'stop')
      this.inner.write(fd, bytes.subarray(0, bytes.length / 2));
    if (operation === 'close' && this.openFiles.delete(fd)) this.inner.close(fd); // a failing close(2) closes all the same
    if (!this.isStop()) throw errnoError(this.fault, operation);
    for (const open of this.openFiles) this.inner.close(open); // the kernel does so for a dead process
    this.openFiles.clear();
    throw new Stop(operation);
  }
}

function errnoError(fault: Fault, operation: Operation): Error {
  const code = 'code' in fault ? fault.code : '';
  return Object.assign(new Error(`${code}: injected, ${operation}`), { code, syscall: operation });
}

/** Wraps `inner`; the operation with index `at` (from 0) meets the fault. */
export function createFaultyFileSystem(inner: FileSystem, plan: { at: number; fault: Fault }): FaultyFileSystem {
  const injector = new FaultInjector(inner, plan);
  const operations = Object.keys(inner) as Operation[];
  const entries = operations.map((operation) => [operation, (...args: unknown[]) => injector.run(operation, args)]);
  return { fs: Object.fromEntries(entries) as FileSystem, hit: () => injector.hit };
}
