/** @module `uninstall`: every trace of the root leaves the trust stores of this machine. The CA itself stays. */
import { planStores, uninstallAnchor, type StoreReport, type TrustAnchor } from '@mintmark/install';
import { listSharers } from '../ca/shared-root.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { describeStore, renderPlan, renderStores } from '../render/stores.ts';
import { chooseRootsToUninstall } from '../trust/choose-roots.ts';
import { createInstallContext } from '../trust/install-context.ts';
import { STORES_OPTION } from './install.ts';

const spec: CommandSpec = {
  name: 'uninstall',
  usage: '',
  summary: "take the CA's root out of the trust stores of this machine",
  examples: [
    ['mintmark uninstall', 'no store trusts the CA any more; its files stay'],
    ['mintmark uninstall --all', 'every CA of this home, and those that were removed from it'],
    ['mintmark uninstall --dry-run', 'the commands it would run, and nothing else'],
    ['mintmark uninstall --stores java', 'one store alone'],
  ],
  options: [
    STORES_OPTION,
    { name: 'dry-run', help: 'print what it would do, change nothing' },
    { name: 'all', help: 'every CA of this home, and those that were removed from it' },
    { name: 'password-file', value: 'F', help: 'primary password of a Firefox profile, in a file' },
  ],
  positionals: { min: 0, max: 0, what: '' },
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const anchors = chooseRootsToUninstall({ invocation, context });
  const isDryRun = isOptionSet(invocation, 'dry-run');
  if (anchors.length === 0) return { json: { stores: [] }, text: 'There is no CA here to take out.\n' };
  const install = createInstallContext({ invocation, context }, { isDryRun });
  const done: { anchor: TrustAnchor; reports: StoreReport[] }[] = [];
  for (const anchor of anchors) {
    const reports = isDryRun ? await planStores('uninstall', anchor, install) : await uninstallAnchor(anchor, install);
    done.push({ anchor, reports });
  }
  const stores = done.flatMap(({ anchor, reports }) => reports.map((report) => describeStore(report, anchor.caName)));
  const all = done.flatMap(({ reports }) => reports);
  if (isDryRun) {
    const text = done.map(({ reports }) => renderPlan(reports, context)).join('\n');
    return { json: { dryRun: true, stores }, text: `Nothing was changed. It would run:\n\n${text}` };
  }
  for (const { anchor } of done) {
    const sharers = listSharers(context.home(), { name: anchor.caName, rootDer: anchor.certDer });
    const isNamed = isOptionSet(invocation, 'all');
    if (sharers.length > 0 && !isNamed)
      context.say(
        `CA ${sharers.map((name) => `"${name}"`).join(', ')} has the same root, and is not trusted either.\n\n`,
      );
  }
  const blocks = done.map(({ anchor, reports }) => {
    const title = done.length > 1 ? `CA "${anchor.caName}"\n\n` : '';
    return title + renderStores(reports, stateWords, context);
  });
  return { json: { stores }, text: blocks.join('\n'), exitCode: all.some(isLeft) ? 1 : 0 };
}

/** Out of reach counts where something is known to be left. */
const isLeft = ({ state, places }: StoreReport): boolean =>
  state === 'failed' || state === 'trusted' || places.some(({ commands }) => commands !== undefined);

const stateWords = ({ state, isChanged }: StoreReport): string => {
  if (state === 'absent') return isChanged ? 'taken out' : 'not there';
  return state === 'unavailable' ? 'yours to do' : 'still there';
};

export const uninstallCommand: Command = { spec, execute };
