/** @module The whole process, from spawn to exit, against a Node that does nothing and against mkcert. */
import { cliRun, type BuiltCli } from './built-cli.ts';
import { compare, type Figure, type Floor, type Quantity, type Section } from './figures.ts';
import { interleave } from './interleave.ts';
import type { Mkcert } from './mkcert.ts';
import { NAMES } from './names.ts';
import { missing, runProgram, timeProgram } from './programs.ts';
import { newFolder } from './scratch.ts';

const ROUNDS = 40;
const MKCERT_ROUNDS = 15;
const START_FLOOR: Floor = { kind: 'at most', value: 1.35 };
/** Of `install` where everything is trusted already: it reads the stores and starts nothing. */
const INSTALL_FLOOR: Floor = { kind: 'less than', value: 2 };
const MKCERT_FLOOR: Floor = { kind: 'less than', value: 1 };

const ms = (value: number): Quantity => ({ value, unit: 'ms' });

/** Mints the same three names, in one folder again and again and in a new folder each time. */
export function measureProcess(scratch: string, cli: BuiltCli, mkcert: Mkcert | undefined): Section {
  const mints = createMints(newFolder(scratch, 'process'), cli);
  const certificates = process.env['NODE_EXTRA_CA_CERTS'];
  const here = certificates === undefined ? undefined : { ...cli, env: { NODE_EXTRA_CA_CERTS: certificates } };
  return {
    title: `Whole process: mint ${NAMES.join(' ')}`,
    note: `clean environment; medians of ${ROUNDS} alternating runs, ${MKCERT_ROUNDS} with mkcert (RSA 2048)`,
    figures: [
      ...compareWithNode(mints, scratch, cli),
      ...(here === undefined ? [] : compareHere(newFolder(scratch, 'here'), here)),
      ...compareWithMkcert(mints, scratch, mkcert),
    ],
  };
}

type Mints = {
  readonly same: () => number;
  readonly fresh: () => number;
  /** Looks at a store in the scratch HOME that trusts the CA already. */
  readonly look: () => number;
};

function createMints(scratch: string, cli: BuiltCli): Mints {
  const home = newFolder(scratch, 'home');
  const samePlace = { cwd: newFolder(scratch, 'same'), home };
  const createFresh = countedFolders(scratch, 'fresh');
  const install = ['install', '--stores', 'chromium'];
  runProgram(cliRun(cli, samePlace, 'mint', ...NAMES)); // makes the CA
  attempt(() => runProgram(cliRun(cli, samePlace, ...install)));
  return {
    same: () => timeProgram(cliRun(cli, samePlace, 'mint', ...NAMES)),
    look: () => timeProgram(cliRun(cli, samePlace, ...install, '--dry-run')),
    fresh: () => timeProgram(cliRun(cli, { cwd: createFresh(), home }, 'mint', ...NAMES)),
  };
}

/** A machine without Chromium has nothing to install into; looking is measured all the same. */
function attempt(work: () => unknown): void {
  try {
    work();
  } catch {
    // See above.
  }
}

function compareWithNode({ same, fresh, look }: Mints, scratch: string, cli: BuiltCli): Figure[] {
  const place = { cwd: scratch, home: scratch };
  const empty = { argv: [process.execPath, '-e', '0'], cwd: scratch, env: { ...cli.env, HOME: scratch } } as const;
  const times = interleave(
    {
      node: () => timeProgram(empty),
      same,
      fresh,
      look,
      version: () => timeProgram(cliRun(cli, place, '--version')),
    },
    ROUNDS,
  );
  return [
    compare('same folder : node -e 0', ms(times.same), ms(times.node), START_FLOOR),
    compare('fresh folder : node -e 0', ms(times.fresh), ms(times.node), START_FLOOR),
    compare('install, nothing to do : node -e 0', ms(times.look), ms(times.node), INSTALL_FLOOR),
    { kind: 'fact', title: '--version', quantity: ms(times.version) },
  ];
}

/** The same where the caller has NODE_EXTRA_CA_CERTS set, which makes every start of Node slower by the same amount. */
function compareHere(scratch: string, cli: BuiltCli): Figure[] {
  const figures = compareWithNode(createMints(scratch, cli), scratch, cli);
  return figures.map((figure) => ({ ...figure, title: `${figure.title}, extra CAs` }));
}

function compareWithMkcert({ same, fresh }: Mints, scratch: string, mkcert: Mkcert | undefined): Figure[] {
  const titles = { same: 'same folder : mkcert', fresh: 'fresh folder : mkcert' };
  if (mkcert === undefined)
    return Object.values(titles).map((title) => ({ kind: 'skip', title, reason: missing('mkcert') }));
  const cwd = newFolder(scratch, 'mkcert-same');
  const createFresh = countedFolders(scratch, 'mkcert-fresh');
  const times = interleave(
    {
      same,
      peerSame: () => timeProgram(mkcert.run(cwd, ...NAMES)),
      fresh,
      peerFresh: () => timeProgram(mkcert.run(createFresh(), ...NAMES)),
    },
    MKCERT_ROUNDS,
  );
  return [
    compare(titles.same, ms(times.same), ms(times.peerSame), MKCERT_FLOOR),
    compare(titles.fresh, ms(times.fresh), ms(times.peerFresh), MKCERT_FLOOR),
  ];
}

function countedFolders(parent: string, name: string): () => string {
  let count = 0;
  return () => newFolder(parent, `${name}-${count++}`);
}
