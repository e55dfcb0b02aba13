/**
 * @module Looks after the files of a server's certificate, and hands the server what may take the old one's place: a whole pair, of which
 * nothing moves any more and whose dates are right. Whatever else it finds, the server goes on with what it has.
 */
import type { X509Certificate } from 'node:crypto';
import { isCaError, type CaError } from '@mintmark/ca-core';
import { devError } from './dev-errors.ts';
import { FolderWatch } from './folder-watch.ts';
import { readServedFiles, readServedFilesLater, type FileContents, type ServedFiles } from './served-files.ts';
import { digestContents, parseServedPair, toUnusable, type ServedPair } from './served-pair.ts';

export type KeeperOptions = {
  readonly files: ServedFiles;
  /** Puts the pair into the server. Throws for one that OpenSSL won't serve; then the old one stays. */
  readonly serve: (pair: ServedPair) => void;
  /** The server shows this certificate from now on. */
  readonly onRenewed: (certificate: X509Certificate) => void;
  /** What is in the files can't be served, or what is served is out of date. Each is told once. */
  readonly onFault: (fault: CaError) => void;
};

/** The files at a moment: what they hold, or why nobody can tell. `digest` tells one state from another. */
type State = { readonly digest: string; readonly contents?: FileContents; readonly fault?: CaError };
/** What a state is good for. */
type Verdict = { readonly digest: string; readonly pair?: ServedPair; readonly fault?: CaError };

/** What is wrong as long as it is met, and was told or not. */
type Trouble = { readonly fault: CaError; readonly since: number; isTold: boolean };

const SETTLE_MS = 60; // what stood still for so long is not being written
const POLL_MS = 1000; // where no change is told
const GRACE_MS = 1000; // a pair is replaced by several renames: a fault is what lasts longer
const START_TRIES = 10;
const START_PAUSE_MS = 20;

export class CertificateKeeper {
  readonly #options: KeeperOptions;
  #certificate: X509Certificate;
  #servedDigest: string;
  #verdict: Verdict;
  /** The state that was met last; it counts when it is met twice. */
  #metDigest = '';
  #troubles: ReadonlyMap<string, Trouble> = new Map();
  #watch: FolderWatch | undefined;
  #timer: NodeJS.Timeout | undefined;
  #due = 0;
  #isLooking = false;

  /** Serves what is in the files, out of date or not. @throws SERVED_* */
  constructor(options: KeeperOptions) {
    this.#options = options;
    const { digest, pair } = readAtStart(options.files);
    this.#put(pair);
    this.#certificate = pair.certificate;
    this.#verdict = { digest, pair };
    this.#servedDigest = digest;
  }

  get certificate(): X509Certificate {
    return this.#certificate;
  }

  /** Begins to look. Neither timers nor watches keep the process alive. */
  start(): void {
    if (this.#watch !== undefined) return;
    this.#watch = new FolderWatch(this.#options.files.paths, () => this.#schedule(SETTLE_MS));
    this.#schedule(0);
  }

  stop(): void {
    this.#watch?.close();
    this.#watch = undefined;
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }

  /** The sooner of two looks stands, so that a folder in which much happens holds none off. */
  #schedule(delayMs: number): void {
    const due = performance.now() + delayMs;
    if (this.#watch === undefined || (this.#timer !== undefined && this.#due <= due)) return;
    clearTimeout(this.#timer);
    this.#due = due;
    this.#timer = setTimeout(() => void this.#look(), delayMs).unref();
  }

  async #look(): Promise<void> {
    this.#timer = undefined;
    if (this.#isLooking) return this.#schedule(SETTLE_MS);
    this.#isLooking = true;
    const watch = this.#watch;
    // Before the files are read, so that no change falls in between.
    await watch?.refresh();
    const state = await readState(this.#options.files);
    this.#isLooking = false;
    if (watch !== undefined && watch === this.#watch) this.#schedule(this.#consider(state));
  }

  /** Returns after how many milliseconds to look again. */
  #consider(state: State): number {
    if (state.digest !== this.#metDigest) {
      this.#metDigest = state.digest;
      return SETTLE_MS;
    }
    if (state.digest !== this.#verdict.digest) this.#verdict = judge(state, this.#options.files);
    const { pair } = this.#verdict;
    const fault = this.#verdict.fault ?? findDateFault(pair?.certificate, this.#file);
    if (fault !== undefined) return this.#report(fault, state.digest);
    this.#troubles = new Map();
    return pair !== undefined && state.digest !== this.#servedDigest ? this.#serve(pair, state.digest) : POLL_MS;
  }

  #put(pair: ServedPair): void {
    try {
      this.#options.serve(pair);
    } catch (cause) {
      throw toUnusable(this.#options.files, cause);
    }
  }

  #serve(pair: ServedPair, digest: string): number {
    try {
      this.#put(pair);
    } catch (cause) {
      if (!isCaError(cause)) throw cause;
      this.#verdict = { digest, fault: cause };
      return this.#report(cause, digest);
    }
    this.#servedDigest = digest;
    this.#certificate = pair.certificate;
    this.#options.onRenewed(pair.certificate);
    return POLL_MS;
  }

  get #file(): string {
    return this.#options.files.paths[0] ?? '';
  }

  /** While the files are no good, what is served may come to its end. */
  #report(fault: CaError, digest: string): number {
    const ended = digest === this.#servedDigest ? undefined : findDateFault(this.#certificate, this.#file, false);
    const met = [
      [`${fault.code} ${digest}`, fault] as const,
      ...(ended === undefined ? [] : [['ended', ended] as const]),
    ];
    const now = performance.now();
    this.#troubles = new Map(
      met.map(([id, one]) => [id, this.#troubles.get(id) ?? { fault: one, since: now, isTold: false }]),
    );
    let delayMs = POLL_MS;
    for (const trouble of this.#troubles.values()) {
      if (trouble.isTold) continue;
      const remaining = trouble.since + GRACE_MS - now;
      if (remaining > 0) delayMs = Math.min(delayMs, GRACE_MS / 4, remaining);
      else {
        trouble.isTold = true;
        this.#options.onFault(trouble.fault);
      }
    }
    return delayMs;
  }
}

/** A server may be started in the middle of a renewal, which takes milliseconds. @throws SERVED_* */
function readAtStart(files: ServedFiles): { digest: string; pair: ServedPair } {
  let [failed, fault]: [string | undefined, unknown] = [undefined, undefined];
  for (let i = 0; i < START_TRIES; i++) {
    if (i > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, START_PAUSE_MS);
    try {
      const contents = readServedFiles(files);
      const digest = digestContents(contents);
      if (digest === failed) continue;
      failed = digest;
      return { digest, pair: parseServedPair(files, contents) };
    } catch (cause) {
      fault = cause;
    }
  }
  throw fault;
}

async function readState(files: ServedFiles): Promise<State> {
  try {
    const contents = await readServedFilesLater(files);
    return { digest: digestContents(contents), contents };
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { digest: cause.message, fault: cause };
  }
}

function judge({ digest, contents, fault }: State, files: ServedFiles): Verdict {
  if (contents === undefined) return fault === undefined ? { digest } : { digest, fault };
  try {
    return { digest, pair: parseServedPair(files, contents) };
  } catch (cause) {
    if (!isCaError(cause)) throw cause;
    return { digest, fault: cause };
  }
}

/** Asked again at each look: a certificate may begin tomorrow, or have ended since it was put in. */
function findDateFault(certificate: X509Certificate | undefined, file: string, isInFile = true): CaError | undefined {
  if (certificate === undefined) return undefined;
  const { validFrom, validTo } = certificate;
  const [notBefore, notAfter, now] = [Date.parse(validFrom), Date.parse(validTo), Date.now()];
  if (notBefore <= now && now <= notAfter) return undefined;
  return devError('SERVED_DATES', { file, isInFile, notBefore: validFrom, notAfter: validTo });
}
