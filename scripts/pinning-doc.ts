/**
 * @module Guards the table of clients in docs/pinning.md: it is what the tests in test/pins measured, and every format stands in it,
 * as measured or as not run. With `--write` the table is written anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { PIN_FORMAT_NAMES, PIN_FORMATS, type PinFormatName } from '../packages/ca-core/src/pin-formats/index.ts';
import { readMeasured, type Behaviour, type Measured } from '../test/pins/measured.ts';
import { NOT_RUN } from '../test/pins/not-run.ts';

const PAGE = 'docs/pinning.md';
const [BEGIN, END] = ['<!-- clients: made by pnpm check --write -->', '<!-- /clients -->'];
const COLUMNS = [
  '`--format`',
  'client',
  'compares',
  'right pin',
  'wrong pin',
  'appended',
  'expired',
  'other host',
  'resumed',
  'run with',
];

function readAll(): Readonly<Record<string, Measured>> {
  const families = readdirSync('test/pins/measured').map((file) => file.replace(/\.json$/, ''));
  return Object.assign({}, ...families.map(readMeasured)) as Readonly<Record<string, Measured>>;
}

const OBJECTS = { certificate: 'certificate', 'public-key': 'key', file: 'file' } as const;

/** A word for each; a right pin that only counts below a trusted CA is told apart from one that decides alone. */
const say = (behaviour: Behaviour | undefined): string => behaviour ?? '';
const sayRight = ({ right, issued }: Measured): string => (issued === 'refused' ? `${right}, self-signed only` : right);

function renderRow(name: PinFormatName, measured: Measured | undefined): string {
  const { title, object, snippet } = PIN_FORMATS[name];
  const format = `\`${name}\`${snippet === undefined ? '' : ' (program)'}`;
  const notRun = NOT_RUN[name];
  if (measured === undefined)
    return row([format, notRun?.client ?? title, OBJECTS[object], ...Array<string>(6).fill(''), 'not run']);
  const { client, wrong, appended, expired, wrongHost, again, version } = measured;
  // What a program says of its build is no part of its version.
  const bare = version.replace(/ (?:built on|x86_64|aarch64).*/, '');
  const cells = [sayRight(measured), say(wrong), say(appended), say(expired), say(wrongHost), again, bare];
  return row([format, client, OBJECTS[object], ...cells]);
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function renderTable(measured: Readonly<Record<string, Measured>>): string {
  const head = [row(COLUMNS), row(COLUMNS.map(() => '---'))];
  return [...head, ...PIN_FORMAT_NAMES.map((name) => renderRow(name, measured[name]))].join('\n');
}

function findProblems(measured: Readonly<Record<string, Measured>>): string[] {
  const known = new Set<string>(PIN_FORMAT_NAMES);
  return [
    ...PIN_FORMAT_NAMES.filter((name) => measured[name] === undefined && NOT_RUN[name] === undefined).map(
      (name) => `${name} is neither measured nor said to be not run`,
    ),
    ...[...Object.keys(measured), ...Object.keys(NOT_RUN)]
      .filter((name) => !known.has(name))
      .map((name) => `${name} is no format`),
    ...Object.keys(NOT_RUN)
      .filter((name) => measured[name] !== undefined)
      .map((name) => `${name} is measured and said to be not run`),
  ];
}

const measured = readAll();
const page = readFileSync(PAGE, 'utf8');
const [before = '', rest = ''] = page.split(BEGIN);
const [, after = ''] = rest.split(END);
const made = `${before}${BEGIN}\n\n${renderTable(measured)}\n\n${END}${after}`;
if (process.argv.includes('--write')) writeFileSync(PAGE, made);
const problems = findProblems(measured);
if (readFileSync(PAGE, 'utf8') !== made) problems.push(`${PAGE} is not what was measured: pnpm check --write`);
for (const problem of problems) console.error(problem);
process.exitCode = problems.length === 0 ? 0 : 1;
