/** @module What installing needs of this process: the machine, who may be asked, and where our own workers lie. */
import { join } from 'node:path';
import { isHomePresent, openHome, type Home } from '@mintmark/ca-store';
import { createNodeMachine, parseStoreIds, type InstallContext, type Machine } from '@mintmark/install';
import { cliError } from '../cli-errors.ts';
import type { Access, Context } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readInput } from '../read-input.ts';
import { wrap } from '../terminal/text.ts';

/** The machine as this process sees it. */
export const readMachine = ({ io }: Context): Machine =>
  createNodeMachine({ env: io.env, platform: io.platform, fs: io.fs });

/** A dry run takes the home as it is, or none. @throws STORE_UNKNOWN */
export function createInstallContext({ invocation, context }: Access, options: { isDryRun: boolean }): InstallContext {
  return {
    machine: readMachine(context),
    home: options.isDryRun ? presentHome(context) : context.home(),
    stores: parseStoreIds(optionText(invocation, 'stores')),
    now: context.io.now,
    canAsk: context.canAsk,
    askSecret: rememberAnswers((what) => readSecret(what, { invocation, context })),
    announceRoot: (notice) => context.say(renderRootNotice(notice, context.canAsk)),
    workerCommand: [process.execPath, join(import.meta.dirname, '..', 'worker.cjs')],
  };
}

const presentHome = ({ io, homePath }: Context): Home | undefined =>
  isHomePresent(io.fs, homePath) ? openHome(io.fs, homePath) : undefined;

const WIDTH = 78;

type RootNotice = Parameters<InstallContext['announceRoot']>[0];

/** Why root is needed, before anything asks for a password. */
function renderRootNotice({ store, elevator, commands }: RootNotice, canAsk: boolean): string {
  const who = store.endsWith('store') ? `The ${store}` : store;
  const opening = `${who} needs root; ${elevator} ${canAsk ? 'will ask for' : 'runs'}`;
  const [only, ...more] = commands;
  if (more.length === 0) return `${wrap(`${opening} one command: ${only ?? ''}`, WIDTH)}\n\n`;
  return `${opening}:\n${commands.map((command) => `  ${command}\n`).join('')}\n`;
}

/** A store may try several ways in with one password: nobody is asked for it twice. */
function rememberAnswers(ask: (what: string) => Promise<string | undefined>): InstallContext['askSecret'] {
  const answers = new Map<string, Promise<string | undefined>>();
  return ({ what }) => {
    const answer = answers.get(what) ?? ask(what);
    answers.set(what, answer);
    return answer;
  };
}

/** From `--password-file`, or asked; undefined when neither can be. */
async function readSecret(what: string, { invocation, context }: Access): Promise<string | undefined> {
  const file = optionText(invocation, 'password-file');
  if (file !== undefined) {
    const [password = ''] = Buffer.from(readInput(file, context)).toString().split(/\r?\n/, 1);
    if (password === '') throw cliError('PASSPHRASE_EMPTY', { source: file });
    return password;
  }
  if (!context.canAsk) return undefined;
  const { askSecret } = await import('../terminal/ask.ts');
  return askSecret(`${what[0]?.toUpperCase() ?? ''}${what.slice(1)}:`);
}
