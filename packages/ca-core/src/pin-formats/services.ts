/** @module Servers and tools that take a fingerprint in their own configuration, and fields of documents. */
import { formatBase64, formatHex, type Bytes } from '../der/bytes.ts';
import { findUnfitForWebTransport } from './browsers.ts';
import { formatDeviceId } from './device-id.ts';
import {
  certBase64,
  certColonHex,
  certHex,
  certSha256,
  spkiBase64,
  spkiPins,
  type PinFormat,
  type PinSubject,
  type Unsuitable,
} from './pin-format.ts';

/** The base64url form without padding (RFC 4648 section 5). */
const toBase64Url = (base64: string): string => base64.replaceAll('+', '-').replaceAll('/', '_').replace(/=+$/, '');

/** Multihash: the code of SHA-256, the length, the digest. multiformats.io/multihash */
function formatMultihash(digest: Bytes): string {
  const bytes = new Uint8Array(digest.length + 2);
  bytes.set([0x12, digest.length]);
  bytes.set(digest, 2);
  return `u${toBase64Url(formatBase64(bytes))}`;
}

const formatHpkpPins = (subject: PinSubject): string =>
  spkiPins(subject)
    .map((digest) => `pin-sha256="${formatBase64(digest)}"`)
    .join('; ');

const OPENVPN_NOTE = 'with peer-fingerprint no CA and no name is checked; OpenVPN 2.5 and newer';

export const SERVICE_FORMATS = {
  openvpn: {
    title: 'OpenVPN peer-fingerprint',
    object: 'certificate',
    roles: ['leaf'],
    value: certColonHex,
    caution: OPENVPN_NOTE,
  },
  mariadb: { title: 'MariaDB Connector/C ssl-fp', object: 'certificate', roles: ['leaf'], value: certHex },
  msmtp: { title: 'msmtp tls_fingerprint', object: 'certificate', roles: ['leaf'], value: certColonHex },
  stubby: { title: 'Stubby tls_pubkey_pinset', object: 'public-key', roles: ['leaf', 'key'], value: spkiBase64 },
  proxmox: { title: 'Proxmox fingerprint', object: 'certificate', roles: ['leaf'], value: certColonHex },
  syncthing: {
    title: 'Syncthing device ID',
    object: 'certificate',
    roles: ['leaf'],
    value: (subject) => formatDeviceId(certSha256(subject)),
  },
  libp2p: {
    title: 'libp2p /certhash',
    object: 'certificate',
    roles: ['leaf'],
    findUnsuitable: findUnfitForWebTransport,
    value: (subject) => formatMultihash(certSha256(subject)),
  },
  kubeadm: {
    title: 'kubeadm --discovery-token-ca-cert-hash',
    overview: 'kubeadm',
    object: 'public-key',
    roles: ['ca'],
    value: ({ pins }) => `sha256:${formatHex(pins.spkiSha256)}`,
  },
  step: {
    title: 'step ca bootstrap --fingerprint',
    overview: 'step',
    object: 'certificate',
    roles: ['ca'],
    findUnsuitable: findNoRoot,
    value: certHex,
  },
  elastic: {
    title: 'Elastic ssl.ca_trusted_fingerprint',
    object: 'certificate',
    roles: ['ca'],
    caFile: 'issuer.pem',
    value: certHex,
    caution: 'the server must send the CA along with its own certificate; a root that it leaves out matches nothing',
  },
  hpkp: {
    title: 'HPKP (RFC 7469) Public-Key-Pins',
    object: 'public-key',
    findUnsuitable: findLoneHpkpPin,
    value: formatHpkpPins,
    snippet: {
      fileName: 'public-key-pins.txt',
      text: (subject) => `Public-Key-Pins: ${formatHpkpPins(subject)}; max-age=5184000
`,
    },
    caution: 'browsers have dropped this header; wget2 and some libraries still keep it',
  },
  jose: { title: 'JOSE x5t#S256', object: 'certificate', value: (subject) => toBase64Url(certBase64(subject)) },
  golem: {
    title: 'golem certHash (SHA3-256 of the file)',
    object: 'file',
    value: ({ fileSha3 }) => `sha3:${formatHex(fileSha3 ?? new Uint8Array())}`,
    caution: 'this is a digest of the file as it lies on disk: no TLS client can compare it with what a server shows',
  },
} as const satisfies Record<string, PinFormat>;

/** It is the root that step fetches and trusts. */
function findNoRoot({ certificate }: PinSubject): Unsuitable | undefined {
  if (certificate?.isSelfSigned !== false) return undefined;
  return {
    reason: 'step compares the root, and this CA is below one',
    instead: 'mintmark pin "$(mintmark ca path)/root.pem" --format step',
  };
}

/** RFC 7469 section 4.3: clients ignore the header without a pin that is in no certificate of the chain. */
function findLoneHpkpPin({ backupSpkiSha256 }: PinSubject): Unsuitable | undefined {
  if (backupSpkiSha256 !== undefined) return undefined;
  return {
    reason: 'clients ignore the header without the pin of a spare key',
    instead: 'make the spare: mintmark pin FILE.pem --backup spare.pem --format hpkp',
  };
}
