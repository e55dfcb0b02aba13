/**
 * @module DANE: TLSA records for a name server's zone or for OpenSSL's own check (RFC 6698, RFC 7671). Usages 3 and 2 stand in for
 * public CAs, usages 1 and 0 add to them. Of a CA that signs leaves through an issuer, 2 must name what the server sends.
 */
import { formatHex } from '../der/bytes.ts';
import { certHex, spkiHex, spkiPins, type PinFormat, type PinSubject } from './pin-format.ts';

const MUST_BE_SENT =
  'the server must send the pinned CA, and a chain usually ends before its root, as those of Mintmark do: pin the issuer, ' +
  'mintmark pin "$(mintmark ca path)/issuer.pem", or add the root to the file that the server sends.';

const ADDS_TO_TRUST =
  'the client must trust the CA as well (mintmark install); mail servers take records of usage 0 and 1 for unusable (RFC 7672).';

const TTL_SECONDS = 3600;

const zoneText = (subject: PinSubject): string => {
  const { host, port } = subject.server;
  const [current, ...spares] = spkiPins(subject).map(
    (digest) => `_${port}._tcp.${host}. ${TTL_SECONDS} IN TLSA 3 1 1 ${formatHex(digest)}`,
  );
  return `; The server's public key alone is compared (RFC 7671 section 5.1; some clients check the host name as well): a renewal
; with the same key needs no new record. Clients heed it only where the zone is signed with DNSSEC. UDP is named _udp.
; Another key: publish its record beside this one, wait two TTLs (${2 * TTL_SECONDS} seconds), only then let the server show it.
${current}
${spares.map((line) => `; The spare key, which the server does not show yet.\n${line}\n`).join('')}`;
};

export const DANE_FORMATS = {
  tlsa: {
    title: 'DANE TLSA, end entity key',
    overview: 'TLSA',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: (subject) => `3 1 1 ${spkiHex(subject)}`,
  },
  'tlsa-cert': {
    title: 'DANE TLSA, end entity certificate',
    object: 'certificate',
    roles: ['leaf'],
    value: (subject) => `3 0 1 ${certHex(subject)}`,
  },
  'tlsa-ca': {
    title: 'DANE TLSA, CA key',
    overview: 'TLSA',
    object: 'public-key',
    roles: ['ca'],
    value: (subject) => `2 1 1 ${spkiHex(subject)}`,
    caution: MUST_BE_SENT,
    caFile: 'issuer.pem',
  },
  'tlsa-ca-cert': {
    title: 'DANE TLSA, CA certificate',
    object: 'certificate',
    roles: ['ca'],
    value: (subject) => `2 0 1 ${certHex(subject)}`,
    caution: MUST_BE_SENT,
    caFile: 'issuer.pem',
  },
  'tlsa-pkix': {
    title: 'DANE TLSA, end entity key of a trusted CA',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: (subject) => `1 1 1 ${spkiHex(subject)}`,
    caution: ADDS_TO_TRUST,
  },
  'tlsa-pkix-ca': {
    title: 'DANE TLSA, key of a trusted CA',
    object: 'public-key',
    roles: ['ca'],
    value: (subject) => `0 1 1 ${spkiHex(subject)}`,
    caution: ADDS_TO_TRUST,
  },
  'tlsa-zone': {
    title: 'DANE TLSA, lines of a zone file',
    object: 'public-key',
    roles: ['leaf', 'key'],
    findUnsuitable: ({ server: { host } }) =>
      /^[\d.]+$|:/.test(host)
        ? {
            reason: `a TLSA record stands under a host name, and ${host} is an address`,
            instead: 'name the host: mintmark pin TARGET --format tlsa-zone --host NAME:PORT',
          }
        : undefined,
    value: (subject) => `3 1 1 ${spkiHex(subject)}`,
    snippet: { fileName: 'tlsa.zone', text: zoneText, isJoinable: true },
  },
} as const satisfies Record<string, PinFormat>;
