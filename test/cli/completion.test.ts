/**
 * @module Completion scripts, run by the shells they are for: commands, options and values come up.
 */
import { describe, expect, it } from 'vitest';
import { MINTMARK_BIN } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import { deskMaker } from './desk.ts';

const desk = deskMaker('completion')();

/** What bash offers for the last of the words. */
async function offered(words: readonly string[]): Promise<readonly string[]> {
  const script = `eval "$("${process.execPath}" "$MINTMARK_PROGRAM" completion bash)"
COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _mintmark; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const { stdout } = await runOrThrow([programPath('bash'), '-c', script, 'bash', ...words], {
    env: { MINTMARK_PROGRAM: MINTMARK_BIN, MINTMARK_HOME: desk.home },
  });
  return stdout.split('\n').filter((line) => line !== '');
}

describe('bash', () => {
  it('offers commands, options and their values', async (context) => {
    requirePrograms(context, ['bash']);
    expect(await offered(['mintmark', 's'])).toEqual(['self-signed', 'sign']);
    expect(await offered(['mintmark', 'mint', '--dr'])).toEqual(['--dry-run']);
    expect(await offered(['mintmark', 'mint', '--key', 'ec'])).toEqual(['ecdsa-p256', 'ecdsa-p384']);
    expect(await offered(['mintmark', 'ca', 're'])).toEqual(['remove']);
    expect(await offered(['mintmark', 'pin', 'x.pem', '--format', 'cu'])).toEqual(['curl']);
  });
});

it('every script is accepted by its shell, where that is installed', async () => {
  for (const shell of ['bash', 'zsh', 'fish', 'powershell']) {
    const { stdout } = await desk.runOrThrow(['completion', shell]);
    expect(stdout, shell).toContain('self-signed');
    if (shell === 'powershell') continue;
    const file = desk.write(`completion.${shell}`, stdout);
    const checked = await run([programPath('env'), shell, '-n', file]);
    const isInstalled = checked.exitCode !== 127;
    expect([isInstalled, checked.exitCode === 0], `${shell}: ${checked.output}`).toEqual([isInstalled, isInstalled]);
  }
});
