/** @module How Windows finds programs and runs batch files, checked where there is no Windows: paths and quoting are text. */
import { describe, expect, it } from 'vitest';
import { findWindowsProgram, planBatch } from './windows-program.ts';

const env = { PATH: 'C:\\first;"C:\\second folder";;', PATHEXT: '.COM;.EXE;.CMD', SystemRoot: 'C:\\Windows' };
const among =
  (...paths: string[]) =>
  (path: string): boolean =>
    paths.some((one) => one.toLowerCase() === path.toLowerCase());
const find = (program: string, ...paths: string[]): string | undefined =>
  findWindowsProgram(program, { env, cwd: 'C:\\work' }, among(...paths));

describe('findWindowsProgram', () => {
  it('goes through PATH, and through PATHEXT in each folder', () => {
    expect(find('npm', 'C:\\first\\npm.cmd', 'C:\\second folder\\npm.exe')).toBe('C:\\first\\npm.CMD');
    expect(find('npm', 'C:\\second folder\\npm.exe')).toBe('C:\\second folder\\npm.EXE');
  });

  it('takes a name with an extension as it is first', () => {
    expect(find('a.js', 'C:\\first\\a.js', 'C:\\first\\a.js.exe')).toBe('C:\\first\\a.js');
    expect(find('python3.11', 'C:\\first\\python3.11.exe')).toBe('C:\\first\\python3.11.EXE');
  });

  it('takes no file without extension for a program', () => {
    expect(find('npm', 'C:\\first\\npm')).toBeUndefined();
  });

  it('looks into the current folder for paths alone', () => {
    expect(find('run', 'C:\\work\\run.exe')).toBeUndefined();
    expect(find('.\\run', 'C:\\work\\run.exe')).toBe('C:\\work\\run.EXE');
    expect(find('D:\\tools\\run.exe', 'D:\\tools\\run.exe')).toBe('D:\\tools\\run.exe');
  });
});

describe('planBatch', () => {
  const lineOf = (...args: string[]): string | undefined => planBatch('C:\\a b\\npm.cmd', args, env)?.args.at(-1);

  it('is for batch files alone', () => {
    expect(planBatch('C:\\node.exe', ['a'], env)).toBeUndefined();
    expect(planBatch('C:\\x.BAT', [], env)).toMatchObject({ shell: 'C:\\Windows\\System32\\cmd.exe' });
  });

  it.each([
    ['run', '"run"'],
    ['', '""'],
    ['a b&c|d^e', '"a b&c|d^e"'],
    ['say "x"', '"say ""x"""'],
    ['back\\', '"back\\\\"'],
    ['\\"', '"\\\\"""'],
    ['%PATH%', '"%%cd:~,%PATH%%cd:~,%"'],
  ])('quotes %j', (arg, quoted) => {
    expect(lineOf(arg)).toBe(`""C:\\a b\\npm.cmd" ${quoted}"`);
  });

  it('starts cmd.exe without its own extensions to the line', () => {
    expect(planBatch('C:\\x.cmd', [], env)?.args.slice(0, 4)).toEqual(['/e:ON', '/v:OFF', '/d', '/c']);
  });

  it.each(['a\nb', 'a\rb'])('refuses %j, which would begin another command', (arg) => {
    expect(() => lineOf(arg)).toThrow(expect.objectContaining({ code: 'PROGRAM_NOT_STARTED' }));
  });
});
