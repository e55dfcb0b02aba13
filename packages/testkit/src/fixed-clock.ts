/** @module A clock that moves only when a test says so. */

/** Noon UTC of a day without leap seconds or daylight saving anywhere near. */
export const FIXED_NOW = new Date('2026-03-03T12:00:00Z');

export type FixedClock = { readonly nowMs: () => number; readonly advance: (ms: number) => void };

/** Starts at `FIXED_NOW`. With `stepMs`, every reading moves it on, so that loops that wait for a deadline end. */
export function createFixedClock(stepMs = 0): FixedClock {
  let ms = FIXED_NOW.getTime();
  return {
    nowMs: () => (ms += stepMs),
    advance: (by) => {
      ms += by;
    },
  };
}
