/** @module Browsers, and what pages ask of them. */
import { formatBase64 } from '../der/bytes.ts';
import {
  certBase64,
  certColonHex,
  certificateOf,
  formatAuthority,
  spkiPins,
  type PinFormat,
  type PinnedCertificate,
  type PinSubject,
  type Unsuitable,
} from './pin-format.ts';

export const BROWSER_FORMATS = {
  chromium: {
    title: 'Chromium --ignore-certificate-errors-spki-list (switches checks off; not a pin)',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: (subject) => spkiPins(subject).map(formatBase64).join(','),
    caution:
      'this is no pin: the browser accepts any chain that carries this key somewhere, and refuses nobody for lacking it',
  },
  firefox: {
    title: 'Firefox certificate fingerprint, as cert_override.txt of a profile',
    overview: 'Firefox',
    object: 'certificate',
    roles: ['leaf'],
    value: certColonHex,
    snippet: { fileName: 'cert_override.txt', text: renderOverride },
    caution:
      'a server whose CA Firefox trusts is accepted without it: the file lets this certificate in and keeps nobody out',
  },
  webtransport: {
    title: 'WebTransport serverCertificateHashes (base64)',
    overview: 'WebTransport',
    object: 'certificate',
    roles: ['leaf'],
    findUnsuitable: findUnfitForWebTransport,
    value: certBase64,
    snippet: { fileName: 'webtransport.mjs', text: renderWebTransport },
  },
  webrtc: {
    title: 'WebRTC fingerprint, a line of SDP (RFC 8122)',
    object: 'certificate',
    roles: ['leaf'],
    value: (subject) => `a=fingerprint:sha-256 ${certColonHex(subject)}`,
  },
} as const satisfies Record<string, PinFormat>;

const SHA256_OID = 'OID.2.16.840.1.101.3.4.2.1'; // as Firefox spells the name of the hash

/** The line ends in a field that Firefox skips: it reads a digest only up to a tab, which editors would take from the end. */
function renderOverride(subject: PinSubject): string {
  const { server } = subject;
  const fields = [`${formatAuthority(server)}:`, SHA256_OID, certColonHex(subject), 'pinned'];
  return `# Lets this one certificate in at ${formatAuthority(server)}, whoever signed it, whatever name or date it carries.
# Firefox reads the file when it starts. For a profile of its own: firefox --no-remote --profile FOLDER, this file in FOLDER.
# It keeps nobody out: another certificate there is judged as always, so trust no private CA in that profile.
${fields.join('\t')}
`;
}

function renderWebTransport(subject: PinSubject): string {
  const { notAfter } = certificateOf(subject);
  return `// Opens a WebTransport session with the server that shows one of these very certificates: their SHA-256 stands for a CA and a
// name, which are not looked at. Dates are: browsers take ECDSA P-256 and 14 days at most, so add the next one in time.
// <script type="module" src="webtransport.mjs"></script>, or deno run --unstable-net --allow-net webtransport.mjs
const CERTIFICATE_HASHES = [
  '${certBase64(subject)}', // until ${notAfter.toISOString()}
];

export function openSession(url) {
  const toBytes = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
  const serverCertificateHashes = CERTIFICATE_HASHES.map((hash) => ({ algorithm: 'sha-256', value: toBytes(hash) }));
  return new WebTransport(url, { serverCertificateHashes });
}

const session = openSession('https://${formatAuthority(subject.server)}/');
session.closed.catch(() => {}); // What went wrong is said by ready.
try {
  await session.ready;
  console.log('connected to the server with the pinned certificate');
  session.close();
} catch (cause) {
  console.error(\`refused: \${cause.message}\`);
  globalThis.Deno?.exit(1);
}
`;
}

const DAY_MS = 86_400_000;
/** W3C WebTransport, custom certificate requirements: two weeks, no RSA. Chromium also wants digitalSignature where usages are named. */
const WEBTRANSPORT_MAX_DAYS = 14;

/** A certificate that is not yet valid passes: the next hash has to be handed out before its time. */
/** Undefined when browsers take its hash. libp2p asks for the same. */
export function findUnfitForWebTransport({ certificate, server, now }: PinSubject): Unsuitable | undefined {
  const reason = certificate === undefined ? undefined : nameFault(certificate, now);
  return reason === undefined
    ? undefined
    : { reason, instead: `make one for it: mintmark self-signed ${server.host} --webtransport` };
}

function nameFault(
  { notBefore, notAfter, keyLabel, isForSignatures }: PinnedCertificate,
  now: Date,
): string | undefined {
  const days = (notAfter.getTime() - notBefore.getTime()) / DAY_MS;
  if (days > WEBTRANSPORT_MAX_DAYS)
    return `it lasts ${Math.ceil(days)} days, and browsers take ${WEBTRANSPORT_MAX_DAYS} at most`;
  if (/rsa/i.test(keyLabel)) return 'its key is RSA, and browsers refuse RSA here';
  if (!/P-(?:256|384)/.test(keyLabel)) return `its key is ${keyLabel}, and browsers take ECDSA P-256`;
  if (!isForSignatures) return 'its key usage leaves out digitalSignature, which Chromium asks for';
  if (notAfter <= now) return 'it has expired, and browsers look at the dates';
  return undefined;
}
