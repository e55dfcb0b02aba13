/** @module TLSA records, taken by OpenSSL's own check and by ldns-dane, which reads zone files. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { programPath } from '../programs/program.ts';
import { run, type RunResult } from '../programs/run.ts';
import { shortVersionOf } from './clients-tools.ts';
import type { Emitted, PinnedClient, PinTarget } from './pinned-client.ts';

const REQUEST = 'GET / HTTP/1.0\r\n\r\n';

/** @param trust whom the client trusts besides; no one by default */
export function visitByRecord(emitted: Emitted, trust: readonly string[] = []): Promise<RunResult> {
  const { host, port, text } = emitted;
  const settings = ['s_client', '-quiet', '-verify_quiet', '-verify_return_error', '-no-CAfile', '-no-CApath'];
  const record = ['-dane_tlsa_domain', host, '-dane_tlsa_rrdata', text];
  const place = ['-connect', `${host}:${port}`];
  return run([programPath('openssl'), ...settings, ...trust, ...record, ...place], { input: REQUEST });
}

type Row = {
  readonly target?: PinTarget;
  readonly trust?: (emitted: Emitted) => readonly string[];
  readonly says?: string;
};

const byOpenssl = (format: PinnedClient['format'], { target, trust, says }: Row = {}): PinnedClient => ({
  format,
  client: `openssl s_client${says === undefined ? '' : `, ${says}`}`,
  programs: ['openssl'],
  ...(target === undefined ? {} : { target }),
  version: () => shortVersionOf('openssl', 'version'),
  visit: (emitted) => visitByRecord(emitted, trust?.(emitted)),
  visitAgain: 'one connection',
});

/**
 * ldns-dane waits for an answer before it reads its input when the tickets of a TLS 1.3 server come first: for ever.
 * In TLS 1.2 tickets belong to the handshake. OpenSSL ignores the file when the first section is called `default`.
 */
const NO_TICKETS_LATER = `openssl_conf = settings
[settings]
ssl_conf = ssl
[ssl]
system_default = versions
[versions]
MaxProtocol = TLSv1.2
`;

/** Its input is held open, and the line feed that ends it becomes CR LF on its way. */
export async function visitByZone({ file = '', folder, host, port }: Emitted): Promise<RunResult> {
  const settings = join(folder, 'openssl.cnf');
  writeFileSync(settings, NO_TICKETS_LATER);
  const command = [programPath('ldns-dane'), '-t', file, '-a', '127.0.0.1', '-i', 'verify', host, String(port)];
  return run(command, { input: 'GET / HTTP/1.0\r\n\n', holdInput: true, env: { OPENSSL_CONF: settings } });
}

const byZone: PinnedClient = {
  format: 'tlsa-zone',
  client: 'ldns-dane',
  programs: ['ldns-dane'],
  version: () => shortVersionOf('ldns-dane', '-v'),
  visit: visitByZone,
  visitAgain: 'one connection',
};

const anchored = ({ certFile }: Emitted): readonly string[] => ['-CAfile', certFile, '-partial_chain'];

/** Records of what the server shows as its own. */
export const LEAF_CLIENTS: readonly PinnedClient[] = [
  byOpenssl('tlsa'),
  byOpenssl('tlsa-cert'),
  byOpenssl('tlsa-pkix', { trust: anchored, says: 'the certificate trusted' }),
  byZone,
];

/** Records of a CA. */
export const CA_CLIENTS: readonly PinnedClient[] = [
  byOpenssl('tlsa-ca', { target: 'issuer' }),
  byOpenssl('tlsa-ca-cert', { target: 'issuer' }),
  byOpenssl('tlsa-pkix-ca', { target: 'issuer', trust: anchored, says: 'the CA trusted' }),
];
