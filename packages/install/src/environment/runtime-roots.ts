/** @module The roots that Node brings along, for a system that keeps its own in no file: Windows, or a container without any. */
import { findBlocks } from '@mintmark/ca-core';

type TlsModule = {
  readonly rootCertificates: readonly string[];
  /** Node 22.15 and later. */
  readonly getCACertificates?: (kind: 'system') => readonly string[];
};

/** DER of the system's roots as Node sees them, where it can, and of its own. */
export function readRuntimeRoots(): Uint8Array[] {
  // Loaded by hand: TLS is heavy, and hardly anybody gets here.
  const tls = process.getBuiltinModule('node:tls') as TlsModule;
  return [...(tls.getCACertificates?.('system') ?? []), ...tls.rootCertificates].flatMap((pem) =>
    findBlocks(Buffer.from(pem), 'a root of the runtime', { labels: ['CERTIFICATE'], wanted: 'a certificate' }).map(
      ({ der }) => der,
    ),
  );
}
