/** @module A text file of somebody else's that is edited in its place: behind links, with the rights that it has. */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { MachineReader } from '../machine/machine.ts';

export type EditableFile = {
  /** Behind the links, if it is one: a file in the place of a link would cut off who manages it from there. */
  readonly writePath: string;
  readonly isLink: boolean;
  /** Permission bits; undefined when there is no file. */
  readonly mode: number | undefined;
  readonly text: string | undefined;
  readonly textSha256Hex: string | undefined;
  /** Something stands there that can't be read, so nothing may be written over it. */
  readonly isUnreadable: boolean;
};

/** Looks at a file, whether it exists or not. */
export function readEditableFile(reader: MachineReader, path: string): EditableFile {
  const isLink = reader.readLink(path) !== undefined;
  const writePath = isLink ? (reader.realPath(path) ?? path) : path;
  const bytes = reader.readFile(writePath);
  const status = reader.status(writePath);
  return {
    writePath,
    isLink,
    mode: bytes === undefined ? undefined : status?.mode,
    text: bytes === undefined ? undefined : Buffer.from(bytes).toString(),
    textSha256Hex: bytes === undefined ? undefined : formatHex(nodeSha256(new Uint8Array(bytes))),
    isUnreadable: bytes === undefined && status !== undefined,
  };
}
