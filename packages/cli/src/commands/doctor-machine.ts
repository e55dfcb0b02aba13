/** @module `doctor` without a target: each store and client of this machine, and the usual causes of trouble. */
import { join } from 'node:path';
import { listCaNames, readCa, readLedger, type Home, type StoredCa } from '@mintmark/ca-store';
import {
  diagnoseMachine,
  formatInstall,
  inspectStores,
  readTrustSurroundings,
  type Finding,
  type InstallContext,
  type KeyFileSight,
  type ProbeResult,
  type StoreReport,
} from '@mintmark/install';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { describeClient, describeFinding, renderMachine, storesFor, type FoundFinding } from '../render/doctor.ts';
import { describeStore } from '../render/stores.ts';
import { formatPath } from '../terminal/text.ts';
import { anchorOf } from '../trust/choose-roots.ts';
import { createInstallContext } from '../trust/install-context.ts';
import { repair } from './doctor-fix.ts';
import { proveByHandshake, type Proof } from '../trust/prove.ts';

const NO_CA: Finding = {
  id: 'ca-missing',
  severity: 'problem',
  subject: 'there is no CA yet',
  why: 'the first certificate makes one',
  fix: 'mintmark install localhost 127.0.0.1 ::1',
};

export async function diagnoseThisMachine(access: Access): Promise<CommandResult> {
  const { context, invocation } = access;
  const install = createInstallContext(access, { isDryRun: true }); // checks the words first
  const home = readableHome(context);
  const ca = home === undefined ? undefined : chooseCaToExamine(home, optionText(invocation, 'ca'));
  if (home === undefined || ca === undefined) {
    const findings = [{ ...NO_CA, isFixed: false }];
    const text = renderMachine({ findings, reports: [], clients: [], caName: DEFAULT_CA }, context);
    return { json: { stores: [], clients: [], findings: findings.map(describeFinding) }, text, exitCode: 1 };
  }
  return examine({ home, ca, install }, access);
}

/** @throws CA_NOT_FOUND for a named one */
function chooseCaToExamine(home: Home, named: string | undefined): StoredCa | undefined {
  const names = listCaNames(home);
  const name = named === undefined || (named === DEFAULT_CA && names.length === 0) ? names[0] : named;
  return name === undefined ? undefined : readCa(home, name);
}

type Patient = { readonly home: Home; readonly ca: StoredCa; readonly install: InstallContext };

async function examine(patient: Patient, access: Access): Promise<CommandResult> {
  const { ca, install } = patient;
  const { context, invocation } = access;
  const anchor = anchorOf(ca);
  const seen = await inspectStores(anchor, install);
  const diagnosed = diagnose(patient, seen, context);
  const isFixing = isOptionSet(invocation, 'fix');
  const fixed = isFixing
    ? await repair({ anchor, reports: seen, findings: diagnosed, install }, access)
    : { reports: seen, findings: diagnosed.map((finding) => ({ ...finding, isFixed: false })) };
  const isLive = isOptionSet(invocation, 'live');
  const proof = await proveByHandshake({ ca, install, reports: fixed.reports, isLive }, access);
  const findings = [
    ...fixed.findings,
    ...judgeClients(proof, ca.name).map((finding) => ({ ...finding, isFixed: false })),
  ];
  return present({ proof, findings: findings.sort(byGravity), caName: ca.name }, { context, install });
}

const byGravity = (a: Finding, b: Finding): number => Number(a.severity === 'advice') - Number(b.severity === 'advice');

function diagnose({ home, ca, install }: Patient, stores: readonly StoreReport[], { io }: Context): Finding[] {
  const { root, issuer } = ca;
  return diagnoseMachine({
    ca: {
      name: ca.name,
      notBefore: root.notBefore,
      notAfter: root.notAfter < issuer.notAfter ? root.notAfter : issuer.notAfter,
    },
    ...readTrustSurroundings(install.machine.reader, anchorOf(ca)),
    keyFiles: io.platform === 'win32' ? [] : readKeyFiles(home),
    stores,
    env: io.env,
    now: io.now(),
    formatPath: (path) => formatPath(path, io.cwd),
  });
}

/** Of a ledger with thousands of lines the last ones tell enough. */
const KEYS_LOOKED_AT = 500;

/** Keys of all CAs of the home, and of the certificates it issued last. */
function readKeyFiles(home: Home): KeyFileSight[] {
  const cas = listCaNames(home).map((name) => ({
    path: join(readCa(home, name).path, 'issuer-key.pem'),
    what: `the key of CA "${name}"`,
  }));
  const issued = readLedger(home)
    .slice(-KEYS_LOOKED_AT)
    .flatMap(({ keyFile }) => (keyFile === undefined ? [] : [keyFile]));
  const leaves = [...new Set(issued)].map((path) => ({ path, what: 'a private key' }));
  return [...cas, ...leaves].flatMap(({ path, what }) => {
    const status = readStatus(home, path);
    return status?.kind === 'file' ? [{ path, what, mode: status.mode & 0o777 }] : [];
  });
}

function readStatus({ fs }: Home, path: string) {
  try {
    return fs.status(path);
  } catch {
    return undefined; // a folder that may not be entered hides its keys from others too
  }
}

/** Clients that refuse although their store holds the root, and those that verify nothing. */
function judgeClients({ clients, reports }: Proof, caName: string): Finding[] {
  return clients.flatMap((client): Finding[] => {
    const { id, name, detail, hint } = client;
    const common = { severity: 'problem', why: detail ?? 'it gave no reason' } as const;
    const fix = hint === undefined ? {} : { fix: hint };
    if (client.isBlind === true) return [{ ...common, id: `client-blind:${id}`, subject: `${name} verifies nothing` }];
    const isPromised = reports.some((report) => report.id === client.store && isTrustedFor(report, client));
    if (client.verdict !== 'refused' || !isPromised) return [];
    return [{ ...common, ...fix, id: `client-refuses:${id}`, subject: `${name} refuses CA "${caName}"` }];
  });
}

const isTrustedFor = ({ state, places }: StoreReport, { place }: ProbeResult): boolean =>
  place === undefined ? state === 'trusted' : places.some((one) => one.id === place && one.state === 'trusted');

type Outcome = { readonly proof: Proof; readonly findings: readonly FoundFinding[]; readonly caName: string };

function present(
  { proof, findings, caName }: Outcome,
  { context, install }: { readonly context: Context; readonly install: InstallContext },
): CommandResult {
  const { reports, clients, reason } = proof;
  const isIll =
    findings.some(({ severity, isFixed }) => severity === 'problem' && !isFixed) ||
    reports.some(({ state }) => state === 'failed');
  const stores = reports.map((report) => {
    const store = describeStore(report, caName);
    return report.state === 'absent'
      ? { ...store, hint: store.hint ?? formatInstall(storesFor(report, reports), caName) }
      : store;
  });
  return {
    json: {
      stores,
      clients: clients.map((client) => describeClient(client, reports, caName)),
      findings: findings.map(describeFinding),
      unproven: reason ?? null,
    },
    text: renderMachine(
      {
        findings,
        reports,
        clients,
        caName,
        reader: install.machine.reader,
        ...(reason === undefined ? {} : { reason }),
      },
      context,
    ),
    exitCode: isIll ? 1 : 0,
  };
}
