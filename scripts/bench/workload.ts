/** @module A piece of work that can be done many times, and its rate in pieces a second. */

export type Workload = {
  readonly name: string;
  /** How many make a sample of some tenths of a second. */
  readonly batch: number;
  readonly run: (count: number) => void | Promise<void>;
};

const MS_PER_SECOND = 1000;

/** Pieces a second of one batch, by the clock. */
export async function sampleRate({ batch, run }: Workload): Promise<number> {
  const start = performance.now();
  await run(batch);
  return (batch * MS_PER_SECOND) / (performance.now() - start);
}
