/** @module `exec -- CMD...`: runs a program that trusts the CA. Its exit code, signals, standard streams and terminal are its own. */
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { runProgram } from '../program/run-program.ts';
import { prepareEnvironment } from '../trust/environment.ts';

const spec: CommandSpec = {
  name: 'exec',
  usage: '-- PROGRAM [ARGUMENT...]',
  summary: 'run a program that trusts the CA, without any install',
  examples: [
    ['mintmark exec -- curl https://localhost:8443', 'curl trusts the CA'],
    ['mintmark exec -- npm test', 'Node, and what it starts'],
    ['mintmark exec -- python3 app.py', 'Requests, HTTPX, pip and urllib alike'],
    ['mintmark exec -- sh', 'a shell in which all programs do'],
  ],
  options: [],
  positionals: { min: 1, max: Infinity, what: 'a program' },
  takesCommandLine: true,
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const { plan } = prepareEnvironment({ invocation, context });
  const [program = '', ...args] = invocation.positionals;
  const ending = await runProgram({ program, args, variables: plan.variables }, context.io);
  return {
    json: { program, args, ...ending },
    text: '',
    exitCode: ending.exitCode,
    signal: ending.signal ?? undefined,
  };
}

export const execCommand: Command = { spec, execute };
