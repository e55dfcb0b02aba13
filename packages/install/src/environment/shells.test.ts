/** @module Lines for shells that no value breaks out of, read back by the rules of each shell. */
import { describe, expect, it } from 'vitest';
import { findUnspeakable, formatVariables, SHELL_FORMS, type ShellName } from './shells.ts';

const HOSTILE = `a 'b' \\ "c" $(id) \`id\` %PATH% !x! ; & | \u2019 é`;

describe('formatVariables', () => {
  it('quotes for sh', () => {
    expect(formatVariables('sh', { A: "it's $x" })).toBe(`export A='it'\\''s $x'\n`);
  });

  it('quotes for fish', () => {
    expect(formatVariables('fish', { A: "it's \\" })).toBe(`set -gx A 'it\\'s \\\\'\n`);
  });

  it('doubles for PowerShell all that it takes for a single quote', () => {
    expect(formatVariables('powershell', { A: "a'b\u2018c\u2019d" })).toBe(
      "$env:A = 'a''b\u2018\u2018c\u2019\u2019d'\n",
    );
  });

  it('doubles the percent sign for cmd', () => {
    expect(formatVariables('cmd', { A: 'C:\\a b\\%PATH% & x' })).toBe('set "A=C:\\a b\\%%PATH%% & x"\n');
  });

  it('gives GitHub the value as it is', () => {
    expect(formatVariables('github', { A: HOSTILE })).toBe(`A=${HOSTILE}\n`);
  });

  it.each(Object.keys(SHELL_FORMS) as ShellName[])('has one line for each variable: %s', (shell) => {
    expect(formatVariables(shell, { A: HOSTILE, B: HOSTILE }).trimEnd().split('\n')).toHaveLength(2);
  });
});

it('tells what a form can not hold', () => {
  for (const shell of Object.keys(SHELL_FORMS) as ShellName[])
    expect(findUnspeakable(shell, { A: 'x', B: 'a\nb', C: 'a\u0007b' })).toEqual(['B', 'C']);
  expect(findUnspeakable('cmd', { A: 'a"b' })).toEqual(['A']);
  expect(findUnspeakable('sh', { A: 'a"b' })).toEqual([]);
});
