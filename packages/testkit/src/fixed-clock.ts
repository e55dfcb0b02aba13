/** @module A clock that moves only when a test says so. */

/** Noon UTC of a day without leap seconds or daylight saving anywhere near. */
export const FIXED_NOW = new Date('2026-03-03T12:00:00Z');

type FixedClock = { readonly nowMs: () => number };

/** Starts at `FIXED_NOW`; every reading moves it on by `stepMs`, so that loops that wait for a deadline end. */
export function createFixedClock(stepMs: number): FixedClock {
  let ms = FIXED_NOW.getTime();
  return { nowMs: () => (ms += stepMs) };
}
