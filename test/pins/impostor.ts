/**
 * @module A server that shows somebody else's certificate and signs the handshake with its own key: whoever takes the certificate for a
 * proof lets it in. OpenSSL, and so Node, won't serve such a pair; Go will.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { buildGo } from '../programs/go.ts';
import { killProcessGroup, scrubbedEnvironment } from '../programs/run.ts';
import { sourceFile } from './compilers.ts';

/** The newest version that it speaks: each has a signature of its own to verify. */
export type Newest = 'TLS 1.2' | 'TLS 1.3';
const VERSION_WORDS: Readonly<Record<Newest, string>> = { 'TLS 1.2': '0x0303', 'TLS 1.3': '0x0304' };

export type Impostor = {
  readonly port: number;
  /** What it was asked. */
  readonly requests: readonly string[];
  readonly stop: () => void;
};

/** @param folder scratch of the whole test file */
export async function startImpostor(folder: string, certFile: string, newest: Newest): Promise<Impostor> {
  const binary = join(folder, 'impostor');
  if (!existsSync(binary)) await buildGo(folder, [sourceFile('impostor.go')], binary);
  const child = spawn(binary, [certFile, VERSION_WORDS[newest]], {
    env: scrubbedEnvironment(),
    detached: true,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const requests: string[] = [];
  const lines = createInterface(child.stdout);
  const [first] = (await once(lines, 'line')) as [string];
  lines.on('line', (line) => requests.push(line));
  return { port: Number(first), requests, stop: () => killProcessGroup(child.pid) };
}
