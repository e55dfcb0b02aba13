/** @module Go's flag syntax, as mkcert 1.4.4 was seen to read it. */
import { describe, expect, it } from 'vitest';
import { parseMkcertWords, type MkcertWords } from './flags.ts';

function words(...args: readonly string[]): MkcertWords {
  const parsed = parseMkcertWords(args);
  if (parsed.kind !== 'words') throw new Error(JSON.stringify(parsed));
  return parsed.words;
}

describe('parseMkcertWords', () => {
  it.each([
    [['-ecdsa', 'a'], ['ecdsa'], ['a']],
    [['--ecdsa', 'a'], ['ecdsa'], ['a']],
    [['-ecdsa=true', '-client=T', '-pkcs12=1'], ['ecdsa', 'client', 'pkcs12'], []],
    [['-ecdsa', '-ecdsa=false'], [], []],
    [['-CAROOT=0'], [], []],
    [['a', '-ecdsa'], [], ['a', '-ecdsa']],
    [['--', '-ecdsa'], [], ['-ecdsa']],
    [['-', '-ecdsa'], [], ['-', '-ecdsa']],
    [['', '-ecdsa'], [], ['', '-ecdsa']],
  ] as const)('reads %j', (args, switches, hosts) => {
    const parsed = words(...args);
    expect([...parsed.switches]).toEqual(switches);
    expect(parsed.hosts).toEqual(hosts);
  });

  it.each([
    [['-csr', 'f'], { csr: 'f' }],
    [['--csr=f'], { csr: 'f' }],
    [['-cert-file', '-x', '-key-file=a=b'], { 'cert-file': '-x', 'key-file': 'a=b' }],
    [['-cert-file', 'a', '-cert-file', 'b'], { 'cert-file': 'b' }],
    [['-cert-file', '', '-p12-file='], {}],
  ] as const)('reads the files of %j', (args, files) => {
    expect(words(...args).files).toEqual(files);
  });

  it.each([
    [['-x'], 'flag provided but not defined: -x'],
    [['--help-me'], 'flag provided but not defined: -help-me'],
    [['-Install'], 'flag provided but not defined: -Install'],
    [['-csr'], 'flag needs an argument: -csr'],
    [['-install=maybe'], 'invalid boolean value "maybe" for -install: parse error'],
    [['-install='], 'invalid boolean value "" for -install: parse error'],
    [['---install'], 'bad flag syntax: ---install'],
    [['-=install'], 'bad flag syntax: -=install'],
  ] as const)('refuses %j', (args, message) => {
    expect(parseMkcertWords(args)).toEqual({ kind: 'usage', message });
  });

  it('answers -h shortly and -help as a flag', () => {
    expect(parseMkcertWords(['-h'])).toEqual({ kind: 'short-help' });
    expect(parseMkcertWords(['-ecdsa', '--h', 'a'])).toEqual({ kind: 'short-help' });
    expect(words('-help').switches.has('help')).toBe(true);
  });
});
