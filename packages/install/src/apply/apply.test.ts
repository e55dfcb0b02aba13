/** @module Steps carried out on a machine in memory: secrets by file alone, elevated files, files that changed meanwhile. */
import { describe, expect, it } from 'vitest';
import { createFakeMachine, type FakeMachine, type FakeProgram } from '../../../testkit/src/index.ts';
import { INPUT_FILE, SECRET_FILE, type RunStep, type Step } from '../plan/steps.ts';
import { applyStep, StepFailure, type ApplyContext } from './apply.ts';

const contextOf = (machine: FakeMachine, more: Partial<ApplyContext> = {}): ApplyContext => ({
  machine,
  isRoot: true,
  elevation: undefined,
  canAsk: false,
  askSecret: () => Promise.resolve('open sesame'),
  workerCommand: ['/usr/bin/node', '/worker.cjs'],
  ...more,
});

const sudo = { name: 'sudo', program: '/usr/bin/sudo' } as const;
const withSecret: RunStep = {
  kind: 'run',
  command: ['/bin/x', '-f', SECRET_FILE],
  secret: { kind: 'nss-password', what: 'the primary password' },
};

describe('applyStep', () => {
  it('hands a secret over through a pipe, never in argv and on no disk', async () => {
    const machine = createFakeMachine({
      programs: { '/bin/x': (_call, { entries }) => void expect(entries.size).toBe(0) },
    });
    await applyStep(withSecret, contextOf(machine));
    expect(machine.calls).toEqual([{ command: ['/bin/x', '-f', '/dev/stdin'], stdin: 'open sesame\n' }]);
  });

  it('hands a secret over in a file that is gone afterwards where there is no such pipe', async () => {
    const seen: (string | undefined)[] = [];
    const program: FakeProgram = ({ command }, { text }) => void seen.push(text(command[2] ?? ''));
    const machine = createFakeMachine({ platform: 'win32', programs: { '/bin/x': program } });
    await applyStep(withSecret, contextOf(machine));
    expect(seen).toEqual(['open sesame\n']);
    expect(JSON.stringify(machine.calls)).not.toContain('sesame');
    expect([...machine.entries.keys()]).toEqual([]);
  });

  it('says whose secret it wants where nobody can be asked', async () => {
    const machine = createFakeMachine({ programs: { '/bin/x': () => {} } });
    const failure = applyStep(withSecret, contextOf(machine, { askSecret: () => Promise.resolve(undefined) }));
    await expect(failure).rejects.toMatchObject({ kind: 'no-secret' });
    await expect(failure).rejects.toThrow('it needs the primary password, and nobody is there to ask');
    expect(machine.calls).toEqual([]);
  });

  it('hands input over in a file', async () => {
    const seen: (string | undefined)[] = [];
    const program: FakeProgram = ({ command }, { text }) => void seen.push(text(command[1] ?? ''));
    const machine = createFakeMachine({ programs: { '/bin/x': program } });
    await applyStep({ kind: 'run', command: ['/bin/x', INPUT_FILE], inputText: 'PEM' }, contextOf(machine));
    expect(seen).toEqual(['PEM']);
  });

  it('tells a worker its task and its secret on stdin alone', async () => {
    const machine = createFakeMachine({ programs: { '/usr/bin/node': () => {} } });
    const { secret } = withSecret;
    const step: Step = {
      kind: 'native',
      task: { worker: 'nss', action: 'add' },
      typed: ['x'],
      ...(secret && { secret }),
    };
    await applyStep(step, contextOf(machine));
    expect(machine.calls[0]?.command).toEqual(['/usr/bin/node', '/worker.cjs', 'nss']);
    expect(JSON.parse(String(machine.calls[0]?.stdin))).toEqual({
      worker: 'nss',
      action: 'add',
      secret: 'open sesame',
    });
  });

  it('tells what a worker complains of', async () => {
    const machine = createFakeMachine({
      programs: { '/usr/bin/node': () => ({ exitCode: 1, stderr: 'no libnss3\n' }) },
    });
    const step: Step = { kind: 'native', task: { worker: 'nss' }, typed: ['x'] };
    await expect(applyStep(step, contextOf(machine))).rejects.toThrow(/^no libnss3$/);
  });

  it('writes no file over one that another program changed meanwhile', async () => {
    const machine = createFakeMachine({ entries: { '/a': 'theirs' } });
    const step: Step = { kind: 'write-file', path: '/a', text: 'ours', mode: 0o644, replacesSha256Hex: '00' };
    await expect(applyStep(step, contextOf(machine))).rejects.toThrow('/a was changed by another program meanwhile');
    expect(machine.text('/a')).toBe('theirs');
  });

  it.each<[Step, string]>([
    [{ kind: 'remove-file', path: '/a', root: true }, 'rm -f -- /a'],
    [{ kind: 'remove-folder', path: '/a', root: true }, 'rmdir --ignore-fail-on-non-empty -- /a'],
    [{ kind: 'make-folder', path: '/a', mode: 0o755, root: true }, 'mkdir -p -m 755 -- /a'],
    [
      { kind: 'write-file', path: '/a', text: 'x', mode: 0o644, root: true },
      'install -m 644 -- /tmp/mintmark-fake/file /a',
    ],
    [{ kind: 'run', command: ['/bin/x'], env: { A: 'b' }, root: true }, 'env A=b /bin/x'],
  ])('gives root to one command where it must: %o', async (step, command) => {
    const machine = createFakeMachine({ uid: 1000, programs: { '/usr/bin/sudo': () => {} }, isReadOnly: () => true });
    await applyStep(step, contextOf(machine, { isRoot: false, elevation: sudo }));
    expect(machine.calls.map((call) => call.command.join(' '))).toEqual([`/usr/bin/sudo -n -- ${command}`]);
  });

  it('tells a missing right from other failures', async () => {
    const machine = createFakeMachine({ isReadOnly: () => true });
    await expect(applyStep({ kind: 'remove-file', path: '/a' }, contextOf(machine))).rejects.toMatchObject({
      kind: 'no-rights',
    });
  });

  it('takes exit codes and words that mean the work was done', async () => {
    const machine = createFakeMachine({ programs: { '/bin/x': () => ({ exitCode: 3, stderr: 'not found' }) } });
    const step: RunStep = { kind: 'run', command: ['/bin/x'] };
    await expect(applyStep(step, contextOf(machine))).rejects.toThrow(StepFailure);
    await applyStep({ ...step, okExitCodes: [3] }, contextOf(machine));
    await applyStep({ ...step, okOutput: /not found/ }, contextOf(machine));
  });
});
