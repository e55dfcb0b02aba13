/** @module Steps as commands: pasted into a shell, they say what the step says, whatever a path holds. */
import { describe, expect, it } from 'vitest';
import { formatRoute, formatStep } from './format-step.ts';
import { SECRET_FILE, type Step } from './steps.ts';

describe('formatStep', () => {
  it.each<[string, Step, string]>([
    [
      'a file that lies elsewhere too',
      { kind: 'write-file', path: '/etc/a.crt', text: 'x', mode: 0o644, sameAs: '/home/u/root.pem', root: true },
      'sudo install -m 644 /home/u/root.pem /etc/a.crt',
    ],
    [
      'a file of its own',
      { kind: 'write-file', path: '/home/u/a b', text: 'one\n50% of\\n\n', mode: 0o600 },
      `printf -- 'one\\n50%% of\\\\n\\n' | install -m 600 /dev/stdin '/home/u/a b'`,
    ],
    ['a file to remove', { kind: 'remove-file', path: "/it's", root: true }, `sudo rm -f '/it'\\''s'`],
    ['a folder', { kind: 'make-folder', path: '/a', mode: 0o700 }, 'mkdir -p -m 700 /a'],
    ['a folder to remove', { kind: 'remove-folder', path: '/a' }, 'rmdir /a'],
    [
      'a program with input and environment',
      { kind: 'run', command: ['/bin/x', '$(y)'], stdin: '-a\n', env: { A: 'b c' }, root: true },
      `printf -- '-a\\n' | sudo env A='b c' /bin/x '$(y)'`,
    ],
    [
      'a secret, which is named and not shown',
      { kind: 'run', command: ['x', '-f', SECRET_FILE], secret: { kind: 'nss-password', what: 'p' } },
      'x -f PASSWORD-FILE',
    ],
    [
      'work without a command line',
      { kind: 'native', task: { worker: 'nss' }, typed: ['certutil', '-A'] },
      'certutil -A',
    ],
  ])('writes %s', (_what, step, command) => {
    expect(formatStep(step, 'sudo')).toBe(command);
  });

  it('puts nothing before a command for who is root', () => {
    expect(formatStep({ kind: 'remove-file', path: '/a', root: true }, '')).toBe('rm -f /a');
  });
});

describe('formatRoute', () => {
  it('leaves out what only looks', () => {
    const steps: Step[] = [
      { kind: 'require-space', path: '/etc', bytes: 1 },
      { kind: 'remove-file', path: '/a' },
    ];
    expect(formatRoute({ name: 'x', steps }, 'sudo')).toEqual(['rm -f /a']);
  });
});
