/** @module Tasks of workers: what is read from stdin, and what is refused before anything is touched. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { certificateOf, formatFault, parseTask, textOf, WorkerFailure, wordOf } from './task.ts';

const certDer = Buffer.from('3003020101', 'hex');
const sha256Hex = createHash('sha256').update(certDer).digest('hex');

describe('a task', () => {
  it('is a JSON object', () => {
    expect(parseTask('{"action":"add"}')).toEqual({ action: 'add' });
    for (const json of ['[]', 'null', '"add"', '1', '']) expect(() => parseTask(json)).toThrow(WorkerFailure);
  });

  it('that is broken is not repeated, because a secret may be in it', () => {
    const read = (): unknown => parseTask('{"secret":"s3cret"');
    expect(read).toThrow('not JSON');
    expect(read).not.toThrow('s3cret');
  });

  it('lacks a field by name', () => {
    expect(() => textOf({}, 'databaseFolder')).toThrow('"databaseFolder"');
    expect(() => textOf({ databaseFolder: 1 }, 'databaseFolder')).toThrow('"databaseFolder"');
  });

  it('knows its words and no others', () => {
    expect(wordOf({ action: 'remove' }, 'action', ['add', 'remove'])).toBe('remove');
    expect(() => wordOf({ action: 'erase' }, 'action', ['add', 'remove'])).toThrow('add, remove');
  });

  it('gives a certificate only when its bytes have the hash it is named by', () => {
    const task = { certDerBase64: certDer.toString('base64'), sha256Hex };
    expect(certificateOf(task)).toEqual({ certDer, sha256Hex });
    expect(() => certificateOf({ ...task, sha256Hex: '00'.repeat(32) })).toThrow('another SHA-256');
    expect(() => certificateOf({ ...task, certDerBase64: 'MAMCAQI=' })).toThrow('another SHA-256');
  });
});

it('tells a fault in one line without control characters', () => {
  expect(formatFault(new Error('cannot open /a\nb\u001b[31m\u009b1m'))).toBe('cannot open /a b [31m 1m');
  expect(formatFault('plain')).toBe('plain');
});
