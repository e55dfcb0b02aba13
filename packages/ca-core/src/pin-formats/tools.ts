/** @module Command-line clients and their library: curl and what is built on it, wget, git, OpenSSL, GnuTLS, OpenConnect. */
import { formatBase64, formatHex } from '../der/bytes.ts';
import {
  formatAuthority,
  pinSha256,
  sha256SlashSlash,
  spkiHex,
  spkiPins,
  type PinFormat,
  type PinSubject,
} from './pin-format.ts';

/** curl's list: no blank after the semicolon, padding kept, lower case. */
const curlList: PinFormat['value'] = (subject) => spkiPins(subject).map(sha256SlashSlash).join(';');

const libcurlProgram = (
  subject: PinSubject,
): string => String.raw`// One HTTPS request in which the pin decides alone. libcurl compares it in every handshake, before anything is sent; what
// CURLINFO_CERTINFO tells comes after the request. CA, host name and date are not checked: to have them checked as well,
// put curl_easy_setopt(curl, CURLOPT_CAINFO, "server.pem") in place of the two SSL_VERIFY lines. Build: cc client.c -lcurl
#include <curl/curl.h>
#include <stdio.h>

// The server's public key, then its spare where there is one, with a semicolon between.
static const char PINS[] =
    ${spkiPins(subject)
      .map((digest, at) => `"${at === 0 ? '' : ';'}${sha256SlashSlash(digest)}"`)
      .join('\n    ')};

// Holds a handle to the pins, until its next reset. An error means that nothing may be sent: the TLS library of this
// libcurl may know no pins.
static CURLcode pin(CURL *curl) {
  CURLcode code = curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, PINS);
  if (code != CURLE_OK) return code;
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
  curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  return curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L);
}

int main(void) {
  CURL *curl = curl_easy_init();
  if (curl == NULL) return 1;
  CURLcode code = pin(curl);
  if (code == CURLE_OK) code = curl_easy_setopt(curl, CURLOPT_URL, "https://${formatAuthority(subject.server)}/");
  if (code == CURLE_OK) code = curl_easy_perform(curl);
  if (code != CURLE_OK) fprintf(stderr, "%s\n", curl_easy_strerror(code));
  curl_easy_cleanup(curl);
  return code == CURLE_OK ? 0 : 1;
}
`;

const opensslProgram = (subject: PinSubject): string => String.raw`#!/bin/sh
# One HTTPS request in which the pin decides alone. The only pin that openssl knows is a TLSA record, and without
# -verify_return_error it reports a wrong one and sends the request all the same. CA, host name and date are not checked:
# to have them checked as well, write 1 for each leading 3, add -CAfile server.pem, and leave out -dane_ee_no_namechecks.
set -- ${spkiPins(subject)
  .map((digest) => `-dane_tlsa_rrdata '3 1 1 ${formatHex(digest)}'`)
  .join(' \\\n  ')}

# HOST, HOST:PORT, then the pins. The request comes in, the answer goes out.
pinned() {
  host=$1
  address=$2
  shift 2
  openssl s_client -quiet -verify_quiet -verify_return_error -connect "$address" \
    -dane_tlsa_domain "$host" "$@" -dane_ee_no_namechecks
}

answer=$(printf 'GET / HTTP/1.0\r\nHost: %s\r\n\r\n' '${formatAuthority(subject.server)}' |
  pinned '${subject.server.host}' '${formatAuthority(subject.server)}' "$@") || exit 1
printf '%s\n' "$answer" | awk 'body { print } /^\r?$/ { body = 1 }'
`;

/**
 * gnutls-cli looks a port up by the name that /etc/services gives it, and that file differs from system to system. Ports of TLS and
 * of test servers that Debian's and IANA's lists name.
 */
const SERVICE_NAMES: Readonly<Record<number, readonly string[]>> = {
  443: ['https'],
  465: ['submissions', 'smtps', 'urd'],
  636: ['ldaps'],
  853: ['domain-s'],
  993: ['imaps'],
  995: ['pop3s'],
  5061: ['sip-tls', 'sips'],
  5432: ['postgresql'],
  5671: ['amqps'],
  6697: ['ircs-u'],
  8080: ['http-alt', 'webcache'],
  8081: ['tproxy', 'sunproxyadmin'],
  8443: ['pcsync-https'],
  8883: ['secure-mqtt'],
};

const NEVER = 0; // seconds since 1970: what gnutls-cli itself writes for a line without an end
const GNUTLS_DIG_SHA256 = 6; // gnutls_digest_algorithm_t, gnutls/gnutls.h

/** `g0` holds a whole key and is what gnutls-cli writes; `c0` holds a digest of one: all that is known of the spare. Any line that fits is enough. */
function formatKnownHosts({ server: { host, port }, spkiDer, backupSpkiSha256 }: PinSubject): string {
  const services = [String(port), ...(SERVICE_NAMES[port] ?? [])];
  const lines = services.flatMap((service) => [
    `|g0|${host}|${service}|${NEVER}|${formatBase64(spkiDer)}`,
    ...(backupSpkiSha256 === undefined
      ? []
      : [`|c0|${host}|${service}|${NEVER}|${GNUTLS_DIG_SHA256}|${formatHex(backupSpkiSha256)}`]),
  ]);
  return `${lines.join('\n')}\n`;
}

export const TOOL_FORMATS = {
  curl: {
    title: 'curl --pinnedpubkey',
    overview: 'curl',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: curlList,
  },
  wget: {
    title: 'wget --pinnedpubkey',
    overview: 'wget',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: curlList,
  },
  git: {
    title: 'git http.pinnedPubkey',
    overview: 'git',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: curlList,
  },
  libcurl: {
    title: 'libcurl CURLOPT_PINNEDPUBLICKEY, in C',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: curlList,
    snippet: { fileName: 'client.c', text: libcurlProgram },
  },
  openssl: {
    title: 'openssl s_client -dane_tlsa_rrdata',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: (subject) => `3 1 1 ${spkiHex(subject)}`,
    snippet: { fileName: 'client.sh', text: opensslProgram },
  },
  gnutls: {
    title: 'gnutls-cli --strict-tofu',
    overview: 'GnuTLS',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: ({ pins }) => pinSha256(pins.spkiSha256),
    snippet: { fileName: 'known_hosts', text: formatKnownHosts, isJoinable: true },
    caution:
      "put this in place of the host's older lines in ~/.gnutls/known_hosts and connect with gnutls-cli --strict-tofu (--tofu asks " +
      'whether to take another key); it looks a port up by name where /etc/services has one.',
  },
  openconnect: {
    title: 'OpenConnect --servercert',
    overview: 'OpenConnect',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: ({ pins }) => pinSha256(pins.spkiSha256),
  },
} as const satisfies Record<string, PinFormat>;
