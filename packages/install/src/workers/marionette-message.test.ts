/** @module Firefox's messages as bytes: whole, in pieces, several at once, and from something that is no Firefox. */
import { describe, expect, it } from 'vitest';
import { describeError, encodeCommand, parseReceived } from './marionette-message.ts';

const GREETING = '50:{"applicationType":"gecko","marionetteProtocol":3}';
const frame = (message: unknown): string => {
  const json = JSON.stringify(message);
  return `${Buffer.byteLength(json)}:${json}`;
};

describe('a command', () => {
  it('carries its length in bytes, not in characters', () => {
    expect(encodeCommand(7, 'Name', { text: 'ü' })).toBe('26:[0,7,"Name",{"text":"ü"}]');
  });
});

describe('what was received', () => {
  it('holds answers after a greeting that is none', () => {
    const answer = frame([1, 7, null, { value: 'done' }]);
    const { answers, rest } = parseReceived(Buffer.from(GREETING + answer));
    expect(answers).toEqual([{ id: 7, error: null, result: { value: 'done' } }]);
    expect(rest).toHaveLength(0);
  });

  it('is kept until it is whole, wherever it was cut', () => {
    const bytes = Buffer.from(frame([1, 7, null, 'ü']) + frame([1, 8, { error: 'x' }, null]));
    for (let cut = 0; cut < bytes.length; cut++) {
      const first = parseReceived(bytes.subarray(0, cut));
      const second = parseReceived(Buffer.concat([first.rest, bytes.subarray(cut)]));
      expect([...first.answers, ...second.answers].map(({ id }) => id)).toEqual([7, 8]);
    }
  });

  it('is no answer when it is a command', () => {
    expect(parseReceived(Buffer.from(frame([0, 7, 'Name', {}]))).answers).toEqual([]);
  });

  it('is refused when another protocol speaks', () => {
    for (const bytes of ['HTTP/1.1 400 Bad Request', '123456789', '-1:{}', ':{}', '1e3:{}', '0x1:{}'])
      expect(() => parseReceived(Buffer.from(bytes))).toThrow('protocol of Firefox');
  });
});

it('an error of Firefox is told by its code and message, without its stack', () => {
  expect(describeError({ error: 'javascript error', message: 'no', stacktrace: 'a@b' })).toBe('javascript error: no');
  expect(describeError({ code: 3 })).toBe('{"code":3}');
  expect(describeError('gone')).toBe('gone');
});
