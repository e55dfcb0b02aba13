/**
 * @module A ceiling on the work that one file may ask for: a hostile one could ask for a million rounds for each of a thousand
 * keys. It is counted before the work is done.
 */
import { coreError } from '../core-errors.ts';
import { MAX_ITERATIONS } from '../node/derivation-cost.ts';

/** GnuTLS and NSS write 600,000 iterations, which triple DES makes 4,200,000 rounds with one key. This is 3 to 8 s. */
const MAX_ROUNDS = 8_000_000;

export class RoundBudget {
  readonly #what: string;
  #spent = 0;
  #repeated = 0;

  constructor(what: string) {
    this.#what = what;
  }

  /**
   * Once for each locked part, before any password is tried on it: what a file costs is not to depend on the password.
   * @param rounds iterations times the blocks of output
   * @throws KEY_TOO_COSTLY
   */
  spend(iterations: number, rounds: number): void {
    this.#spent += rounds;
    if (iterations > MAX_ITERATIONS) this.#refuse(iterations, MAX_ITERATIONS);
    if (this.#spent > MAX_ROUNDS) this.#refuse(this.#spent, MAX_ROUNDS);
  }

  /** For another spelling of the password on the same part. False: too much was tried in vain, so it is a wrong one. */
  canRepeat(rounds: number): boolean {
    this.#repeated += rounds;
    return this.#repeated <= MAX_ROUNDS;
  }

  #refuse(iterations: number, maxIterations: number): never {
    throw coreError('KEY_TOO_COSTLY', { what: this.#what, iterations, maxIterations });
  }
}
