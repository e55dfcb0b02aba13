/** @module A progress bar on stderr, on a terminal only, drawn over itself and gone when the work is done. */
import type { Context } from '../command.ts';

export type Progress = { readonly show: (done: number) => void; readonly clear: () => void };

const BAR_CELLS = 30;

/** Silent without a terminal and under --quiet and --json. */
export function createProgress(context: Context, total: number): Progress {
  const { io, isTalking } = context;
  if (!isTalking || !io.isTerminal.stderr || io.env['TERM'] === 'dumb') return { show: () => {}, clear: () => {} };
  return {
    show: (done) => {
      const filled = Math.round((done / total) * BAR_CELLS);
      io.stderr(`\r  ${'#'.repeat(filled)}${'.'.repeat(BAR_CELLS - filled)}  ${done} of ${total}`);
    },
    clear: () => io.stderr('\r\u001b[K'),
  };
}
