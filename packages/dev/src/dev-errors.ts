/** @module The table of dev's error codes: why a pinned client does not talk to a server, and why a server does not take a certificate. */
import { createErrorFactory, quote, quoteWord } from '@mintmark/ca-core';
import type { Pinned } from './pin-policy.ts';

type Peer = { peer: string };
type Shown = Peer & {
  /** The pins that were asked for, as they were given. */
  expected: readonly string[];
  /** The server's key as curl spells it, and its certificate in colon hex. */
  shownKey: string;
  shownCertificate: string;
};

const renewHint = (file: string): string =>
  /\.(?:p12|pfx)$/i.test(file) ? 'write it anew: mintmark keystore' : `make it anew: mintmark renew ${quoteWord(file)}`;

export const DEV_ERRORS = {
  PIN_MISMATCH: {
    message: (d: Shown) => `${d.peer} showed the key ${d.shownKey}, which is not pinned; no request was sent to it`,
    hint: (_d: Shown) =>
      'ask its operator for the pin over another channel: the key is a new one, or someone stands in between',
  },
  PIN_OF_CA: {
    message: (d: Shown) => `${d.peer} shows the pinned certificate, but as that of a CA, not as its own`,
    hint: (_d: Shown) =>
      "if the pin is meant for a CA, say pinned: 'ca'; else ask the server's operator for the pin of its own key",
  },
  PIN_OF_SERVER: {
    message: (d: Shown) => `the pin is that of ${d.peer} itself, not of a CA above it`,
    hint: (_d: Shown) => "leave out pinned: 'ca'",
  },
  PIN_CERTIFICATE_MISSING: {
    message: (d: Peer) =>
      `${d.peer} showed no certificate in this handshake, so there is nothing to compare with the pin`,
    hint: () => 'the server must show its certificate in each handshake: no pre-shared key, no resumed session',
  },
  PINNED_CHAIN_INVALID: {
    message: (d: Peer & { reason: string }) => `${d.peer} is not verified up to the pinned CA: ${d.reason}`,
    hint: () => 'make its certificate anew with that CA, or ask its operator for the pin of its own key',
  },
  PINNED_DATES: {
    message: (d: Peer & { notBefore: string; notAfter: string }) =>
      `the certificate of ${d.peer} is valid from ${d.notBefore} to ${d.notAfter}, and not now`,
    hint: () => "renew it with the same key, or leave its dates unchecked: checks: 'host'",
  },
  PINNED_HOST: {
    message: (d: Peer & { host: string; names: string; pinned: Pinned }) =>
      `the certificate of ${d.peer} is not for ${quote(d.host)} ${d.names === '' ? 'and has no alternative name' : `but for ${quote(d.names)}`}`,
    // Without its name, any server of the CA would do.
    hint: ({ pinned }: { pinned: Pinned }) =>
      pinned === 'ca'
        ? 'use a name of the certificate'
        : "use a name of the certificate, or leave the name unchecked: checks: 'dates'",
  },
  PIN_NEEDS_HTTPS: {
    message: (d: Peer) => `${d.peer} is a plain http address: no certificate, no pin`,
    hint: () => 'use its https address',
    kind: 'usage',
  },
  DISPATCHER_IGNORED: {
    message: (d: { runtime: string }) =>
      `fetch and undici on ${d.runtime} leave a dispatcher aside, so it would pin nothing`,
    hint: () => 'use createPinnedAgent with node:https, which holds there',
  },

  SERVED_FILE_UNREADABLE: {
    message: (d: { file: string; reason: string }) => `the server can't read ${d.file}: ${d.reason}`,
    hint: () => 'put the file there, or give its path; new certificates come from: mintmark mint NAME',
  },
  SERVED_FILES_UNUSABLE: {
    message: (d: { files: readonly string[]; reason: string }) => `can't serve ${d.files.join(' with ')}: ${d.reason}`,
    hint: (d: { files: readonly string[] }) => renewHint(d.files[0] ?? ''),
  },
  SERVED_PAIR_MISMATCH: {
    message: (d: { certFile: string; keyFile: string }) => `${d.keyFile} is not the key of ${d.certFile}`,
    hint: (d: { certFile: string }) => renewHint(d.certFile),
  },
  SERVED_DATES: {
    // The one that is served may be in the file no more.
    message: (d: { file: string; isInFile: boolean; notBefore: string; notAfter: string }) =>
      `the certificate ${d.isInFile ? `in ${d.file}` : 'that is served'} is valid from ${d.notBefore} to ${d.notAfter}, and not now`,
    hint: (d: { file: string }) => renewHint(d.file),
  },
} as const;

/** Throws of dev are made here. */
export const devError = createErrorFactory(DEV_ERRORS);
