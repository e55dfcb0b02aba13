/**
 * @module Runs zlint, the linter of public certificate authorities, over certificate files. The program is made by
 * `scripts/build-zlint.sh` from Debian's packages around `zlint-json.go`; this module neither builds it nor judges what
 * it finds.
 * @see https://github.com/zmap/zlint
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** How bad zlint calls a finding: `fatal` means that the lint, or the parser, could not do its work. */
type FindingStatus = 'notice' | 'warn' | 'error' | 'fatal';

/** One lint that did not pass on one certificate. */
export interface Finding {
  /** The path as it was given. */
  readonly file: string;
  /** Which certificate of the file, or which revocation list, from 0. */
  readonly index: number;
  /** zlint's name, for example `e_ext_san_missing`. */
  readonly lint: string;
  readonly status: FindingStatus;
  /** Whose rule it is: `RFC5280`, `CABF_BR`, `Mozilla` …; `Parser` when zlint could not read the certificate. */
  readonly source: string;
  /** zlint's words; often empty. */
  readonly details: string;
}

/** What zlint did with one file. */
export interface LintReport {
  readonly file: string;
  readonly certificates: number;
  /** How many revocation lists. */
  readonly lists: number;
  /** How many lints applied to what is in the file: 0 findings of 0 lints prove nothing. */
  readonly lintsRun: number;
  readonly findings: readonly Finding[];
}

const BUILT_PROGRAM = fileURLToPath(new URL('../../.cache/zlint', import.meta.url));
const OUTPUT_LIMIT_BYTES = 64 * 1024 * 1024;
const STATUSES: readonly string[] = ['notice', 'warn', 'error', 'fatal'] satisfies FindingStatus[];

/** The program to run: `MINTMARK_ZLINT`, else the repository's `.cache/zlint`; `undefined` when there is no such file. */
export function zlintPath(): string | undefined {
  const path = process.env['MINTMARK_ZLINT'] ?? BUILT_PROGRAM;
  return existsSync(path) ? path : undefined;
}

/**
 * Every finding in the given PEM or DER files, in the order of files and of certificates in them.
 * @throws Error when zlint is not built, or a file cannot be read or holds no certificate
 */
export function runZlint(files: readonly string[]): Finding[] {
  return lintFiles(files).flatMap((report) => report.findings);
}

/** As {@link runZlint}, but a report for each file, which also tells how many lints ran. */
export function lintFiles(files: readonly string[]): LintReport[] {
  if (files.length === 0) return [];
  const program = zlintPath();
  if (program === undefined) throw new Error('zlint is not built: run scripts/build-zlint.sh');
  const { status, stdout, stderr, error } = spawnSync(program, files, {
    encoding: 'utf8',
    maxBuffer: OUTPUT_LIMIT_BYTES,
  });
  if (error !== undefined) throw new Error(`cannot run ${program}`, { cause: error });
  if (status !== 0) throw new Error(stderr.trim() || `${program} ended with status ${status}`);
  return stdout
    .trimEnd()
    .split('\n')
    .map((line) => parseReport(line));
}

function parseReport(line: string): LintReport {
  const value: unknown = JSON.parse(line);
  if (!isReport(value)) throw new TypeError(`not a report of zlint-json: ${line}`);
  const { file } = value;
  return { ...value, findings: value.findings.map((finding) => ({ ...finding, file })) };
}

type FindingOfFile = Omit<Finding, 'file'>;

function isReport(value: unknown): value is LintReport & { readonly findings: readonly FindingOfFile[] } {
  return (
    isRecord(value) &&
    typeof value['file'] === 'string' &&
    typeof value['certificates'] === 'number' &&
    typeof value['lists'] === 'number' &&
    typeof value['lintsRun'] === 'number' &&
    Array.isArray(value['findings']) &&
    value['findings'].every(isFindingOfFile)
  );
}

function isFindingOfFile(value: unknown): value is FindingOfFile {
  return (
    isRecord(value) &&
    typeof value['index'] === 'number' &&
    typeof value['lint'] === 'string' &&
    typeof value['status'] === 'string' &&
    STATUSES.includes(value['status']) &&
    typeof value['source'] === 'string' &&
    typeof value['details'] === 'string'
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
