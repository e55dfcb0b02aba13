/** @module Reads what a command line names: a file, or standard input for `-`. */
import { resolve } from 'node:path';
import { MAX_INPUT_BYTES } from '@mintmark/ca-core';
import { readIfPresent, storeError } from '@mintmark/ca-store';
import type { Context } from './command.ts';

/** The bytes, at most one more than `maxBytes`; undefined when there is no such file. */
export function readInputIfPresent(name: string, { io }: Context, maxBytes = MAX_INPUT_BYTES): Uint8Array | undefined {
  return name === '-' ? io.readStdin(maxBytes + 1) : readIfPresent(io.fs, resolve(io.cwd, name), maxBytes);
}

/** The bytes, at most one more than `maxBytes`. @throws FILE_NOT_FOUND */
export function readInput(name: string, context: Context, maxBytes = MAX_INPUT_BYTES): Uint8Array {
  const bytes = readInputIfPresent(name, context, maxBytes);
  if (bytes === undefined) throw storeError('FILE_NOT_FOUND', { path: resolve(context.io.cwd, name) });
  return bytes;
}

/** How messages name it. */
export const inputName = (name: string): string => (name === '-' ? 'standard input' : name);
