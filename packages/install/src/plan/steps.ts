/**
 * @module A change to the machine as data: what a dry run prints and what `apply` carries out, the same thing. Stores make
 * steps, nothing here does anything.
 */

/** Stands in a command for the path of a file with the step's secret, made only while the command runs. */
export const SECRET_FILE = '{secret-file}';
/** Stands in a command for the path of a file with the step's input. */
export const INPUT_FILE = '{input-file}';

type Common = {
  /** Needs root: written by another user's rules, or a command that only root may run. */
  readonly root?: boolean;
  /** Files that a command makes where there are none; the journal keeps them for the undoing. */
  readonly creates?: readonly string[];
};

export type WriteFileStep = Common & {
  readonly kind: 'write-file';
  readonly path: string;
  readonly text: string;
  readonly mode: number;
  /** SHA-256 (hex) of what the file held when the facts were read: another content by now stops the step. */
  readonly replacesSha256Hex?: string;
  /** A file on disk with the same bytes, for the command that a person would type. */
  readonly sameAs?: string;
};
export type RemoveFileStep = Common & { readonly kind: 'remove-file'; readonly path: string };
export type MakeFolderStep = Common & { readonly kind: 'make-folder'; readonly path: string; readonly mode: number };
/** Takes a folder away if it is empty. */
export type RemoveFolderStep = Common & { readonly kind: 'remove-folder'; readonly path: string };

export type RunStep = Common & {
  readonly kind: 'run';
  /** May hold `SECRET_FILE` and `INPUT_FILE`. */
  readonly command: readonly [program: string, ...args: string[]];
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** Exit codes other than 0 that are no failure. */
  readonly okExitCodes?: readonly number[];
  /** Output that means the work was done already, whatever the exit code. */
  readonly okOutput?: RegExp;
  /** Exit codes by which it tells that the person said no: then no other route asks again. */
  readonly declinedExitCodes?: readonly number[];
  /** What the file behind `INPUT_FILE` holds. */
  readonly inputText?: string;
  /** Asked of the person, or given by an option, when the step is carried out. */
  readonly secret?: SecretName;
};

/** A secret a step needs. `what` is told to the person who is asked. */
export type SecretName = { readonly kind: 'nss-password'; readonly what: string };

/** Work in a child process of our own that has no command line: NSS by its library, Firefox by its remote protocol, crypt32. */
export type NativeStep = Common & {
  readonly kind: 'native';
  /** Handed to the worker as JSON on its stdin. */
  readonly task: NativeTask;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly timeoutMs?: number;
  /** What a person would type for the same end. */
  readonly typed: readonly string[];
  /** As with `RunStep`. */
  readonly declinedExitCodes?: readonly number[];
  readonly secret?: SecretName;
};

type NativeTask = { readonly worker: 'nss' | 'marionette' | 'crypt32' } & Readonly<Record<string, unknown>>;

/** Stops a route before its first change where a tool would leave half a file on a full disk. */
type RequireSpaceStep = Common & {
  readonly kind: 'require-space';
  readonly path: string;
  readonly bytes: number;
};

export type Step =
  | WriteFileStep
  | RemoveFileStep
  | MakeFolderStep
  | RemoveFolderStep
  | RunStep
  | NativeStep
  | RequireSpaceStep;

/** One way to reach an end; `cleanUp` clears what a failed attempt can leave. */
export type Route = {
  /** Short, for talk and for the journal: `certutil`, `policy`. */
  readonly name: string;
  readonly steps: readonly Step[];
  readonly cleanUp?: readonly Step[];
};
