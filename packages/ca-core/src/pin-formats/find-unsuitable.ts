/** @module Whether a client can be pinned by a certificate, key or CA at all, and what to give or mint instead. */
import type { PinFormat, PinRole, PinSubject, Unsuitable } from './pin-format.ts';

const WRONG_ROLE: Readonly<Record<PinRole, (name: string, format: PinFormat) => Unsuitable>> = {
  ca: (name) => ({
    reason: "the client compares what the server itself shows, which is never its CA's",
    instead: `pin the server: mintmark pin HOST:PORT --format ${name}; or trust the CA as a whole: mintmark install`,
  }),
  leaf: (name, { caFile = 'root.pem' }) => ({
    reason: "the client compares a CA, and this is a server's certificate",
    instead: `mintmark pin "$(mintmark ca path)/${caFile}" --format ${name}`,
  }),
  key: (name) => ({
    reason: 'the client needs a certificate, and this is a key alone',
    instead: `give the certificate: mintmark pin FILE.pem --format ${name}`,
  }),
};

/** Undefined when the client can be pinned by it. @param name the row's name, for what to type instead */
export function findUnsuitable(name: string, format: PinFormat, subject: PinSubject): Unsuitable | undefined {
  const { roles, pins, fileSha3 } = subject;
  if (format.object === 'certificate' && pins.certSha256 === undefined) return WRONG_ROLE.key(name, format);
  if (format.object === 'file' && fileSha3 === undefined)
    return {
      reason: 'the client hashes a file, and this is no file',
      instead: `mintmark pin FILE.pem --format ${name}`,
    };
  if (format.roles !== undefined && !format.roles.some((role) => roles.includes(role)))
    return WRONG_ROLE[roles[0] ?? 'key'](name, format);
  return format.findUnsuitable?.(subject, name);
}

/** Undefined when the row has a whole text for the subject, not a value alone. */
export function findUnsuitableText(name: string, format: PinFormat, subject: PinSubject): Unsuitable | undefined {
  const unsuitable = findUnsuitable(name, format, subject);
  if (unsuitable !== undefined || format.snippet?.isByHost !== true || subject.server.isGuess !== true)
    return unsuitable;
  return {
    reason: 'it pins by host name, and none is known here',
    instead: `name the server: mintmark pin FILE.pem --host NAME --format ${name}`,
  };
}
