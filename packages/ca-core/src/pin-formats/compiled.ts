/** @module Go, Rust, Java and OkHttp. Their programs are in `go-program.ts`, `rust-programs.ts` and `java-programs.ts`. */
import { formatGoProgram } from './go-program.ts';
import { formatJavaProgram, formatOkHttpProgram } from './java-programs.ts';
import { sha256Slash, spkiBase64, spkiHex, type PinFormat } from './pin-format.ts';
import { formatOldRustProgram, formatRustProgram } from './rust-programs.ts';

export const COMPILED_FORMATS = {
  go: {
    title: 'Go crypto/tls VerifyConnection',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: spkiHex,
    snippet: { fileName: 'pinned.go', text: formatGoProgram },
  },
  rust: {
    title: 'Rust, rustls 0.23 ServerCertVerifier',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: spkiHex,
    snippet: { fileName: 'main.rs', text: formatRustProgram },
  },
  'rust-0.21': {
    title: 'Rust, rustls 0.20 and 0.21 ServerCertVerifier',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: spkiHex,
    snippet: { fileName: 'main.rs', text: formatOldRustProgram },
  },
  java: {
    title: 'Java X509ExtendedTrustManager',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: spkiBase64,
    snippet: { fileName: 'Pinned.java', text: formatJavaProgram },
  },
  okhttp: {
    title: 'OkHttp CertificatePinner',
    overview: 'OkHttp',
    object: 'public-key',
    // One alone: `add` takes a pin each, and builds without complaint with a list in one string, which then never matches.
    value: ({ pins }) => sha256Slash(pins.spkiSha256),
    snippet: { fileName: 'PinnedOkHttp.java', text: formatOkHttpProgram, isByHost: true },
  },
} as const satisfies Record<string, PinFormat>;
