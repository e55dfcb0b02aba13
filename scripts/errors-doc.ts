/**
 * @module Guards the error tables: every code has a hint, stands in one table only, is thrown somewhere and named by a test;
 * and docs/errors.md lists them all as they are. With `--write` the page is written anew.
 */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { CORE_ERRORS } from '../packages/ca-core/src/core-errors.ts';
import { REVOCATION_ERRORS } from '../packages/ca-core/src/revocation/revocation-errors.ts';
import { STORE_ERRORS } from '../packages/ca-store/src/store-errors.ts';
import { DEV_ERRORS } from '../packages/dev/src/dev-errors.ts';
import { INSTALL_ERRORS } from '../packages/install/src/install-errors.ts';
import { CLI_ERRORS } from '../packages/cli/src/cli-errors.ts';
import { CA_ERRORS } from '../packages/cli/src/ca/ca-errors.ts';
import { DEPLOY_ERRORS } from '../packages/cli/src/certificates/deploy-errors.ts';
import { KEY_STORAGE_ERRORS } from '../packages/cli/src/key-storage/key-storage-errors.ts';
import { KEYSTORE_ERRORS } from '../packages/cli/src/keystore/keystore-errors.ts';
import { MKCERT_ERRORS } from '../packages/cli/src/mkcert/mkcert-errors.ts';
import { PASSPHRASE_ERRORS } from '../packages/cli/src/passphrase-errors.ts';
import { REVOKE_ERRORS } from '../packages/cli/src/revocation/revocation-errors.ts';
import { ROTATION_ERRORS } from '../packages/cli/src/rotation-errors.ts';
import { TIMER_ERRORS } from '../packages/cli/src/schedule/timer-errors.ts';

const PAGE = 'docs/errors.md';
const TABLES = {
  'ca-core': { ...CORE_ERRORS, ...REVOCATION_ERRORS },
  'ca-store': STORE_ERRORS,
  install: INSTALL_ERRORS,
  dev: DEV_ERRORS,
  cli: {
    ...CLI_ERRORS,
    ...PASSPHRASE_ERRORS,
    ...CA_ERRORS,
    ...KEY_STORAGE_ERRORS,
    ...KEYSTORE_ERRORS,
    ...ROTATION_ERRORS,
    ...DEPLOY_ERRORS,
    ...TIMER_ERRORS,
    ...REVOKE_ERRORS,
    ...MKCERT_ERRORS,
  },
} as const;

type Row = { message: (details: never) => string; hint: (details: never) => string; kind?: string };

/** Stands for any detail in an example: its own name in angle brackets, and harmless as number, list or text. */
function createSampleDetails(): never {
  const sample = (name: string): unknown =>
    new Proxy(
      Object.assign(() => '', {}),
      {
        get: (_target, key) => readSample(name, key),
      },
    );
  return new Proxy({}, { get: (_target, key) => sample(String(key)) }) as never;
}

/** Strings, arrays and numbers are asked for different things; each answer leads back to `<name>`. */
function readSample(name: string, key: string | symbol): unknown {
  const text = `<${name}>`;
  if (key === Symbol.toPrimitive) return () => text;
  if (key === 'toString') return () => text;
  if (key === 'length') return 1;
  if (key === 'join') return () => text;
  if (key === 'map' || key === 'slice' || key === 'filter') return () => [text];
  const value: unknown = Reflect.get(Object(text), key);
  return typeof value === 'function' ? value.bind(text) : value;
}

function renderPage(): string {
  const sections = Object.entries(TABLES).map(([name, table]) => {
    const rows = Object.entries(table as Record<string, Row>).map(([code, row]) => {
      const details = createSampleDetails();
      const cell = (text: string) =>
        text.replaceAll('\n', ' ').replaceAll('|', '\\|').replaceAll('<', '&lt;').replaceAll(/\s+/g, ' ');
      return `| \`${code}\` | ${row.kind === 'usage' ? 2 : 1} | ${cell(row.message(details))} | ${cell(row.hint(details))} |`;
    });
    return `## ${name}\n\n| code | exit | message | hint |\n| --- | --- | --- | --- |\n${rows.join('\n')}\n`;
  });
  return `# Errors\n\nEvery error has a code that does not change, one line, and a hint. Made by \`pnpm check --write\` from the tables.\n\n${sections.join('\n')}`;
}

const isSource = (name: string): boolean => /\.(?:ts|mjs)$/.test(name);

function readTree(folder: string): { path: string; text: string }[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => isSource(name) && !/(?:^|\/)(?:node_modules|dist)\//.test(name))
    .map((name) => ({ path: join(folder, name), text: readFileSync(join(folder, name), 'utf8') }));
}

function findProblems(): string[] {
  const files = [...readTree('packages'), ...readTree('test')];
  const tests = files.filter(({ path }) => path.endsWith('.test.ts') || path.startsWith('test/'));
  const sources = files.filter(({ path }) => path.startsWith('packages/') && !path.endsWith('.test.ts'));
  const mentions = (group: typeof files, code: string): number =>
    group.filter(({ text }) => text.includes(`'${code}'`)).length;
  return Object.values(TABLES).flatMap((table) =>
    Object.entries(table as Record<string, Row>).flatMap(([code, row]) => [
      ...(row.hint(createSampleDetails()) === '' ? [`${code} has no hint`] : []),
      ...(mentions(sources, code) === 0 ? [`${code} is thrown nowhere`] : []),
      ...(mentions(tests, code) === 0 ? [`${code} is named by no test`] : []),
    ]),
  );
}

const page = renderPage();
if (process.argv.includes('--write')) writeFileSync(PAGE, page);
const problems = findProblems();
if (readFileSync(PAGE, 'utf8') !== page) problems.push(`${PAGE} is not what the tables say: pnpm check --write`);
for (const problem of problems) process.stderr.write(`${problem}\n`);
process.exitCode = problems.length === 0 ? 0 : 1;
