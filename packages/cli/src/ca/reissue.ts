/**
 * @module The certificates of a name that two CAs had, one after the other: those that the other CA signed are made anew in place, as
 * `renew` does, or put back as they were before.
 */
import {
  findBlocks,
  formatHex,
  isCaError,
  isEqualBytes,
  parseCertificateView,
  parsePem,
  quoteWord,
  type CaError,
} from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import {
  CERTIFICATE_MODE,
  changeHome,
  KEY_MODE,
  readCa,
  readIfPresent,
  readLedger,
  readRevocations,
  writeFileAtomically,
  type IssuedEntry,
  type RevocationRecord,
  type StoredCa,
} from '@mintmark/ca-store';
import { prepareAfterRenewal, type Aftermath, type AfterRenewal } from '../certificates/after-renewal.ts';
import { pickRenewals, type Choice, type Pick } from '../certificates/choose-renewals.ts';
import { readDeployHooks } from '../certificates/deploy-records.ts';
import { makeUp, type MadeUp } from '../certificates/make-up.ts';
import type { IssuedCertificate } from '../certificates/issued.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { renewCertificate, type RenewalRun } from '../certificates/renewal.ts';
import type { Access } from '../command.ts';
import { readRevokedByDigest } from '../revocation/revoked.ts';
import { rotationError } from '../rotation-errors.ts';
import { formatDate } from '../terminal/text.ts';
import { appendLog, type Kept } from './rotation-log.ts';

/** `isPutBack`: the old file again, and not a certificate for the same names and key. Its key stores and its deploy hook follow it. */
type Reissued = Aftermath & {
  readonly certFile: string;
  readonly notAfter: Date;
  readonly isPutBack: boolean;
};
/** `isExpected`: nothing of this home's stands there any more, or it was revoked, so nothing is left to do. */
export type NotReissued = {
  readonly pick: Pick;
  readonly certFile: string;
  readonly error: CaError;
  readonly isExpected: boolean;
};
export type Reissue = {
  readonly done: readonly Reissued[];
  readonly left: readonly NotReissued[];
  /** What an earlier run owed to certificates that this one has not touched. */
  readonly madeUp: readonly MadeUp[];
};

type Walked = Omit<Reissue, 'madeUp'>;

/** `other`: the CA whose certificates are to be replaced by those of the CA that has the name now. */
export type Turnover = { readonly run: RenewalRun; readonly caName: string; readonly other: StoredCa };

/** The words of a renewal of all certificates of a CA; those of the rotation would mean other things there. */
export function renewalAccess({ invocation, context }: Access, caName: string): Access {
  const { 'passphrase-file': file, 'pin-file': pin } = invocation.options;
  const options = { 'passphrase-file': file, 'pin-file': pin, all: true, ca: caName };
  return { invocation: { positionals: [], options }, context };
}

/** Certificates of the name that the other CA signed, and files that hold something else by now. */
export type Found = { readonly choices: readonly Choice[]; readonly left: readonly NotReissued[] };

export function findOthers({ run, other }: Turnover): Found {
  const choices: Choice[] = [];
  const left: NotReissued[] = [];
  const revoked = readRevokedByDigest(run.home);
  for (const pick of pickRenewals(run.home, run.access, { takesFuture: true })) {
    const outcome = tryChoose(pick);
    if ('error' in outcome) left.push(outcome);
    else if (isSignedBy(outcome, run, other)) {
      const revocation = revoked.get(outcome.entry.certSha256Hex);
      if (revocation === undefined) choices.push(outcome);
      else left.push(notReissued(pick, refuseRevoked(outcome, revocation)));
    }
  }
  return { choices, left };
}

/** Whoever took it back has not asked for another. */
const refuseRevoked = ({ certFile, keyFile }: Choice, { at, reason }: RevocationRecord): CaError =>
  rotationError('RENEW_IMPOSSIBLE', {
    certFile,
    reason: `it was revoked on ${formatDate(new Date(at))}${reason === 'unspecified' ? '' : ` (${reason})`}`,
    command: `another in its place: mintmark renew ${quoteWord(certFile)}${keyFile === null ? '' : ' --new-key'}`,
    isExpected: true,
  });

function tryChoose(pick: Pick): Choice | NotReissued {
  try {
    return pick.choose();
  } catch (cause) {
    return notReissued(pick, cause);
  }
}

function notReissued(pick: Pick, cause: unknown): NotReissued {
  if (!isCaError(cause)) throw cause;
  return {
    pick,
    certFile: pick.certFile ?? pick.target,
    error: cause,
    isExpected: cause.details['isExpected'] === true,
  };
}

function isSignedBy({ certFile }: Choice, run: RenewalRun, { issuer }: StoredCa): boolean {
  return isEqualBytes(parseCertificateView(readLeaf(run, certFile), certFile).issuerDer, issuer.subjectDer);
}

function readLeaf({ home }: RenewalRun, certFile: string): Uint8Array {
  const bytes = readIfPresent(home.fs, certFile) ?? new Uint8Array();
  const [leaf] = findBlocks(bytes, certFile, { labels: ['CERTIFICATE'], wanted: 'a certificate' });
  return leaf?.der ?? new Uint8Array();
}

/** Makes them anew. What each file held is in the log before the first of them is replaced. */
export async function reissueAll(turnover: Turnover): Promise<Walked> {
  const { run, caName } = turnover;
  const { choices, left } = findOthers(turnover);
  const kept = choices.flatMap(({ certFile }) => keepCertificate(run, certFile) ?? []);
  changeHome(run.home, () => appendLog(run.home, caName, kept));
  if (choices.length > 0) await unlockOnce(turnover);
  const after = await prepareAftermath(run);
  return walk(choices, left, (choice) => renew(choice, run, after));
}

const prepareAftermath = ({ home, access }: RenewalRun): Promise<AfterRenewal> =>
  prepareAfterRenewal(home, { order: undefined, saved: readDeployHooks(home) }, access);

async function renew(choice: Choice, run: RenewalRun, after: AfterRenewal): Promise<Reissued> {
  const { issued } = await renewCertificate(choice, { ...run, noteDue: after.noteDue });
  const aftermath = await after.run(issued, choice.entry.certSha256Hex);
  return { certFile: issued.certFile, notAfter: new Date(issued.notAfter), isPutBack: false, ...aftermath };
}

/** Something that follows a certificate did not come about, so a server may have the old one still. */
export const hasFailed = (reissue: Reissue): boolean =>
  reissue.left.some(({ isExpected }) => !isExpected) || hasOwing(reissue);

/** A key store or a deploy hook failed. */
export const hasOwing = ({ done, madeUp }: Reissue): boolean =>
  [...done, ...madeUp].some(
    ({ stores, hook }) => hook?.reason !== undefined || stores.some((store) => !store.isRenewed && store.isFailure),
  );

/** Key stores and hooks that an earlier run left undone: whoever reads them may serve a certificate of the other CA still. */
export async function makeUpOwed({ run, caName }: Turnover, { done, left }: Walked): Promise<Reissue> {
  const touched = new Set(done.map(({ certFile }) => certFile));
  const isWanted = ({ ca, certFile }: IssuedEntry): boolean => ca === caName && !touched.has(certFile);
  return { done, left, madeUp: await makeUp(run.home, { order: undefined, isWanted }, run.access) };
}

/** A file that can't be read to its end is refused by the renewal, so nothing of it is replaced. */
function keepCertificate({ home }: RenewalRun, certFile: string): Kept | undefined {
  const text = Buffer.from(readIfPresent(home.fs, certFile) ?? []).toString('latin1');
  try {
    const chain = parsePem(text, certFile).filter(({ label }) => label === 'CERTIFICATE');
    const certSha256Hex = formatHex(nodeSha256(chain[0]?.der ?? new Uint8Array()));
    return { event: 'kept', certFile, certSha256Hex, certPem: chain.map(({ pem }) => pem).join('') };
  } catch (cause) {
    if (isCaError(cause)) return undefined;
    throw cause;
  }
}

/** Puts back what the log has kept for the same key and names; what was minted since, and what has ended or was revoked since is made anew by the CA of the name. */
export async function putBackAll(turnover: Turnover, kept: ReadonlyMap<string, Kept>): Promise<Reissue> {
  const { run } = turnover;
  const { choices, left } = findOthers(turnover);
  const revoked = new Set(readRevocations(run.home).map(({ certSha256Hex }) => certSha256Hex));
  const now = run.access.context.io.now();
  const isUsable = (old: Kept): boolean => !revoked.has(old.certSha256Hex) && readEnd(old) > now;
  const before = (choice: Choice): Kept | undefined => {
    const entry = kept.get(choice.certFile);
    const isWanted = entry !== undefined && isUsable(entry) && isSameService(choice, entry, run);
    return isWanted ? entry : undefined;
  };
  if (choices.some((choice) => before(choice) === undefined)) await unlockOnce(turnover);
  const after = await prepareAftermath(run);
  const ledger = readLedger(run.home);
  const walked = await walk(choices, left, async (choice) => {
    const old = before(choice);
    if (old === undefined) return renew(choice, run, after);
    const entry = ledger.findLast(({ certSha256Hex }) => certSha256Hex === old.certSha256Hex);
    putBack(choice, old, { run, after });
    const notAfter = readEnd(old);
    const aftermath =
      entry === undefined ? { stores: [] } : await after.run(issuedBefore(choice, entry), choice.entry.certSha256Hex);
    return { certFile: choice.certFile, notAfter, isPutBack: true, ...aftermath };
  });
  return makeUpOwed(turnover, walked);
}

/** A passphrase is asked for once, and wrong once at most. Without a key, each certificate says so. @throws KEY_PASSPHRASE_WRONG, PASSPHRASE_NEEDED */
async function unlockOnce({ run, caName }: Turnover): Promise<void> {
  if (run.signers.has(caName)) return;
  try {
    run.signers.set(caName, await unlockSigner(readCa(run.home, caName), run.access));
  } catch (cause) {
    if (!isCaError(cause, 'CA_KEY_MISSING')) throw cause;
  }
}

/** The same names and the same key: whoever asked for others since, keeps what was asked for. */
function isSameService({ certFile }: Choice, { certPem }: Kept, run: RenewalRun): boolean {
  const [now, before] = [readLeaf(run, certFile), parsePem(certPem, certFile)[0]?.der ?? new Uint8Array()].map((der) =>
    parseCertificateView(der, certFile),
  );
  const namesOf = (view: typeof now) => view?.extensions.find(({ oid }) => oid === OID_SUBJECT_ALT_NAME)?.value;
  const [names, oldNames] = [namesOf(now), namesOf(before)];
  const isSameKey = now !== undefined && before !== undefined && isEqualBytes(now.spkiDer, before.spkiDer);
  return isSameKey && names !== undefined && oldNames !== undefined && isEqualBytes(names, oldNames);
}

const OID_SUBJECT_ALT_NAME = '2.5.29.17'; // RFC 5280 section 4.2.1.6

type Work = { readonly run: RenewalRun; readonly after: AfterRenewal };

function putBack({ certFile, keyFile }: Choice, { certPem, certSha256Hex }: Kept, { run, after }: Work): void {
  const { home } = run;
  const isPair = keyFile === certFile;
  changeHome(home, () => {
    const text = Buffer.from(readIfPresent(home.fs, certFile) ?? []).toString('latin1');
    const keys = isPair ? parsePem(text, certFile).filter(({ label }) => label.endsWith('PRIVATE KEY')) : [];
    after.noteDue({ certFile, certSha256Hex });
    writeFileAtomically(home.fs, {
      path: certFile,
      text: certPem + keys.map(({ pem }) => pem).join(''),
      mode: isPair ? KEY_MODE : CERTIFICATE_MODE,
    });
  });
}

const readEnd = ({ certPem, certFile }: Kept): Date =>
  parseCertificateView(parsePem(certPem, certFile)[0]?.der ?? new Uint8Array(), certFile).notAfter;

/** The certificate that stands there again, as those are told of it that follow it. */
function issuedBefore({ certFile, keyFile }: Choice, entry: IssuedEntry): IssuedCertificate {
  const { names, notBefore, notAfter, serialHex, ca, profile, certSha256Hex, spkiSha256Hex } = entry;
  const spkiSha256Base64 = Buffer.from(spkiSha256Hex, 'hex').toString('base64');
  const facts = { names, notBefore, notAfter, serialHex, ca, profile, isKeyKept: true };
  return { certFile, keyFile, ...facts, pins: { certSha256Hex, spkiSha256Base64 } };
}

/** One that fails stops no other. */
async function walk(
  choices: readonly Choice[],
  left: readonly NotReissued[],
  work: (choice: Choice) => Promise<Reissued>,
): Promise<Walked> {
  const done: Reissued[] = [];
  const failed: NotReissued[] = [];
  for (const choice of choices) {
    try {
      done.push(await work(choice));
    } catch (cause) {
      failed.push(notReissued({ target: choice.certFile, choose: () => choice }, cause));
    }
  }
  return { done, left: [...left, ...failed] };
}
