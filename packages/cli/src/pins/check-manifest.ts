/**
 * @module `pin --check-manifest FILE [TARGET...]`: is the manifest what its signer made, may that signer speak for its names, and do the
 * targets show its pins? A server is never asked whom to trust.
 */
import { escapeControls, formatHex, isCaError, parsePin } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { formatAttributes, parseCertificate, parseCertificates } from '@mintmark/ca-core/read';
import { listCaNames, readCa, readLedger, type Home } from '@mintmark/ca-store';
import { readableHome } from '../certificates/choose-ca.ts';
import { findCurrentEntries } from '../certificates/current-entries.ts';
import type { Access, CommandResult, Context } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { inputName, readInput, readInputIfPresent } from '../read-input.ts';
import { rotationError } from '../rotation-errors.ts';
import { readTarget, type Target, type TargetObject } from '../targets.ts';
import { formatPath } from '../terminal/text.ts';
import { describeManifest, renderManifest } from './manifest-words.ts';
import {
  MANIFEST_MAX_BYTES,
  ManifestFault,
  parseManifest,
  type ParsedManifest,
  type PinManifest,
} from './manifest-shape.ts';
import { isSelfSigned, verifyManifest, type SignedBy, type Trust } from './manifest-trust.ts';

/** Longer ago than any clock is wrong; a manifest of tomorrow would outlive the next. */
const CLOCK_SKEW_MS = 3_600_000;

/** `file` is as typed; `-` is stdin. @throws MANIFEST_REFUSED, FILE_NOT_FOUND, and the codes of targets and of `--roots` */
export async function checkManifest(file: string, access: Access): Promise<CommandResult> {
  const { invocation, context } = access;
  const what = inputName(file);
  const bytes = readInput(file, context, MANIFEST_MAX_BYTES);
  const targets: Target[] = [];
  for (const name of invocation.positionals) targets.push(await readTarget(name, access));
  const trust = await gatherTrust(targets, access);
  const pin = optionText(invocation, 'check');
  const { parsed, signedBy } = judge(bytes, { trust, now: context.io.now(), what, pin });
  const shown = targets.map((target) => ({ target: target.name, shows: findShown(target, parsed.manifest) }));
  const isMissed = shown.some(({ shows }) => shows === null);
  return {
    json: {
      isValid: true,
      file: what,
      ...describeManifest(parsed.manifest),
      signedBy: describeSigner(signedBy),
      targets: shown,
    },
    text:
      renderVerdict(parsed.manifest, { what, signedBy }, context) +
      shown.map((one) => renderShown(one, context)).join(''),
    exitCode: isMissed ? 1 : 0,
  };
}

type Judging = {
  readonly trust: Trust;
  readonly now: Date;
  readonly what: string;
  readonly pin: string | undefined;
};

function judge(bytes: Uint8Array, { trust, now, what, pin }: Judging): { parsed: ParsedManifest; signedBy: SignedBy } {
  try {
    const parsed = parseManifest(bytes);
    const signedBy = verifyManifest(parsed, trust, now);
    assertTimes(parsed.manifest, now);
    if (pin !== undefined) assertPin(formatHex(parsePin(pin)), parsed.manifest, signedBy);
    return { parsed, signedBy };
  } catch (cause) {
    if (!(cause instanceof ManifestFault)) throw cause;
    throw rotationError('MANIFEST_REFUSED', { file: what, reason: cause.message });
  }
}

/** Who says a pin wants it found: one that has nothing to do with the manifest is a slip, or another server's. */
function assertPin(sha256Hex: string, { current, backup }: PinManifest, { path }: SignedBy): void {
  const pins = [current.spkiSha256Base64, backup?.spkiSha256Base64 ?? ''];
  const known = [
    current.certSha256Hex,
    ...pins.map((pin) => formatHex(Buffer.from(pin, 'base64'))),
    ...path.flatMap(({ certDer, spkiDer }) => [certDer, spkiDer].map((der) => formatHex(nodeSha256(der)))),
  ];
  if (!known.includes(sha256Hex))
    throw new ManifestFault("the pin of --check is neither one of its pins nor its signer's");
}

/** Said only of a manifest whose signature holds. */
function assertTimes({ issuedAt, notAfter }: PinManifest, now: Date): void {
  if (Date.parse(notAfter) <= now.getTime()) throw new ManifestFault(`its pins were good until ${notAfter}`);
  if (Date.parse(issuedAt) > now.getTime() + CLOCK_SKEW_MS)
    throw new ManifestFault(`it says that it was made at ${issuedAt}`);
}

/** `--roots` stands alone: who names roots wants no others, so a pin beside it is only looked for. */
async function gatherTrust(targets: readonly Target[], { invocation, context }: Access): Promise<Trust> {
  const file = optionText(invocation, 'roots');
  const pin = optionText(invocation, 'check');
  const pins: Trust['pins'][number][] =
    pin === undefined ? [] : [{ sha256Hex: formatHex(parsePin(pin)), source: 'pin' }];
  if (file !== undefined) {
    const roots = parseCertificates(readInput(file, context), inputName(file));
    return { roots: roots.map((facts) => ({ facts, source: 'roots' })), pins: [] };
  }
  // What a server shows is its own word, so only files count; and there only the certificate of a server that vouches for itself.
  const files = targets.filter(({ name }) => name !== '-' && readInputIfPresent(name, context) !== undefined);
  const home = readableHome(context);
  return {
    roots: home === undefined ? [] : readHomeRoots(home),
    pins: [
      ...pins,
      ...files.flatMap(({ objects }) => objects.slice(0, 1).flatMap(pinOf)),
      ...(home === undefined ? [] : listOwnKeys(home)),
    ],
  };
}

/** A certificate of a CA's is to be checked and vouches for nothing; CAs are named by --roots. */
function pinOf(object: TargetObject): Trust['pins'] {
  if (object.kind !== 'certificate' || object.facts.isCa || !isSelfSigned(object.facts)) return [];
  const sha256Hex = formatHex(nodeSha256(object.facts.spkiDer));
  return [{ sha256Hex, source: 'target', names: object.facts.names.map(({ text }) => text) }];
}

function readHomeRoots(home: Home): Trust['roots'] {
  return listCaNames(home).flatMap((name) => {
    try {
      const { rootDer, issuer } = readCa(home, name);
      return [rootDer, issuer.certDer].map((der) => ({ facts: parseCertificate(der, name), source: 'home' as const }));
    } catch (cause) {
      if (isCaError(cause)) return []; // damaged: it vouches for nothing
      throw cause;
    }
  });
}

/** Keys of the self-signed certificates that were made here and are in use. Keys that came in requests are others'. */
function listOwnKeys(home: Home): Trust['pins'] {
  const current = [...findCurrentEntries(home.fs, readLedger(home)).values()];
  return current.flatMap(({ entry: { profile, keyFile, spkiSha256Hex, certSha256Hex, names }, digest }) =>
    profile === 'self-signed' && keyFile !== undefined && digest === certSha256Hex
      ? [{ sha256Hex: spkiSha256Hex, source: 'home' as const, names }]
      : [],
  );
}

type Shown = { readonly target: string; readonly shows: 'current' | 'backup' | null };

function findShown({ objects: [first] }: Target, { current, backup }: PinManifest): Shown['shows'] {
  const pin = first === undefined ? '' : Buffer.from(nodeSha256(first.facts.spkiDer)).toString('base64');
  if (pin === current.spkiSha256Base64) return 'current';
  return pin === backup?.spkiSha256Base64 ? 'backup' : null;
}

const describeSigner = ({ facts, source }: SignedBy): object => ({
  name: formatAttributes(facts.subject),
  certSha256Hex: formatHex(nodeSha256(facts.certDer)),
  source,
});

// By whom the signer is vouched for.
const SOURCES: Readonly<Record<Exclude<SignedBy['source'], 'roots'>, string>> = {
  home: 'of this home',
  pin: 'the key of --check',
  target: 'the key of the file',
};

function renderVerdict(
  manifest: PinManifest,
  { what, signedBy }: { what: string; signedBy: SignedBy },
  context: Context,
): string {
  const { style } = context;
  const who = formatAttributes(signedBy.facts.subject) || (signedBy.facts.names[0]?.text ?? '');
  const { source } = signedBy;
  const root = signedBy.path.at(-1)?.isCa === true ? 'a CA of --roots' : 'a certificate of --roots';
  const file = what === inputName('-') ? what : formatPath(what, context.io.cwd);
  const words = `${file} is signed by "${who}", ${source === 'roots' ? root : SOURCES[source]}`;
  return `  ${style.green(style.signs.ok)} ${escapeControls(words)}\n\n${renderManifest(manifest, context)}\n`;
}

function renderShown({ target, shows }: Shown, { style }: Context): string {
  const name = escapeControls(target);
  return shows === null
    ? `  ${style.red(style.signs.failed)} ${name} shows neither pin\n`
    : `  ${style.green(style.signs.ok)} ${name} shows the ${shows} pin\n`;
}
