/** @module What a client is to the pin tests: how it runs what the command line printed, unchanged. */
import type { PinFormatName } from '../../packages/ca-core/src/pin-formats/index.ts';
import type { RunResult } from '../programs/run.ts';

/** What `mintmark pin … --format F --host localhost:PORT` printed, written to a file where it is a whole program. */
export type Emitted = {
  readonly format: PinFormatName;
  /** The output: a value without its line feed, or a whole file. */
  readonly text: string;
  /** Where the file was written, under the name that --json gives; absent for a value. */
  readonly file?: string;
  /** A scratch folder of this visit alone. */
  readonly folder: string;
  readonly host: string;
  readonly port: number;
  /** The pinned certificate, for clients that are given it as well. */
  readonly certFile: string;
};

/** What the pin is of: a server's self-signed certificate, or the issuer or root of a private CA. */
export type PinTarget = 'self-signed' | 'issuer' | 'root';

export type PinnedClient = {
  readonly format: PinFormatName;
  /** As the table names it. */
  readonly client: string;
  /** Commands that must be installed. */
  readonly programs: readonly string[];
  /** What else is missing (a library, a module), for the reason of a skip; undefined when all is there. */
  readonly findMissing?: () => string | undefined;
  /** Default `self-signed`. */
  readonly target?: PinTarget;
  /** One line, such as `curl 7.88.1`. */
  readonly version: () => Promise<string>;
  /** Makes one request to https://host:port/ with the pin; ends with another exit code than 0 when it refuses. */
  readonly visit: (emitted: Emitted) => Promise<RunResult>;
  /**
   * One process: a first connection without the pin (path `/unpinned`, nothing printed), as careless as the client allows and with a session to
   * come back with, then the pinned request for `/`, twice. `one connection` where a process makes no second one.
   */
  readonly visitAgain: ((emitted: Emitted) => Promise<RunResult>) | 'one connection';
};
