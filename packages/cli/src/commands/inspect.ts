/** @module `inspect TARGET`: a certificate, chain, request, key, revocation list or running server in words. */
import { createPins, escapeControls, formatColonHex, formatHex, formatSpkiPin, isEqualBytes } from '@mintmark/ca-core';
import { nodeSha256, verifyWithNode } from '@mintmark/ca-core/node';
import {
  formatAttributes,
  signatureHash,
  type CertificateFacts,
  type CsrFacts,
  type GeneralNameFacts,
} from '@mintmark/ca-core/read';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { readInspected, type InspectedObject } from '../targets.ts';
import { countDaysLeft, formatColumns, formatDate, formatExpiry } from '../terminal/text.ts';

const spec: CommandSpec = {
  name: 'inspect',
  usage: 'TARGET',
  summary: 'a certificate, chain, request, key, p12, CRL or HOST:PORT in words',
  examples: [
    ['mintmark inspect localhost+2.pem', 'names, days left, who signed whom, pins'],
    ['mintmark inspect app.test.csr', 'what a request asks for'],
    ['mintmark inspect ca.crl', 'what a revocation list holds'],
    ['mintmark inspect localhost:8443', 'what a running server sends'],
    ['openssl x509 -in some.der -inform der | mintmark inspect -', 'from stdin'],
  ],
  options: [
    { name: 'passphrase-file', value: 'F', help: 'passphrase of an encrypted key, in a file' },
    { name: 'password-file', value: 'F', help: 'password of a p12, in a file' },
  ],
  positionals: { min: 1, max: 1, what: 'a file or HOST:PORT' },
};

type Rows = [label: string, value: string][];
export type Described = { readonly json: object; readonly title: string; readonly rows: Rows };

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [name = ''] = invocation.positionals;
  const objects = await readInspected(name, { invocation, context });
  const described: Described[] = [];
  for (const object of objects) described.push(await describeObject(object, objects, context));
  const text = described.map(
    ({ title, rows }) =>
      `\n  ${title}\n${formatColumns(
        rows.map(([label, value]) => [`  ${label}`, value] as const),
        context.style.dim,
      )}`,
  );
  return { json: { target: name, objects: described.map(({ json }) => json) }, text: `${text.join('')}\n` };
}

async function describeObject(
  object: InspectedObject,
  all: readonly InspectedObject[],
  context: Context,
): Promise<Described> {
  switch (object.kind) {
    case 'certificate':
      return describeCertificate(object.facts, all, context);
    case 'csr':
      return describeCsr(object.facts);
    case 'crl':
      return (await import('../revocation/describe-crl.ts')).describeCrl(object.facts, all, context);
    case 'key': {
      const { isPrivate, isEncrypted, keyLabel, spkiDer } = object.facts;
      const pin = formatSpkiPin(createPins({ spkiDer }, nodeSha256));
      const kind = isPrivate ? (isEncrypted ? 'private key, encrypted' : 'private key') : 'public key';
      return {
        json: { kind: 'key', isPrivate, isEncrypted, key: keyLabel, pins: { spkiSha256Base64: pin } },
        title: `${keyLabel} ${kind}`,
        rows: [['key pin', `sha256//${pin}`]],
      };
    }
  }
}

function describeCertificate(
  facts: CertificateFacts,
  all: readonly InspectedObject[],
  { io, style }: Context,
): Described {
  const pins = createPins(facts, nodeSha256);
  const signer = findSigner(facts, all);
  const subject = escapeControls(formatAttributes(facts.subject));
  const role = facts.isCa ? 'CA certificate' : 'certificate';
  const rows: Rows = [
    ['names', formatNames(facts.names)],
    ['subject', subject],
    ['issuer', facts.isSelfIssued ? 'itself' : escapeControls(formatAttributes(facts.issuer))],
    ['signed by', formatSigner(signer, facts, all)],
    ['begins', formatDate(facts.notBefore)],
    [
      'expires',
      facts.notAfter <= io.now()
        ? style.red(formatExpiry(facts.notAfter, io.now()))
        : formatExpiry(facts.notAfter, io.now()),
    ],
    ['key', facts.keyLabel],
    ['signature', facts.signatureLabel],
    ['usages', [...facts.keyUsage, ...facts.purposes].join(', ')],
    ['CA', facts.isCa ? `yes${facts.pathLength === undefined ? '' : `, ${facts.pathLength} more below it`}` : ''],
    ['only for', formatNames(facts.permitted)],
    ['never for', formatNames(facts.excluded)],
    ['serial', facts.serialHex],
    ['sha256', formatColonHex(pins.certSha256 ?? new Uint8Array())],
    ['key pin', `sha256//${formatSpkiPin(pins)}`],
  ];
  return {
    json: certificateJson(facts, io.now(), signer),
    title: `${role}: ${escapeControls(facts.names[0]?.text ?? '') || subject || 'no name'}`,
    rows: rows.filter(([, value]) => value !== ''),
  };
}

function certificateJson(facts: CertificateFacts, now: Date, signedBy: number | undefined): object {
  const pins = createPins(facts, nodeSha256);
  return {
    kind: 'certificate',
    version: facts.version,
    subject: formatAttributes(facts.subject),
    issuer: formatAttributes(facts.issuer),
    names: facts.names,
    serialHex: facts.serialHex,
    notBefore: toIso(facts.notBefore),
    notAfter: toIso(facts.notAfter),
    daysLeft: countDaysLeft(facts.notAfter, now),
    key: facts.keyLabel,
    signatureAlgorithm: facts.signatureLabel,
    isCa: facts.isCa,
    pathLength: facts.pathLength ?? null,
    isSelfIssued: facts.isSelfIssued,
    signedByIndex: signedBy ?? null,
    keyUsage: facts.keyUsage,
    extendedKeyUsage: facts.purposes,
    nameConstraints: { permitted: facts.permitted, excluded: facts.excluded },
    subjectKeyIdHex: facts.subjectKeyIdHex ?? null,
    authorityKeyIdHex: facts.authorityKeyIdHex ?? null,
    extensions: facts.extensions,
    pins: { certSha256Hex: formatHex(pins.certSha256 ?? new Uint8Array()), spkiSha256Base64: formatSpkiPin(pins) },
  };
}

/** A date a certificate of others may hold can be beyond what Date can say. */
const toIso = (date: Date): string | null => (Number.isNaN(date.getTime()) ? null : date.toISOString());

// A file may hold hundreds of certificates of one name; each try costs a signature check.
const MAX_SIGNER_TRIES = 8;

/** The place in the file of the certificate whose key made the signature; its own for a self-signed one. */
function findSigner(facts: CertificateFacts, all: readonly InspectedObject[]): number | undefined {
  const hash = signatureHash(facts.signatureAlgorithmOid);
  if (hash === null) return undefined;
  const candidates = all.flatMap((other, index) =>
    other.kind === 'certificate' && mayHaveSigned(other.facts, facts) ? [{ index, spkiDer: other.facts.spkiDer }] : [],
  );
  const { tbsDer, signature } = facts;
  return candidates
    .slice(0, MAX_SIGNER_TRIES)
    .find(({ spkiDer }) => verifyWithNode({ spkiDer, hash, tbsDer, signature }))?.index;
}

/** By name, and by key identifier where both have one (RFC 5280 section 4.2.1.1). */
function mayHaveSigned(signer: CertificateFacts, { issuerDer, authorityKeyIdHex }: CertificateFacts): boolean {
  const { subjectDer, subjectKeyIdHex } = signer;
  const isSameKey =
    authorityKeyIdHex === undefined || subjectKeyIdHex === undefined || authorityKeyIdHex === subjectKeyIdHex;
  return isSameKey && isEqualBytes(subjectDer, issuerDer);
}

function formatSigner(index: number | undefined, facts: CertificateFacts, all: readonly InspectedObject[]): string {
  if (index === undefined)
    return facts.isSelfIssued ? 'not itself: the signature does not verify' : 'nobody in this file';
  const signer = all[index];
  return signer?.kind === 'certificate' && signer.facts === facts ? 'itself' : `certificate ${index + 1} of this file`;
}

function describeCsr(facts: CsrFacts): Described {
  const hash = signatureHash(facts.signatureAlgorithmOid);
  const isPossessionProven =
    hash !== null && verifyWithNode({ spkiDer: facts.spkiDer, hash, tbsDer: facts.tbsDer, signature: facts.signature });
  const pin = formatSpkiPin(createPins({ spkiDer: facts.spkiDer }, nodeSha256));
  const subject = formatAttributes(facts.subject);
  const rows: Rows = [
    ['names', formatNames(facts.names)],
    ['subject', escapeControls(subject)],
    ['key', facts.keyLabel],
    ['signature', `${facts.signatureLabel}, ${isPossessionProven ? 'by the key inside' : 'not by the key inside'}`],
    ['asks for', [...facts.keyUsage, ...facts.purposes, ...(facts.isCa ? ['to be a CA'] : [])].join(', ')],
    ['key pin', `sha256//${pin}`],
  ];
  return {
    json: {
      kind: 'csr',
      subject,
      names: facts.names,
      key: facts.keyLabel,
      signatureAlgorithm: facts.signatureLabel,
      isPossessionProven,
      isCa: facts.isCa,
      keyUsage: facts.keyUsage,
      extendedKeyUsage: facts.purposes,
      extensions: facts.extensions,
      pins: { spkiSha256Base64: pin },
    },
    title: `certificate request: ${escapeControls(facts.names[0]?.text ?? subject)}`,
    rows: rows.filter(([, value]) => value !== ''),
  };
}

const formatNames = (names: readonly GeneralNameFacts[]): string =>
  escapeControls(
    names.map(({ kind, text }) => (kind === 'dns' || kind === 'ip' ? text : `${kind}:${text}`)).join(', '),
  );

export const inspectCommand: Command = { spec, execute };
