/** @module Dates of a server's certificate: expired, not yet valid, a wrong clock, a newer one that waits on disk. Pure. */
import type { Diagnosis, Finding } from './finding.ts';
import { formatMintAgain } from './mint-again.ts';
import type { Case } from './server.ts';

const DAY_MS = 86_400_000;
const SOON_DAYS = 20;

const formatDay = (date: Date): string => date.toISOString().slice(0, 10);

export function checkDates(given: Case): Diagnosis {
  const { leaf, around, target } = given;
  const { now } = around;
  if (now < leaf.notBefore) return { findings: [describeEarly(given)], passes: [] };
  if (now > leaf.notAfter) return { findings: [describeExpired(given)], passes: [] };
  const days = Math.ceil((leaf.notAfter.getTime() - now.getTime()) / DAY_MS);
  const lasts = `the certificate lasts ${days === 1 ? '1 day' : `${days} days`}`;
  if (days > SOON_DAYS) return { findings: [], passes: [lasts] };
  const isShort = leaf.notAfter.getTime() - leaf.notBefore.getTime() < SOON_DAYS * DAY_MS;
  if (isShort) return { findings: [], passes: [lasts] };
  const soon: Finding = {
    id: 'server-expires-soon',
    severity: 'advice',
    subject: `the certificate of ${target} ends soon`,
    why: `it lasts ${days === 1 ? '1 day' : `${days} days`} more, until ${formatDay(leaf.notAfter)}`,
    ...renewal(given),
  };
  return { findings: [soon], passes: [] };
}

const namesOf = ({ leaf, sight }: Case): string[] =>
  leaf.names.length === 0 ? [sight.host] : leaf.names.map(({ text }) => text);

/** A newer one on disk needs no minting. */
function renewal(given: Case): Pick<Finding, 'fix' | 'next'> {
  const waiting = describeWaiting(given);
  if (waiting !== undefined) return { fix: waiting };
  return { fix: formatMintAgain(given, namesOf(given)), next: 'restart the server' };
}

/** What to do when the file on disk is ahead of the server; undefined when it is not. */
function describeWaiting({ entry, newest, around }: Case): string | undefined {
  if (entry === undefined || newest === undefined || newest.certSha256Hex === entry.certSha256Hex) return undefined;
  if (new Date(newest.notAfter) <= around.now) return undefined;
  return `restart or reload the server: ${around.formatPath(newest.certFile)} holds a newer certificate`;
}

function describeExpired(given: Case): Finding {
  const { leaf, target } = given;
  return {
    id: 'server-expired',
    severity: 'problem',
    subject: `clients refuse ${target}`,
    why: `its certificate expired on ${formatDay(leaf.notAfter)}`,
    ...renewal(given),
  };
}

/** When our own issuer is not valid yet either, it is the clock that is wrong. */
function describeEarly({ leaf, around, target, signing }: Case): Finding {
  const isClock = signing !== undefined && around.now < signing.by.notBefore;
  return {
    id: isClock ? 'clock' : 'server-not-yet-valid',
    severity: 'problem',
    subject: `clients refuse ${target}`,
    why: isClock
      ? `this machine's clock says ${formatDay(around.now)}, before its CA was made`
      : `its certificate begins on ${formatDay(leaf.notBefore)}, and this machine's clock says ${formatDay(around.now)}`,
    fix: 'set the clock: timedatectl set-ntp true',
  };
}

/** A valid certificate that is not the newest one of its file. */
export function checkStale(given: Case): Diagnosis {
  const { leaf, around, target } = given;
  const fix = describeWaiting(given);
  if (fix === undefined || leaf.notAfter < around.now) return { findings: [], passes: [] };
  const stale: Finding = {
    id: 'server-stale',
    severity: 'advice',
    subject: `${target} still sends an older certificate`,
    why: 'the server read its file before the newest certificate was put there',
    fix,
  };
  return { findings: [stale], passes: [] };
}
