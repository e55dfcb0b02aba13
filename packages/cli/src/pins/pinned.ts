/** @module What `pin` speaks of: the certificates, requests and keys of its targets, with their digests and where they serve. */
import { createHash } from 'node:crypto';
import {
  coreError,
  createPins,
  isCaError,
  isEqualBytes,
  parseDnsName,
  parseIpAddress,
  type Bytes,
} from '@mintmark/ca-core';
import { nodeSha256, verifyWithNode } from '@mintmark/ca-core/node';
import type { PinnedCertificate, PinRole, PinServer, PinSubject } from '@mintmark/ca-core/pin-formats';
import { formatAttributes, signatureHash, type CertificateFacts, type CsrFacts } from '@mintmark/ca-core/read';
import { cliError } from '../cli-errors.ts';
import type { Access } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { readTarget, type Target, type TargetObject } from '../targets.ts';

export type Pinned = {
  readonly target: string;
  readonly kind: TargetObject['kind'];
  readonly subject: string;
  readonly names: readonly string[];
  readonly keyLabel: string;
  readonly isCa: boolean;
  /** For people: `server`, `client`, `CA`, `request`, `private key`, with `self-signed` where it is. */
  readonly roleWords: string;
  readonly pin: PinSubject;
  /** Where the spare key lies whose digest `pin` holds. */
  readonly spareFile?: string;
  /** It is not there, for now or for good. */
  readonly isSpareLost?: boolean;
};

/** What was read, and which of it is meant. `others` are the rest of a chain. */
export type PinnedTarget = {
  readonly target: Target;
  readonly meant: readonly Pinned[];
  readonly others: readonly Pinned[];
};

/** `isChain`: all that the target holds is meant; `isChecked`: the rest may be unrelated, since it is only compared with. */
type Reading = { readonly isChain: boolean; readonly isChecked: boolean };

/** @throws the codes of `readTarget`, PEM_SEVERAL, OPTION_VALUE */
export async function readPinned(name: string, access: Access, { isChain, isChecked }: Reading): Promise<PinnedTarget> {
  const place = readHostOption(access);
  const target = await readTarget(name, access, place?.host);
  const all = target.objects.map((object, at) => describe(target, object, { at, place, now: access.context.io.now() }));
  if (isChain) return { target, meant: all, others: [] };
  const meant = selectMeant(target, isChecked);
  return { target, meant: all.filter((_, at) => at === meant), others: all.filter((_, at) => at !== meant) };
}

const DEFAULT_PORT = 443;

/** `--host NAME[:PORT]`: what the server is called, and where, when the target doesn't tell. @throws OPTION_VALUE */
function readHostOption({ invocation }: Access): { host: string; port?: number } | undefined {
  const text = optionText(invocation, 'host');
  if (text === undefined) return undefined;
  const match = /^(?:\[([0-9a-f:.]+)\]|([^:[\]]+)|([0-9a-f:]+:[0-9a-f:.]*))(?::(\d{1,5}))?$/i.exec(text);
  const host = parseHost(match?.[1] ?? match?.[2] ?? match?.[3] ?? '');
  const port = match?.[4] === undefined ? undefined : Number(match[4]);
  if (host === undefined || (port !== undefined && (port < 1 || port > 65_535)))
    throw cliError('OPTION_VALUE', {
      option: '--host',
      reason: 'takes a host name or address, with :PORT behind it or not',
    });
  return port === undefined ? { host } : { host, port };
}

/** A name or address of harmless characters; undefined for anything else. */
function parseHost(text: string): string | undefined {
  try {
    if (/^[\d.]+$|:/.test(text)) return parseIpAddress(text).text;
    const name = parseDnsName(text, { isPublicSuffix: () => false });
    return name.startsWith('*.') ? undefined : name;
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** A chain file speaks for its leaf; several unrelated certificates are a mistake unless --chain says otherwise. */
function selectMeant({ name, objects }: Target, mayBeUnrelated: boolean): number {
  const at = objects.findIndex(({ kind }) => kind === 'certificate');
  const certificates = objects.flatMap((object) => (object.kind === 'certificate' ? [object.facts] : []));
  const isLinked = certificates.every(
    ({ subjectDer }, i) => i === 0 || isEqualBytes(certificates[i - 1]?.issuerDer ?? subjectDer, subjectDer),
  );
  if (!isLinked && !mayBeUnrelated)
    throw coreError('PEM_SEVERAL', { what: name, wanted: 'certificates', count: certificates.length });
  return Math.max(0, at);
}

type Surroundings = {
  /** The place in the file or chain. */
  readonly at: number;
  readonly place: { host: string; port?: number } | undefined;
  readonly now: Date;
};

function describe(target: Target, object: TargetObject, { at, place, now }: Surroundings): Pinned {
  const names = object.kind === 'key' ? [] : object.facts.names.map(({ text }) => text);
  const { keyLabel, spkiDer } = object.facts;
  const certificate = object.kind === 'certificate' ? describeCertificate(object.facts) : undefined;
  const isServed = target.server !== undefined && at === 0;
  const roles = findRoles(object, isServed, certificate);
  return {
    target: target.name,
    kind: object.kind,
    subject: describeSubject(object),
    names,
    keyLabel,
    isCa: object.kind === 'certificate' && object.facts.isCa,
    roleWords: describeRole(object, roles, certificate),
    pin: {
      roles,
      pins: createPins(certificate === undefined ? { spkiDer } : { certDer: certificate.certDer, spkiDer }, nodeSha256),
      spkiDer,
      ...(certificate === undefined ? {} : { certificate }),
      ...(target.fileBytes === undefined ? {} : { fileSha3: sha3(target.fileBytes) }),
      server: findServer(target, names, place),
      now,
    },
  };
}

const sha3 = (bytes: Uint8Array): Bytes => new Uint8Array(createHash('sha3-256').update(bytes).digest());

function describeCertificate(facts: CertificateFacts): PinnedCertificate {
  const { certDer, notBefore, notAfter, keyLabel, keyUsage, spkiDer, tbsDer, signature } = facts;
  const hash = signatureHash(facts.signatureAlgorithmOid);
  return {
    certDer,
    notBefore,
    notAfter,
    keyLabel,
    isSelfSigned: facts.isSelfIssued && hash !== null && verifyWithNode({ spkiDer, hash, tbsDer, signature }),
    isForSignatures: keyUsage.length === 0 || keyUsage.includes('digitalSignature'),
  };
}

/** A CA is known by its right to sign certificates; what names hosts, or is shown by a server as its own, is a server's. */
function findRoles(
  object: TargetObject,
  isServed: boolean,
  certificate: PinnedCertificate | undefined,
): readonly PinRole[] {
  if (object.kind !== 'certificate') return ['key'];
  const { isCa, names, keyUsage } = object.facts;
  if (!isCa) return ['leaf'];
  const isForHosts = isServed || names.some(({ kind }) => kind === 'dns' || kind === 'ip');
  if (isForHosts) return ['leaf', 'ca'];
  // `openssl req -x509` marks servers' certificates as CAs, and leaves the key usage out.
  return certificate?.isSelfSigned === true && keyUsage.length === 0 ? ['ca', 'leaf'] : ['ca'];
}

function describeRole(
  object: TargetObject,
  [role]: readonly PinRole[],
  certificate: PinnedCertificate | undefined,
): string {
  if (object.kind === 'csr') return 'request';
  if (object.kind === 'key') return object.facts.isPrivate ? 'private key' : 'public key';
  const { purposes, isSelfIssued, isCa } = object.facts;
  if (role === 'ca') return isSelfIssued ? 'root CA' : 'CA';
  const isClient = purposes.includes('clientAuth') && !purposes.includes('serverAuth');
  const marks = [certificate?.isSelfSigned === true ? 'self-signed' : '', isCa ? 'marked as a CA' : ''];
  return [isClient ? 'client' : 'server', ...marks.filter((mark) => mark !== '')].join(', ');
}

function describeSubject(object: TargetObject): string {
  if (object.kind !== 'key') return formatAttributes((object.facts satisfies CertificateFacts | CsrFacts).subject);
  return object.facts.isPrivate ? 'private key' : 'public key';
}

/** Where a ready text connects: what was said, else the running server, else the first name that is one host's. */
function findServer(
  { server }: Target,
  names: readonly string[],
  place: { host: string; port?: number } | undefined,
): PinServer {
  const known = names.map(parseHost).find((name) => name !== undefined);
  const host = place?.host ?? (server === undefined ? undefined : parseHost(server.host)) ?? known;
  const port = place?.port ?? server?.port ?? DEFAULT_PORT;
  return host === undefined ? { host: 'localhost', port, isGuess: true } : { host, port };
}
