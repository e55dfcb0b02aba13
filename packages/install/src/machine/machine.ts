/**
 * @module The machine as two ports: what may look at it, and what may change it. Facts get the reader, applying gets the
 * writer, stores get neither. Tests put a fake machine in their place.
 */

type EntryKind = 'file' | 'folder' | 'link' | 'other';

/** What stands at a path, links not followed. `mode` holds the permission bits alone. */
export type EntryStatus = {
  readonly kind: EntryKind;
  readonly mode: number;
  readonly uid: number;
  readonly size: number;
};

/** A program to run: an argument vector, never a shell line. It sees the user's environment with messages in English. */
export type ProgramCall = {
  readonly command: readonly [program: string, ...args: string[]];
  /** Written to its stdin, which is then closed. Default: nothing. */
  readonly stdin?: string | Uint8Array;
  /** Added to the environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Milliseconds until it is killed. Default 60 000. */
  readonly timeoutMs?: number;
};

/** How a program ended. `exitCode` is null when it was killed or could not be started; `stderr` then says why. */
export type ProgramResult = {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
};

/** Looks and changes nothing. What is missing or may not be read is undefined or empty; nothing here throws. */
export type MachineReader = {
  readonly platform: NodeJS.Platform;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** The user's own folder (HOME, USERPROFILE); empty when there is none. */
  readonly userFolder: string;
  /** Undefined on Windows. */
  readonly uid: number | undefined;
  readonly readFile: (path: string) => Uint8Array | undefined;
  readonly status: (path: string) => EntryStatus | undefined;
  /** Names in a folder, sorted. A link to a folder is followed. */
  readonly readFolder: (path: string) => readonly string[];
  readonly readLink: (path: string) => string | undefined;
  /** The path behind all links. */
  readonly realPath: (path: string) => string | undefined;
  readonly isWritable: (path: string) => boolean;
  /** Free space of the disk that holds the path, for this user; undefined when unknown. */
  readonly freeBytes: (path: string) => number | undefined;
  /** Absolute path of a program, by PATH and then the system's own folders, which PATH often lacks (`/usr/sbin`). */
  readonly findProgram: (name: string) => string | undefined;
  /** The same with the system's folders first: for what will run as root, so that no folder of the user's stands before them. */
  readonly findSystemProgram: (name: string) => string | undefined;
  /** Runs a program that only looks. */
  readonly query: (call: ProgramCall) => Promise<ProgramResult>;
};

/** Changes the machine. Throws the system's own error when it can't. */
export type MachineWriter = {
  /** The whole file or the old one: temporary file, mode, sync, rename. */
  readonly writeFile: (file: { readonly path: string; readonly bytes: Uint8Array; readonly mode: number }) => void;
  /** Nothing there is no error. */
  readonly removeFile: (path: string) => void;
  /** With missing parents. An existing folder is left as it is. */
  readonly makeFolder: (path: string, mode: number) => void;
  /** Only an empty folder goes; one that holds anything stays, and that is no error. */
  readonly removeEmptyFolder: (path: string) => void;
  readonly run: (call: ProgramCall) => Promise<ProgramResult>;
  /** Waits until no other process of this machine changes trust stores, and keeps others out until what it returns is called. */
  readonly lock: () => Promise<() => void>;
  /** A file that only the user reads, gone after the work; for secrets and for what another program must be handed. */
  readonly withTemporaryFile: <T>(bytes: Uint8Array, work: (path: string) => Promise<T>) => Promise<T>;
};

export type Machine = { readonly reader: MachineReader; readonly writer: MachineWriter };
