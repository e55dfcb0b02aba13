/**
 * @module Lints what the command line mints with zlint. Rules of the standards and of the root programs must hold
 * without exception; of the CA/Browser Forum's rules for public CAs, only those in `cabf-exceptions.ts` may be broken.
 * First, zlint itself is tried on certificates by OpenSSL, one of them faulty. A missing program skips the tests that
 * need it, unless `MINTMARK_REQUIRE_CLIENTS=1`, which fails them.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CABF_EXCEPTIONS, type CabfException } from './cabf-exceptions.ts';
import {
  CLI_PATH,
  KEY_TYPES,
  mintCertificates,
  type MintedCertificate,
  type MintedFile,
} from './minted-certificates.ts';
import { type Finding, type LintReport, lintFiles, runZlint, zlintPath } from './zlint.ts';

const ZLINT_ABSENT = zlintPath() === undefined ? 'zlint is not built (scripts/build-zlint.sh)' : undefined;
const OPENSSL_ABSENT = spawnSync('openssl', ['version']).status === 0 ? undefined : 'openssl is not installed';
const CLI_ABSENT = existsSync(CLI_PATH) ? undefined : 'the command line is not built (pnpm build)';
/** Fewer lints than this on one certificate would mean that zlint passed it by; the smallest leaf gets 64. */
const LEAST_LINTS_RUN = 50;

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'mintmark-lint-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A test that needs other programs: when one is absent, skipped with the reason in its name, or failed if required. */
function testWith(absent: string | undefined, name: string, body: () => void): void {
  if (absent === undefined) it(name, body);
  else if (process.env['MINTMARK_REQUIRE_CLIENTS'] === '1') it(name, () => expect.fail(absent));
  else it.skip(`${name} (skipped: ${absent})`, body);
}

function isGrave(finding: Finding): boolean {
  return finding.status === 'error' || finding.status === 'fatal';
}

describe('zlint on certificates by OpenSSL', () => {
  const absent = ZLINT_ABSENT ?? OPENSSL_ABSENT;

  testWith(absent, 'finds no error in a sound root', () => {
    const [report] = lintFiles([selfSign('sound', 'critical,CA:TRUE')]);
    expect(report?.certificates).toBe(1);
    expect(report?.lintsRun).toBeGreaterThan(LEAST_LINTS_RUN);
    expect(report?.findings.filter(isGrave)).toEqual([]);
  });

  testWith(absent, 'tells which certificate of a file breaks which rule of which document', () => {
    const file = join(folder, 'pair.pem');
    const sound = readFileSync(selfSign('first', 'critical,CA:TRUE'));
    const faulty = readFileSync(selfSign('second', 'CA:TRUE'));
    writeFileSync(file, Buffer.concat([sound, faulty]));
    const found = runZlint([file]).filter(isGrave);
    expect(found).toHaveLength(1);
    const rule = { lint: 'e_basic_constraints_not_critical', status: 'error', source: 'RFC5280' };
    expect(found[0]).toMatchObject({ file, index: 1, ...rule });
  });

  testWith(absent, 'throws on a file without a certificate, and calls one it cannot parse fatal', () => {
    const empty = join(folder, 'empty.pem');
    writeFileSync(empty, 'nothing\n');
    expect(() => runZlint([empty])).toThrow('holds no certificate');
    const broken = join(folder, 'broken.der');
    writeFileSync(broken, Buffer.from([0x30, 0x00]));
    expect(runZlint([broken])).toMatchObject([{ file: broken, index: 0, status: 'fatal', source: 'Parser' }]);
  });
});

describe('zlint on what the command line mints', () => {
  const absent = ZLINT_ABSENT ?? CLI_ABSENT;
  let minted: Map<string, MintedFile>;
  let reports: LintReport[];
  let grave: Finding[];

  beforeAll(() => {
    if (absent !== undefined) return;
    const files = mintCertificates(folder);
    minted = new Map(files.map((file) => [file.path, file]));
    reports = lintFiles([...minted.keys()]);
    grave = reports.flatMap((report) => report.findings).filter(isGrave);
    expect(minted.size, 'each certificate has a file of its own').toBe(files.length);
  });

  testWith(absent, 'looks at every certificate', () => {
    const counted = reports.map(({ file, certificates }) => [minted.get(file)?.title, certificates]);
    expect(counted).toEqual([...minted.values()].map(({ title, certificates }) => [title, certificates.length]));
    const hardlyLinted = reports.filter(({ lintsRun, certificates }) => lintsRun < LEAST_LINTS_RUN * certificates);
    expect(hardlyLinted).toEqual([]);
  });

  for (const keyType of KEY_TYPES) {
    testWith(absent, `finds no error of the standards or the root programs in ${keyType} certificates`, () => {
      const ofKeyType = grave.filter((finding) => certificateOf(finding)?.keyType === keyType);
      expect(ofKeyType.filter((finding) => !isCabf(finding)).map(inWords)).toEqual([]);
    });
  }

  testWith(absent, 'finds no CA/Browser Forum error but the written exceptions', () => {
    const unforeseen = grave.filter(
      (finding) => isCabf(finding) && !CABF_EXCEPTIONS.some((exception) => covers(exception, finding)),
    );
    expect(unforeseen.map(inWords)).toEqual([]);
  });

  testWith(absent, 'still finds every written exception', () => {
    const unused = CABF_EXCEPTIONS.filter((exception) => !grave.some((finding) => covers(exception, finding)));
    expect(unused).toEqual([]);
  });

  function certificateOf({ file, index }: Finding): MintedCertificate | undefined {
    return minted.get(file)?.certificates[index];
  }

  function covers({ lint, on }: CabfException, finding: Finding): boolean {
    const certificate = certificateOf(finding);
    return finding.lint === lint && isCabf(finding) && (certificate?.role === on || certificate?.keyType === on);
  }

  function inWords(finding: Finding): string {
    const { lint, source, status, details } = finding;
    const certificate = `${minted.get(finding.file)?.title}, ${certificateOf(finding)?.role}`;
    return `${certificate}: ${status} ${source} ${lint} ${details}`.trimEnd();
  }
});

function isCabf({ source }: Finding): boolean {
  return source.startsWith('CABF');
}

/** A self-signed P-256 root by OpenSSL with the given basicConstraints, otherwise sound; returns its PEM file. */
function selfSign(name: string, basicConstraints: string): string {
  const config = join(folder, `${name}.cnf`);
  const file = join(folder, `${name}.pem`);
  const extensions = [`basicConstraints=${basicConstraints}`, 'keyUsage=critical,digitalSignature,keyCertSign,cRLSign'];
  const lines = [
    '[req]',
    'distinguished_name=dn',
    'prompt=no',
    'x509_extensions=root',
    '[dn]',
    'C=XX',
    'O=Test',
    `CN=${name}`,
  ];
  writeFileSync(config, [...lines, '[root]', ...extensions, 'subjectKeyIdentifier=hash', ''].join('\n'));
  const key = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:P-256',
    '-noenc',
    '-keyout',
    join(folder, `${name}.key`),
  ];
  execFileSync('openssl', ['req', '-x509', ...key, '-config', config, '-sha256', '-days', '3650', '-out', file], {
    stdio: 'pipe',
  });
  return file;
}
