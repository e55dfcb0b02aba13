/** @module Whether the CA of a server is in the stores of this machine. Pure. */
import type { StoreReport } from '../report.ts';
import type { Diagnosis, Finding } from './finding.ts';
import type { Case } from './server.ts';

export function checkReach({ signing, around }: Case): Diagnosis {
  if (signing === undefined) return { findings: [], passes: [] };
  return checkStores(around.stores.get(signing.ca.name) ?? [], signing.ca.name);
}

/** Browsers and the system's programs: without them a server is refused. The others are worth a word. */
const WEIGHTY: readonly StoreReport['id'][] = ['system', 'chromium', 'firefox'];

/** Stores that lack the CA, and those that have it. */
export function checkStores(stores: readonly StoreReport[], caName: string): Diagnosis {
  const absent = stores.filter(({ state }) => state === 'absent' || state === 'failed');
  const trusted = stores.filter(({ state }) => state === 'trusted');
  const isNowhere = absent.length > 0 && trusted.length === 0;
  const groups = isNowhere
    ? [absent]
    : [absent.filter(({ id }) => WEIGHTY.includes(id)), absent.filter(({ id }) => !WEIGHTY.includes(id))];
  const findings = groups
    .filter((group) => group.length > 0)
    .map((group): Finding => {
      const isWeighty = group.some(({ id }) => WEIGHTY.includes(id));
      return {
        id: 'store-absent',
        severity: isWeighty ? 'problem' : 'advice',
        subject: isNowhere
          ? `nothing on this machine trusts CA "${caName}"`
          : `${joinWords(group.flatMap(readersOf))} ${group.flatMap(readersOf).length === 1 ? 'does' : 'do'} not trust CA "${caName}"`,
        why: isNowhere ? 'its root is in no store' : tellStores('its root is not in', group),
        fix: formatInstall(isNowhere ? [] : group.map(({ id }) => id), caName),
      };
    });
  const passes = trusted.length === 0 ? [] : [tellStores('the CA is in', trusted)];
  return { findings, passes };
}

/** `mintmark install --stores chromium`, for all stores when none is named. */
export function formatInstall(ids: readonly string[], caName: string): string {
  const stores = ids.length === 0 ? '' : ` --stores ${ids.join(',')}`;
  return `mintmark install${stores}${caName === 'default' ? '' : ` --ca ${caName}`}`;
}

/** Who reads a store, in one or two words each. */
const readersOf = ({ id, name, clients }: StoreReport): string[] =>
  id !== 'system' ? [name] : clients.length === 0 ? ['programs of the system'] : [clients.slice(0, 3).join(', ')];

/** A line of a terminal, less the sign or the word `why` before it. */
const WIDTH = 71;

/** The words, and after them as many stores as one line has room for. */
function tellStores(words: string, stores: readonly StoreReport[]): string {
  const [only] = stores;
  if (only?.id === 'system' && stores.length === 1) return `${words} the system store`;
  const opening = `${words} the ${stores.length === 1 ? 'store' : 'stores'} of `;
  const names = stores.map(({ id, name }) => (id === 'system' ? 'the system' : name));
  const few = names
    .map((_name, i) => (i === 0 ? names : [...names.slice(0, -i), i === 1 ? 'one more' : `${i} more`]))
    .map((some) => opening + joinWords(some))
    .find((line) => line.length <= WIDTH);
  return few ?? opening + joinWords(names);
}

function joinWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}
