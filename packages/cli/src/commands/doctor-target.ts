/** @module `doctor HOST:PORT`: why clients refuse a running server, and what to type. */
import { listCaNames, readCa, readLedger, type Home } from '@mintmark/ca-store';
import { parseCertificate } from '@mintmark/ca-core/read';
import {
  diagnoseConnection,
  diagnoseServer,
  findProbes,
  findSigning,
  inspectStores,
  visitServer,
  type Diagnosis,
  type Finding,
  type InstallContext,
  type KnownCa,
  type ProbeResult,
  type ServerSight,
  type StoreReport,
} from '@mintmark/install';
import { readableHome } from '../certificates/choose-ca.ts';
import { cliError } from '../cli-errors.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { isOptionSet } from '../parse-args.ts';
import { describeClient, describeFinding, renderTarget } from '../render/doctor.ts';
import { describeStore } from '../render/stores.ts';
import { formatPath } from '../terminal/text.ts';
import { anchorOf } from '../trust/choose-roots.ts';
import { createInstallContext } from '../trust/install-context.ts';
import { lookAtServer } from './doctor-server.ts';
import { hideCredentials } from '../peer/server-address.ts';

/** `host`, `host:port`, `[::1]:port` or a URL. @throws SERVER_ADDRESS_INVALID, with a password hidden */
export function parseDoctorTarget(text: string): { host: string; port: number; path: string } {
  const rest = text.replace(/^(https?|wss?):\/\//i, '');
  const isPlain = /^(?:http|ws):/i.test(text);
  const url = URL.canParse(`https://${rest}`) ? new URL(`https://${rest}`) : undefined;
  const refuse = (reason: string) => cliError('SERVER_ADDRESS_INVALID', { target: hideCredentials(text), reason });
  if (url === undefined || url.hostname === '' || OTHER_SCHEME.test(rest)) throw refuse('is no HOST:PORT and no URL');
  if (url.username !== '' || url.password !== '') throw refuse('names a user, and no handshake needs one');
  const port = url.port === '' ? (isPlain && !/:443(?:\/|$)/.test(rest) ? 80 : 443) : Number(url.port);
  return { host: url.hostname.replace(/^\[(.*)\]$/, '$1'), port, path: url.pathname + url.search };
}

const OTHER_SCHEME = /^[a-z][a-z\d+.-]*:\/\//i;

export async function diagnoseTarget(text: string, access: Access): Promise<CommandResult> {
  const target = parseDoctorTarget(text);
  const install = createInstallContext(access, { isDryRun: true });
  const name = `${target.host.includes(':') ? `[${target.host}]` : target.host}:${target.port}`;
  const sighting = await lookAtServer(target);
  if ('fault' in sighting) {
    const findings = [diagnoseConnection(name, target.host, sighting.fault)];
    return present({ name, findings, passes: [], reports: [], clients: [], caName: '' }, access.context);
  }
  const home = readableHome(access.context);
  const cas = home === undefined ? [] : readKnownCas(home);
  const signing = findSigning(sighting.sight.chain.find(({ isCa }) => !isCa) ?? sighting.sight.chain[0], cas);
  const caName = signing?.ca.name ?? '';
  const reports = home === undefined || signing === undefined ? [] : await inspect(home, caName, install);
  const diagnosis = diagnose(sighting.sight, { home, cas, stores: new Map([[caName, reports]]) }, access.context);
  const clients = isOptionSet(access.invocation, 'live')
    ? await visitServer({ machine: install.machine, probes: findProbes(install.machine.reader, []), ...target })
    : [];
  return present({ name, ...addClients(diagnosis, clients, name), reports, clients, caName }, access.context);
}

function readKnownCas(home: Home): KnownCa[] {
  return listCaNames(home).map((name) => {
    const { root, issuer, issuerFile } = readCa(home, name);
    return {
      name,
      root: parseCertificate(root.certDer, `the root of CA "${name}"`),
      issuer: parseCertificate(issuer.certDer, `the issuer of CA "${name}"`),
      issuerFile,
      scope: issuer.scope,
    };
  });
}

const inspect = (home: Home, caName: string, install: InstallContext): Promise<StoreReport[]> =>
  inspectStores(anchorOf(readCa(home, caName)), install);

type Known = {
  readonly home: Home | undefined;
  readonly cas: readonly KnownCa[];
  readonly stores: ReadonlyMap<string, readonly StoreReport[]>;
};

const diagnose = (sight: ServerSight, { home, cas, stores }: Known, { io }: Context): Diagnosis =>
  diagnoseServer(sight, {
    cas,
    ledger: home === undefined ? [] : readLedger(home),
    stores,
    env: io.env,
    now: io.now(),
    formatPath: (path) => formatPath(path, io.cwd),
  });

/** What the programs said: it names who refuses, or it is a finding of its own where the certificates look right. */
function addClients({ findings, passes }: Diagnosis, clients: readonly ProbeResult[], name: string): Diagnosis {
  const refusing = clients.filter(({ verdict }) => verdict === 'refused');
  const accepting = clients.filter(({ verdict }) => verdict === 'accepted').map((client) => client.name);
  const accepted =
    accepting.length === 0
      ? []
      : [`${formatWords(accepting)} ${accepting.length === 1 ? 'accepts' : 'accept'} ${name}`];
  const isExplained = findings.some(({ severity }) => severity === 'problem');
  if (isExplained) {
    const who = formatWords(refusing.map((client) => client.name));
    const verb = refusing.length === 1 ? 'refuses' : 'refuse';
    const rename = (finding: Finding): Finding =>
      refusing.length === 0
        ? finding
        : { ...finding, subject: finding.subject.replace(/^(?:some )?clients refuse /, `${who} ${verb} `) };
    return { findings: findings.map(rename), passes: [...passes, ...accepted] };
  }
  const own = refusing.map((client): Finding => ({
    id: `client-refuses:${client.id}`,
    severity: 'problem',
    subject: `${client.name} refuses ${name}`,
    why: client.detail ?? 'it gave no reason',
    fix: client.store === undefined ? 'mintmark exec -- CMD' : 'mintmark doctor --live',
  }));
  return { findings: [...own, ...findings], passes: [...passes, ...accepted] };
}

function formatWords(words: readonly string[]): string {
  if (words.length < 2) return words.join('');
  return `${words.slice(0, -1).join(', ')} and ${words.at(-1) ?? ''}`;
}

type Outcome = Diagnosis & {
  readonly name: string;
  readonly reports: readonly StoreReport[];
  readonly clients: readonly ProbeResult[];
  readonly caName: string;
};

function present({ name, findings, passes, reports, clients, caName }: Outcome, context: Context): CommandResult {
  const found = findings.map((finding) => ({ ...finding, isFixed: false }));
  return {
    json: {
      target: name,
      stores: reports.map((report) => describeStore(report, caName)),
      clients: clients.map((client) => describeClient(client, reports, caName)),
      findings: found.map(describeFinding),
      passes,
    },
    text: renderTarget(found, passes, context),
    exitCode: findings.some(({ severity }) => severity === 'problem') ? 1 : 0,
  };
}
