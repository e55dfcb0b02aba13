/**
 * @module Why clients refuse a server, from the certificates it sent and from what this home and this machine know. Pure: what was seen
 * goes in, findings come out, the gravest first.
 */
import { formatHex } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { CertificateFacts } from '@mintmark/ca-core/read';
import { checkChain } from './chain.ts';
import { checkDates, checkStale } from './dates.ts';
import type { Diagnosis, Finding } from './finding.ts';
import { checkNames, checkUsage } from './leaf.ts';
import { checkNetwork } from './network.ts';
import { checkReach } from './reach.ts';
import type { ServerSight, Surroundings } from './server-sight.ts';
import { findSigning, type Signing } from './signed-by.ts';
import { checkSigner } from './signer.ts';

/** What the checks share. */
export type Case = {
  readonly sight: ServerSight;
  readonly around: Surroundings;
  readonly leaf: CertificateFacts;
  /** Undefined when no CA of this home signed the leaf. */
  readonly signing: Signing | undefined;
  /** `localhost:8443`, `[::1]:8443`. */
  readonly target: string;
  /** The home's entry of the leaf, and the newest one for the same file. */
  readonly entry: Surroundings['ledger'][number] | undefined;
  readonly newest: Surroundings['ledger'][number] | undefined;
};

type Check = (given: Case) => Diagnosis;

const CHECKS: readonly Check[] = [checkDates, checkNames, checkChain, checkSigner, checkUsage, checkReach];
const ADVICE: readonly Check[] = [checkStale, checkNetwork];

export function diagnoseServer(sight: ServerSight, around: Surroundings): Diagnosis {
  const given = openCase(sight, around);
  const main = CHECKS.map((check) => check(given));
  const rest = ADVICE.map((check) => check(given));
  const findings = [...main, ...rest].flatMap((diagnosis) => diagnosis.findings);
  const hasProblem = findings.some(({ severity }) => severity === 'problem');
  return {
    findings: [...findings, ...(hasProblem ? warnOfPreload(given) : [])].sort(byGravity),
    passes: joinFirst([...main, ...rest].flatMap(({ passes }) => passes)),
  };
}

const NAMES = 'the certificate names ';
const LASTS = 'the certificate lasts ';

/** Names and dates are one line where both are well. */
function joinFirst(passes: readonly string[]): string[] {
  const names = passes.find((words) => words.startsWith(NAMES));
  const lasts = passes.find((words) => words.startsWith(LASTS));
  if (names === undefined || lasts === undefined) return [...passes];
  const rest = passes.filter((words) => words !== names && words !== lasts);
  return [`${names} and lasts ${lasts.slice(LASTS.length)}`, ...rest];
}

const byGravity = (a: Finding, b: Finding): number => Number(a.severity === 'advice') - Number(b.severity === 'advice');

function openCase(sight: ServerSight, around: Surroundings): Case {
  const { host, port, chain } = sight;
  const leaf = chain.find(({ isCa }) => !isCa) ?? chain[0];
  if (leaf === undefined) throw new TypeError('a sight of a server has at least one certificate');
  const digest = formatHex(nodeSha256(leaf.certDer));
  const entry = around.ledger.findLast(({ certSha256Hex }) => certSha256Hex === digest);
  const newest = around.ledger.findLast(({ certFile }) => certFile === entry?.certFile);
  const target = `${host.includes(':') ? `[${host}]` : host}:${port}`;
  return { sight, around, leaf, signing: findSigning(leaf, around.cas), target, entry, newest };
}

/** Top-level domains that browsers open by HTTPS alone, from Chromium's transport_security_state_static.json. */
const PRELOADED_TLDS = new Set(
  (
    'android app bank boo channel chrome dad day dev eat esq fly foo gle gmail google hangout how ing insurance meet meme ' +
    'mov new nexus page phd play prof rsvp search youtube zip'
  ).split(' '),
);

function warnOfPreload({ sight, target }: Case): Finding[] {
  const tld = sight.host.slice(sight.host.lastIndexOf('.') + 1).toLowerCase();
  if (!PRELOADED_TLDS.has(tld)) return [];
  return [
    {
      id: 'server-preloaded',
      severity: 'advice',
      subject: `browsers let nobody click past the warning at ${target}`,
      why: `all names below .${tld} are HTTPS alone, by a list in the browsers`,
    },
  ];
}
