/** @module Names of roots on Android, and what adb prints in old and new versions. */
import { describe, expect, it } from 'vitest';
import { parseEmulators, parseGreppedFiles, parseProperties } from './adb-output.ts';
import { hashSubjectOld } from './subject-hash.ts';

describe('the hash of a subject', () => {
  it('is the one of openssl x509 -subject_hash_old', () => {
    // O=Mintmark test, CN=Fixed vector root; OpenSSL 3.0 prints 6988aa0d for a certificate with it.
    const subject =
      '303431163014060355040a0c0d4d696e746d61726b2074657374311a301806035504030c11466978656420766563746f7220726f6f74';
    expect(hashSubjectOld(new Uint8Array(Buffer.from(subject, 'hex')))).toBe('6988aa0d');
  });

  it('keeps its leading zeros', () => {
    expect(hashSubjectOld(new Uint8Array(Buffer.from('300201d4', 'hex')))).toBe('00154242');
  });
});

describe('what adb prints', () => {
  it('names the emulators that answer', () => {
    const stdout =
      '* daemon not running; starting now at tcp:5037\n* daemon started successfully\nList of devices attached\n' +
      'emulator-5554\tdevice\nemulator-5556\toffline\nemulator-5558\tunauthorized\nR58M123ABC\tdevice\n\n';
    expect(parseEmulators(stdout)).toEqual(['emulator-5554']);
    expect(
      parseEmulators('List of devices attached\r\nemulator-5554          device product:sdk_gphone64\r\n'),
    ).toEqual(['emulator-5554']);
  });

  it('gives properties, line ends of old adb included', () => {
    const properties = parseProperties('[ro.build.version.sdk]: [33]\r\r\n[ro.debuggable]: [1]\r\n[a]: [x]: [y]]\n');
    expect([...properties]).toEqual([
      ['ro.build.version.sdk', '33'],
      ['ro.debuggable', '1'],
      ['a', 'x]: [y]'],
    ]);
  });

  it('gives files line by line, whatever the lines hold', () => {
    const files = parseGreppedFiles('/a/1.0:-----BEGIN\n/a/1.0:x: y\n/a/2.0:z\r\ngrep: /b: No such file\n');
    expect([...files]).toEqual([
      ['/a/1.0', '-----BEGIN\nx: y\n'],
      ['/a/2.0', 'z\n'],
    ]);
  });
});
