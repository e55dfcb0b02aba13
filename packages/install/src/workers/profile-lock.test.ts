/** @module How a running Firefox is told from one that was killed. */
import { describe, expect, it } from 'vitest';
import { listsInode, parseLockLink } from './profile-lock.ts';

const LOCKS = `1: POSIX  ADVISORY  WRITE 3852 08:01:123456 0 EOF
2: FLOCK  ADVISORY  WRITE 812 00:2d:77 0 EOF
2: -> POSIX  ADVISORY  READ 99 fe:00:4321 128 128
`;

describe("the kernel's list of locks", () => {
  it('has a file by its inode', () => {
    for (const inode of [123456, 77, 4321]) expect(listsInode(LOCKS, inode)).toBe(true);
  });

  it('is not searched for parts of numbers, processes or ranges', () => {
    for (const inode of [12345, 23456, 3852, 812, 128, 0, 7]) expect(listsInode(LOCKS, inode)).toBe(false);
  });
});

describe('the link of a profile', () => {
  it('names a process, with or without the mark of a second lock', () => {
    expect(parseLockLink('127.0.1.1:+3852')).toBe(3852);
    expect(parseLockLink('192.168.0.7:812')).toBe(812);
  });

  it('names none when it is something else', () => {
    for (const target of ['', 'lock', '127.0.0.1:+0', '127.0.0.1:-1', '127.0.0.1:+12x']) {
      expect(parseLockLink(target)).toBeUndefined();
    }
  });
});
