/**
 * @module `exec`: the program that it runs can't tell the difference. Arguments, exit code, signals both ways, standard streams and the
 * terminal are its own; mistakes in the call are told before anything runs.
 */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { constants } from 'node:os';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { requirePrograms } from '../programs/program.ts';
import { run, scrubbedEnvironment } from '../programs/run.ts';
import { deskMaker } from './desk.ts';
import { onTerminal } from './terminal.ts';

const desk = deskMaker('exec')();
beforeAll(async () => {
  await desk.runOrThrow(['localhost']);
});

const NODE = process.execPath;
const exec = (words: readonly string[], options = {}) => desk.run(['exec', '--', ...words], options);

describe('the program', () => {
  it('gets its arguments as they were typed', async () => {
    const hostile = ['--json', '-h', '--', '', ' a  b ', `'"\\$(id)\`id\`%PATH%`, '*', '--home=x', 'é\n'];
    const { stdout } = await exec([
      NODE,
      '-e',
      'process.stdout.write(JSON.stringify(process.argv.slice(1)))',
      '--',
      ...hostile,
    ]);
    expect(JSON.parse(stdout)).toEqual(hostile);
  });

  it('is found by PATH, and by a path', async () => {
    desk.write('say', '#!/bin/sh\necho here\n');
    await run(['chmod', '755', desk.path('say')]);
    expect((await exec(['./say'])).stdout).toBe('here\n');
    const env = { PATH: `${desk.folder}:${process.env['PATH'] ?? ''}` };
    expect((await exec(['say'], { env })).stdout).toBe('here\n');
  });

  it('needs no dashes when it takes no options', async () => {
    expect((await desk.run(['exec', 'echo', 'here'])).stdout).toBe('here\n');
    expect((await desk.run(['--home', desk.home, 'exec', 'echo', 'here'])).stdout).toBe('here\n');
  });

  it('has the streams to itself', async () => {
    const bytes = Uint8Array.from({ length: 300_000 }, (_, at) => (at * 7) % 251);
    const script = 'process.stdin.pipe(process.stdout); process.stderr.write("talk")';
    const { stdout, stderr, exitCode } = await exec([NODE, '-e', script], {
      input: Buffer.from(bytes).toString('base64'),
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: 'talk' });
    expect(stdout).toBe(Buffer.from(bytes).toString('base64'));
  });

  it('finds its input where its caller left it', async () => {
    const line = 'read first; "$NODE" "$BIN" exec -- head -n 1; cat';
    const env = { NODE, BIN: MINTMARK_BIN, MINTMARK_HOME: desk.home };
    desk.write('lines', 'one\n');
    const { stdout } = await run(['sh', '-c', `${line} < /dev/null`], { env, input: 'one\ntwo\n' });
    expect(stdout).toBe('two\n');
  });

  it("has the variables, and its user's own", async () => {
    const { stdout } = await exec(['env'], { env: { OWN: 'kept' } });
    expect(stdout).toMatch(/^OWN=kept$/m);
    expect(stdout).toMatch(/^NODE_EXTRA_CA_CERTS=.*roots\.pem$/m);
    expect(stdout).not.toMatch(/^NODE_OPTIONS=/m);
  });

  it('is reported under --json once it has ended', async () => {
    const { stdout, exitCode } = await desk.run(['exec', '--json', '--', 'sh', '-c', 'exit 3']);
    expect(exitCode).toBe(3);
    expect(JSON.parse(stdout)).toEqual({ program: 'sh', args: ['-c', 'exit 3'], exitCode: 3, signal: null });
  });
});

describe('its ending', () => {
  it.each([0, 1, 2, 7, 127, 255])('by exit code %i is ours', async (code) => {
    expect(await exec(['sh', '-c', `exit ${code}`])).toMatchObject({ exitCode: code, stderr: '' });
  });

  it.each(['SIGTERM', 'SIGKILL', 'SIGINT', 'SIGHUP', 'SIGUSR1', 'SIGUSR2'] as const)(
    'by %s is ours',
    async (signal) => {
      const number = constants.signals[signal];
      expect(await endingOf(['sh', '-c', `kill -${number} $$`])).toEqual({ code: null, signal });
    },
  );

  it('by a signal that Node takes no notice of is its number', async () => {
    expect(await endingOf(['sh', '-c', 'kill -PIPE $$'])).toEqual({
      code: 128 + constants.signals.SIGPIPE,
      signal: null,
    });
  });
});

type Ended = { readonly code: number | null; readonly signal: NodeJS.Signals | null };

interface Live {
  /** The first line it printed, and everything since. */
  readonly output: () => string;
  readonly kill: (signal: NodeJS.Signals) => void;
  readonly ended: Promise<Ended>;
}

/** Starts `mintmark exec -- COMMAND` without a terminal and waits for its first output. */
function start(command: readonly string[]): Promise<Live> {
  return new Promise((resolve, reject) => {
    const env = scrubbedEnvironment({ MINTMARK_HOME: desk.home });
    const child = spawn(NODE, [MINTMARK_BIN, 'exec', '--', ...command], { env, cwd: desk.folder, stdio: 'pipe' });
    let output = '';
    const ended = new Promise<Ended>((done) => {
      child.on('close', (code, signal) => done({ code, signal }));
    });
    const live = { output: () => output, kill: (signal: NodeJS.Signals) => void child.kill(signal), ended };
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      resolve(live);
    });
    child.on('error', reject);
    child.on('close', () => resolve(live));
  });
}

const endingOf = async (command: readonly string[]): Promise<Ended> => (await start(command)).ended;

describe('a signal to us', () => {
  const TRAPS = `
    for (const signal of ['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'])
      process.on(signal, () => { console.log(signal); clearInterval(timer); process.exitCode = 9; });
    const timer = setInterval(() => {}, 1000);
    console.log('ready');
  `;

  it.each(['SIGTERM', 'SIGHUP', 'SIGINT', 'SIGQUIT', 'SIGUSR2'] as const)('reaches the program: %s', async (signal) => {
    const live = await start([NODE, '-e', TRAPS]);
    live.kill(signal);
    expect(await live.ended).toEqual({ code: 9, signal: null });
    expect(live.output()).toBe(`ready\n${signal}\n`);
  });

  it('ends both when the program does not care', async () => {
    const live = await start(['sh', '-c', 'echo ready; exec sleep 30']);
    live.kill('SIGTERM');
    expect(await live.ended).toEqual({ code: null, signal: 'SIGTERM' });
  });
});

describe('on a terminal', () => {
  beforeEach((context) => requirePrograms(context, ['python3']));

  const onExec = (script: string, steps: readonly (readonly [string, string])[]) =>
    onTerminal(desk, ['exec', '--', NODE, '-e', script], { steps });

  it('all three streams are the terminal', async () => {
    const { screen, exitCode } = await onTerminal(
      desk,
      ['exec', '--', 'sh', '-c', 'test -t 0 && test -t 1 && test -t 2 && tty'],
      {},
    );
    expect({ exitCode, screen }).toMatchObject({ exitCode: 0, screen: expect.stringContaining('/dev/') as string });
  });

  it('what is typed goes to the program, and raw mode works', async () => {
    const script = `
      process.stdin.setRawMode(true).once('data', (key) => { console.log('key ' + key[0]); process.exit(4); });
      console.log('ready');
    `;
    expect(await onExec(script, [['ready', '\u0003']])).toMatchObject({
      exitCode: 4,
      screen: expect.stringContaining('key 3') as string,
    });
  });

  it('Ctrl-C reaches the program once, and we wait for its answer', async () => {
    const script = `
      let count = 0;
      process.on('SIGINT', () => { if (++count === 1) setTimeout(() => { console.log('times ' + count); process.exit(5); }, 400); });
      setInterval(() => {}, 1000);
      console.log('ready');
    `;
    expect(await onExec(script, [['ready', '\u0003']])).toMatchObject({
      exitCode: 5,
      screen: expect.stringContaining('times 1') as string,
    });
  });

  it('Ctrl-C ends both when the program does not care', async () => {
    const { exitCode } = await onExec('setInterval(() => {}, 1000); console.log("ready")', [['ready', '\u0003']]);
    expect(exitCode).toBe(-constants.signals.SIGINT);
  });

  it('Ctrl-Z stops both, and both go on', async () => {
    const line = `set -m; "$NODE" "$BIN" exec -- sh -c 'echo ready; read answer; echo "got $answer"'; echo stopped; fg; echo end`;
    const task = ['exec', '--', 'bash', '-c', line];
    const env = { NODE, BIN: MINTMARK_BIN };
    const steps = [
      ['ready', '\u001A'],
      ['stopped', 'word\r'],
    ] as const;
    const { screen } = await onTerminal(desk, task, { steps, env });
    expect(screen).toMatch(/stopped[^]*got word[^]*end/);
  });
});

describe('a mistake', () => {
  it('in the name of the program is told', async () => {
    expect(await desk.refusal(['exec', '--', 'no-such-program'])).toMatchObject({
      exitCode: 1,
      code: 'PROGRAM_NOT_FOUND',
    });
    expect(await desk.refusal(['exec', '--', ''])).toMatchObject({ exitCode: 1, code: 'PROGRAM_NOT_FOUND' });
  });

  it('in its rights is told', async () => {
    writeFileSync(desk.path('plain'), 'no program', { mode: 0o600 });
    expect(await desk.refusal(['exec', '--', './plain'])).toMatchObject({ exitCode: 1, code: 'PROGRAM_NOT_STARTED' });
  });

  it('of leaving the dashes out is told, not guessed at', async () => {
    for (const words of [
      ['curl', '-s', 'x'],
      ['curl', '--json', 'x'],
      ['node', '--version'],
      ['npm', '--home', 'x'],
    ]) {
      const { exitCode, output } = await desk.run(['exec', ...words]);
      expect({ exitCode, output }).toMatchObject({
        exitCode: 2,
        output: expect.stringContaining('DASHES_MISSING') as string,
      });
      expect(output).toContain(`mintmark exec -- PROGRAM ${words[1]}`);
    }
  });

  it('of naming nothing is told', async () => {
    expect(await desk.refusal(['exec'])).toMatchObject({ exitCode: 2, code: 'ARGUMENT_MISSING' });
    expect(await desk.refusal(['exec', '--'])).toMatchObject({ exitCode: 2, code: 'ARGUMENT_MISSING' });
  });

  it('in our own options is told before the program runs', async () => {
    expect(await desk.refusal(['exec', '--frob', '--', 'echo'])).toMatchObject({ exitCode: 2, code: 'OPTION_UNKNOWN' });
  });
});
