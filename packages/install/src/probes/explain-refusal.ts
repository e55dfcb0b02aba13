/** @module Why a program refused, in a line: its own words where it has any, else the alert it sent. Pure. */
import { escapeControls } from '@mintmark/ca-core';
import type { GroupEnding } from './run-in-group.ts';

const MAX_CHARACTERS = 160;

/** What programs and libraries say of certificates, the most telling first; the rest of such a line is about their own source. */
const CERTIFICATE_PHRASES: readonly RegExp[] = [
  /self[- ]signed certificate(?: in certificate chain)?/i,
  /unable to get (?:local )?issuer certificate/i,
  /unable to find valid certification path to requested target/i,
  /unable to verify the first certificate/i,
  /permitted subtree violation|excluded subtree violation|name constraints? [^:;,]*violat\w*/i,
  /certificate signed by unknown authority/i,
  /certificate (?:has expired|is not yet valid|is expired)/i,
  /hostname mismatch[^()]*|IP address mismatch[^()]*|does not match target host name[^()]*/i,
  /no alternative certificate subject name matches[^()\n]*|does not match certificate's altnames[^()\n]*/i,
  /UnknownIssuer|NotValidForName|CertExpired/,
  /(?:server )?certificate verif(?:y|ication) failed/i,
  /PKIX [^:]+/,
];

const PHRASES: readonly RegExp[] = [
  /(?<=net::)ERR_[A-Z_]+/,
  /No module named '?[\w.]+'?/,
  ...CERTIFICATE_PHRASES,
  /no usable sandbox/i,
];
const NOISE = /^\s+(?:at |File )|^Traceback|dbus|^\*\*\*|^\s*\^+\s*$|^depth=|^Connecting to/i;

/** What OpenSSL calls the alerts of RFC 8446 section 6, and what they mean here. */
const ALERTS: readonly (readonly [name: string, words: string])[] = [
  ['UNKNOWN_CA', 'it does not know the CA'],
  ['CERTIFICATE_EXPIRED', 'it takes the certificate for expired'],
  ['BAD_CERTIFICATE', 'it takes the certificate for bad'],
  ['CERTIFICATE_UNKNOWN', 'it does not accept the certificate'],
  ['UNSUPPORTED_CERTIFICATE', 'it does not support this kind of certificate'],
  ['PROTOCOL_VERSION', 'it speaks no version of TLS that the server speaks'],
];

/** @param alerts OpenSSL's names of the alerts that arrived at the server. */
export function explainRefusal(
  ending: Pick<GroupEnding, 'output' | 'isLate' | 'fault'>,
  alerts: readonly string[],
): string | undefined {
  if (ending.fault !== undefined) return shorten(ending.fault);
  const phrase = PHRASES.map((pattern) => pattern.exec(ending.output)?.[0]).find((found) => found !== undefined);
  if (phrase !== undefined) return shorten(phrase);
  const words = ALERTS.find(([name]) => alerts.some((alert) => alert.endsWith(name)))?.[1];
  if (words !== undefined) return words;
  if (ending.isLate) return 'no answer in time';
  const line = ending.output.split(/[\r\n]+/).findLast((text) => text.trim() !== '' && !NOISE.test(text));
  return line === undefined ? undefined : shorten(line);
}

const shorten = (text: string): string => escapeControls(text.trim()).slice(0, MAX_CHARACTERS);

/** Whether what a program said is about certificates, rather than about the network or the page. */
export const isAboutCertificates = (output: string): boolean =>
  /net::ERR_(?:CERT|SSL)_/.test(output) || CERTIFICATE_PHRASES.some((pattern) => pattern.test(output));
