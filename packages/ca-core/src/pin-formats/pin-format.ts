/**
 * @module How clients spell the two digests. No spelling is portable: curl refuses hex, PHP refuses colons, Firefox refuses
 * lower case. One row a client; `object` says which digest it compares.
 */
import { formatBase64, formatHex, type Bytes } from '../der/bytes.ts';
import { formatColonHex, type Pins } from './pins.ts';

/** What a format may depend on besides the digest. */
export type PinRole = 'leaf' | 'ca' | 'key';

type PinFormat = {
  readonly title: string;
  readonly object: 'certificate' | 'public-key';
  /** Where the format makes sense; default: everywhere. */
  readonly roles?: readonly PinRole[];
  readonly format: (digest: Bytes) => string;
};

const sha256SlashSlash = (digest: Bytes): string => `sha256//${formatBase64(digest)}`;
const sha256Slash = (digest: Bytes): string => `sha256/${formatBase64(digest)}`;
const pinSha256 = (digest: Bytes): string => `pin-sha256:${formatBase64(digest)}`;

/** The base64url form without padding (RFC 4648 section 5). */
function formatBase64Url(digest: Bytes): string {
  return formatBase64(digest).replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');
}

export const PIN_FORMATS = {
  curl: { title: 'curl --pinnedpubkey', object: 'public-key', format: sha256SlashSlash },
  wget: { title: 'wget --pinnedpubkey', object: 'public-key', format: sha256SlashSlash },
  git: { title: 'git http.pinnedPubkey', object: 'public-key', format: sha256SlashSlash },
  okhttp: { title: 'OkHttp CertificatePinner', object: 'public-key', format: sha256Slash },
  android: { title: 'Android network security configuration', object: 'public-key', format: formatBase64 },
  ios: { title: 'iOS NSPinnedDomains (SPKI-SHA256-BASE64)', object: 'public-key', format: formatBase64 },
  gnutls: { title: 'GnuTLS', object: 'public-key', format: pinSha256 },
  openconnect: { title: 'OpenConnect --servercert', object: 'public-key', format: pinSha256 },
  chromium: {
    title: 'Chromium --ignore-certificate-errors-spki-list (switches checks off; not a pin)',
    object: 'public-key',
    format: formatBase64,
  },
  tlsa: {
    title: 'DANE TLSA, end entity key',
    object: 'public-key',
    roles: ['leaf', 'key'],
    format: (d) => `3 1 1 ${formatHex(d)}`,
  },
  'tlsa-ca': {
    title: 'DANE TLSA, CA key',
    object: 'public-key',
    roles: ['ca'],
    format: (d) => `2 1 1 ${formatHex(d)}`,
  },
  kubeadm: {
    title: 'kubeadm --discovery-token-ca-cert-hash',
    object: 'public-key',
    roles: ['ca'],
    format: (d) => `sha256:${formatHex(d)}`,
  },
  'spki-hex': { title: 'public key SHA-256, hex', object: 'public-key', format: formatHex },
  node: { title: 'Node fingerprint256', object: 'certificate', format: formatColonHex },
  bun: { title: 'Bun fingerprint256', object: 'certificate', format: formatColonHex },
  firefox: { title: 'Firefox certificate fingerprint', object: 'certificate', format: formatColonHex },
  openvpn: { title: 'OpenVPN peer-fingerprint', object: 'certificate', format: formatColonHex },
  python: { title: 'Python urllib3 assert_fingerprint', object: 'certificate', format: formatHex },
  php: { title: 'PHP peer_fingerprint', object: 'certificate', format: formatHex },
  esp32: { title: 'ESP32 WiFiClientSecure.verify', object: 'certificate', format: formatHex },
  step: { title: 'step ca bootstrap --fingerprint', object: 'certificate', roles: ['ca'], format: formatHex },
  electron: { title: 'Electron certificate.fingerprint', object: 'certificate', format: sha256Slash },
  webtransport: {
    title: 'WebTransport serverCertificateHashes (base64)',
    object: 'certificate',
    roles: ['leaf'],
    format: formatBase64,
  },
  jose: { title: 'JOSE x5t#S256', object: 'certificate', format: formatBase64Url },
} as const satisfies Record<string, PinFormat>;

export type PinFormatName = keyof typeof PIN_FORMATS;

/** The spellings that make sense for this role and these digests, by client. */
export function formatPins(pins: Pins, role: PinRole): Partial<Record<PinFormatName, string>> {
  const lines: Partial<Record<PinFormatName, string>> = {};
  for (const [name, row] of Object.entries(PIN_FORMATS) as [PinFormatName, PinFormat][]) {
    const digest = row.object === 'certificate' ? pins.certSha256 : pins.spkiSha256;
    if (digest !== undefined && (row.roles === undefined || row.roles.includes(role))) lines[name] = row.format(digest);
  }
  return lines;
}
