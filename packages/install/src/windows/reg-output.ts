/**
 * @module What `reg query KEY /v NAME` prints: the key, then one line with name, type and value. Names and types are never
 * translated, everything else may be, so only that line is read.
 */
import { parseHex, type Bytes } from '@mintmark/ca-core';

/** Bytes of a REG_BINARY value; undefined when it is not in the output. */
export function parseRegBinary(stdout: string, name: string): Bytes | undefined {
  const hex = valueOf(stdout, name, 'REG_BINARY');
  return hex === undefined || !/^([0-9a-f]{2})+$/i.test(hex) ? undefined : parseHex(hex.toLowerCase());
}

/** A REG_SZ value; undefined when it is not in the output. */
export const parseRegText = (stdout: string, name: string): string | undefined => valueOf(stdout, name, 'REG_SZ');

function valueOf(stdout: string, name: string, type: string): string | undefined {
  for (const line of stdout.split(/\r?\n/)) {
    const [, held, heldType, value] = /^\s+(\S+)\s+(REG_\w+)\s+(.*\S)\s*$/.exec(line) ?? [];
    if (held === name && heldType === type) return value;
  }
  return undefined;
}
