/** @module The table of error codes of `mkcert`: wrong flags, folders of a CA that can't be used, files that stay as they are. */
import { createErrorFactory, quote } from '@mintmark/ca-core';

type Path = { path: string };

export const MKCERT_ERRORS = {
  MKCERT_CAROOT_UNKNOWN: {
    message: (_d: Record<string, never>) => 'failed to find the default CA location, set one as the CAROOT env var',
    hint: () => 'CAROOT=FOLDER mkcert …',
  },
  MKCERT_FLAGS_CONFLICT: {
    message: (d: { reason: string }) => d.reason,
    hint: () => 'see which go together: mkcert -help',
  },
  MKCERT_NAME_INVALID: {
    message: (d: { name: string; reason: string; advice: string }) =>
      `${quote(d.name)} is not a valid hostname, IP, URL or email: ${d.reason}`,
    hint: (d: { advice: string }) => d.advice,
  },
  MKCERT_CA_UNREADABLE: {
    message: (d: Path & { reason: string }) => `failed to read the CA certificate: ${d.path}: ${d.reason}`,
    hint: (d: Path) => `restore it from a backup, or move it away to begin with a new CA: ${d.path}`,
  },
  MKCERT_CA_KEY_MISSING: {
    message: (_d: Path) => "can't create new certificates because the CA key (rootCA-key.pem) is missing",
    hint: (d: Path) =>
      `this CA can be installed and can't sign; for one of your own use another folder than ${d.path}: CAROOT=FOLDER mkcert …`,
  },
  MKCERT_CA_KEY_MISMATCH: {
    message: (d: Path) => `${d.path} is not the key of a certificate in rootCA.pem`,
    hint: () => 'copy the folder of a CA whole, or restore both files from one backup',
  },
  MKCERT_CA_CERTIFICATE_MISSING: {
    message: (d: Path) => `${d.path} is there, and its certificate (rootCA.pem) is not`,
    hint: (d: Path) => `restore rootCA.pem beside it, or move it away to begin with a new CA: ${d.path}`,
  },
  MKCERT_FILE_FOREIGN: {
    message: (d: Path) => `${quote(d.path)} exists and is no development certificate or key, so it is not replaced`,
    hint: () => 'move it away, or say where the new one goes: -cert-file FILE -key-file FILE -p12-file FILE',
  },
} as const;

export const mkcertError = createErrorFactory(MKCERT_ERRORS);
