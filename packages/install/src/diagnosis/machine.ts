/** @module The usual causes of trouble on a machine, without any server: dates, keys, variables, proxies, the clock. Pure. */
import type { StoreReport } from '../report.ts';
import type { Finding } from './finding.ts';
import { checkProxies } from './network.ts';
import { isVerificationOff } from './trust-variables.ts';
import { typePath } from './typed-path.ts';

export type MachineSight = {
  readonly ca: {
    readonly name: string;
    readonly notBefore: Date;
    /** The sooner of root and issuer. */
    readonly notAfter: Date;
  };
  readonly variables: readonly VariableSight[];
  readonly keyFiles: readonly KeyFileSight[];
  /** Certificates of the same subject as the root, and other keys, by where they were seen. */
  readonly namesakes: readonly { readonly sha256Hex: string; readonly where: string }[];
  readonly stores: readonly StoreReport[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly now: Date;
  readonly formatPath: (path: string) => string;
};

/** A variable that is set and changes whom programs trust. */
export type VariableSight = {
  readonly name: string;
  readonly value: string;
  readonly effect: 'replaces' | 'adds' | 'options' | 'off';
  /** What it points to: the root is in it, is not, or nothing readable is there. Absent where it names no file. */
  readonly content?: 'root' | 'other' | 'unreadable';
  /** It points to the system's own bundle, whose state is told by its store. */
  readonly isSystemBundle?: boolean;
};

/** A private key on disk; `mode` holds the permission bits. */
export type KeyFileSight = { readonly path: string; readonly what: string; readonly mode: number };

const DAY_MS = 86_400_000;
const SOON_DAYS = 30;
const OTHERS_BITS = 0o077;
const KEY_MODE = 0o600;
/** No computer that runs this has an honest clock before it was written. */
const FIRST_YEAR = 2026;

/** The gravest first. */
export function diagnoseMachine(sight: MachineSight): Finding[] {
  const findings = [
    ...checkClock(sight),
    ...checkCaDates(sight),
    ...checkKeyFiles(sight),
    ...checkNamesakes(sight),
    ...checkVariables(sight),
    ...checkProxies(sight.env, 'localhost'),
  ];
  return findings.sort((a, b) => Number(a.severity === 'advice') - Number(b.severity === 'advice'));
}

const formatDay = (date: Date): string => date.toISOString().slice(0, 10);

function checkClock({ now, ca }: MachineSight): Finding[] {
  const isBeforeCa = now < ca.notBefore;
  if (!isBeforeCa && now.getUTCFullYear() >= FIRST_YEAR) return [];
  return [
    {
      id: 'clock',
      severity: 'problem',
      subject: "this machine's clock is wrong",
      why: `it says ${formatDay(now)}${isBeforeCa ? `, and CA "${ca.name}" was made on ${formatDay(ca.notBefore)}` : ''}`,
      fix: 'timedatectl set-ntp true',
    },
  ];
}

function checkCaDates({ now, ca }: MachineSight): Finding[] {
  const days = Math.ceil((ca.notAfter.getTime() - now.getTime()) / DAY_MS);
  if (days > SOON_DAYS) return [];
  const isOver = ca.notAfter < now;
  return [
    {
      id: isOver ? 'ca-expired' : 'ca-expires-soon',
      severity: isOver ? 'problem' : 'advice',
      subject: isOver ? `clients refuse all certificates of CA "${ca.name}"` : `CA "${ca.name}" ends soon`,
      why: isOver
        ? `the CA expired on ${formatDay(ca.notAfter)}`
        : `it lasts ${days === 1 ? '1 day' : `${days} days`} more`,
      fix: 'mintmark ca create NAME',
      next: 'mintmark install --ca NAME',
    },
  ];
}

function checkKeyFiles({ keyFiles, formatPath }: MachineSight): Finding[] {
  return keyFiles
    .filter(({ mode }) => (mode & OTHERS_BITS) !== 0)
    .map(({ path, what, mode }) => ({
      id: 'key-readable',
      severity: 'problem',
      subject: `${what} can be read by others`,
      why: `${formatPath(path)} has mode ${(mode & 0o777).toString(8)}`,
      fix: `chmod 600 ${typePath(path, formatPath)}`,
      repair: { kind: 'mode', path, mode: KEY_MODE },
    }));
}

/** Clients look issuers up by name: with two of one name some find the wrong one. */
function checkNamesakes({ namesakes, ca }: MachineSight): Finding[] {
  return namesakes.map(({ where, sha256Hex }) => ({
    id: 'ca-namesake',
    severity: 'problem',
    subject: `another CA has the name of CA "${ca.name}"`,
    why: `${where} holds a certificate of the same name and another key (SHA-256 ${sha256Hex.slice(0, 16)}…)`,
    fix: 'mintmark ca create NAME',
    next: 'use that one; or take the other out with the program that put it there',
  }));
}

function checkVariables(sight: MachineSight): Finding[] {
  return sight.variables.flatMap((variable) => checkVariable(variable, sight));
}

function checkVariable(
  { name, value, effect, content, isSystemBundle }: VariableSight,
  sight: MachineSight,
): Finding[] {
  const cure = { fix: `unset ${name}`, next: 'or run programs by: mintmark exec -- CMD' };
  if (effect === 'off' && isVerificationOff(name, value)) {
    const why = `${name}=${value} is set`;
    return [
      { id: 'variable', severity: 'problem', subject: 'programs verify no certificate', why, fix: `unset ${name}` },
    ];
  }
  if (content === 'unreadable') {
    const why = `${name} points to ${sight.formatPath(value)}, which can't be read`;
    return [{ id: 'variable', severity: 'problem', subject: 'programs find no list of roots', why, ...cure }];
  }
  if (content !== 'other' || effect === 'adds' || isSystemBundle === true) return [];
  const why = `${name} leads programs to ${sight.formatPath(value)}, which lacks the root of CA "${sight.ca.name}"`;
  return [{ id: 'variable', severity: 'problem', subject: `a variable hides CA "${sight.ca.name}"`, why, ...cure }];
}
