/**
 * @module What a piece of work took: the time on the wall or on the processors, whichever is less. A machine that does other things
 * too makes the one longer, threads of the runtime the other.
 */

/** Begins to count. The function that it returns says the milliseconds since. */
export function startWorkClock(): () => number {
  const started = performance.now();
  const before = process.cpuUsage();
  return () => {
    const { user, system } = process.cpuUsage(before);
    return Math.min(performance.now() - started, (user + system) / 1000);
  };
}
