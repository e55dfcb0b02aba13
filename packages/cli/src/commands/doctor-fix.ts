/** @module `doctor --fix`: what can be done safely and at once. Roots into stores that are in reach, modes of key files; nothing else. */
import { closeSync, constants, fchmodSync, fstatSync, openSync } from 'node:fs';
import {
  installAnchor,
  planStores,
  type Finding,
  type InstallContext,
  type Repair,
  type StoreId,
  type StoreReport,
  type TrustAnchor,
} from '@mintmark/install';
import type { Access } from '../command.ts';
import type { FoundFinding } from '../render/doctor.ts';
import { createInstallContext } from '../trust/install-context.ts';

export type Ailment = {
  readonly anchor: TrustAnchor;
  readonly reports: readonly StoreReport[];
  readonly findings: readonly Finding[];
  readonly install: InstallContext;
};

/** The stores and findings as they are afterwards. */
export async function repair(
  ailment: Ailment,
  access: Access,
): Promise<{ reports: readonly StoreReport[]; findings: FoundFinding[] }> {
  const findings = ailment.findings.map((finding) => ({
    ...finding,
    isFixed: finding.repair !== undefined && applyRepair(finding.repair),
  }));
  return { findings, reports: await installMissing(ailment, access) };
}

/** The file itself, never what a link at its place leads to. */
function applyRepair({ path, mode }: Repair): boolean {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NOFOLLOW);
    fchmodSync(fd, mode);
    return (fstatSync(fd).mode & 0o777) === mode;
  } catch {
    return false;
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}

async function installMissing({ anchor, reports, install }: Ailment, access: Access): Promise<readonly StoreReport[]> {
  const missing = reports.filter(({ state }) => state === 'absent').map(({ id }) => id);
  const inReach = await listInReach(missing, anchor, install);
  if (inReach.length === 0) return reports;
  const ready = { ...createInstallContext(access, { isDryRun: false }), stores: new Set(inReach) };
  const done = await installAnchor(anchor, ready);
  return reports.map((report) => done.find(({ id }) => id === report.id) ?? report);
}

/** Stores whose work needs no root, and the others where somebody can be asked for it. */
async function listInReach(
  missing: readonly StoreId[],
  anchor: TrustAnchor,
  install: InstallContext,
): Promise<StoreId[]> {
  const isRoot = install.machine.reader.uid === 0;
  if (missing.length === 0 || isRoot || install.canAsk) return [...missing];
  const planned = await planStores('install', anchor, { ...install, stores: new Set(missing) });
  return planned.filter(({ places }) => places.every(({ needsRoot }) => needsRoot !== true)).map(({ id }) => id);
}
