/** @module Pins of other protocols than HTTPS, with the programs: msmtp behind STARTTLS, OpenVPN without a network device, Syncthing. */
import { spawn } from 'node:child_process';
import { copyFileSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { RunningServer } from '../clients/real-servers.ts';
import { freePort } from '../clients/throwaway-server.ts';
import { mintmarkOrThrow } from '../programs/mintmark.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { killProcessGroup, run, runOrThrow, type RunResult } from '../programs/run.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { appendCertificate, createPinAuthority, createServed, type ServedPair } from './certificates.ts';
import { WORDY_SERVERS } from './mail-and-database.ts';
import { isRecording, readMeasured, writeMeasured, type Behaviour, type Measured } from './measured.ts';

const folder = scratchFolder('services');
const genuine = createServed(folder, 'genuine');
const issued = createServed(folder, 'issued', { by: createPinAuthority(folder, 'unknown') });
const expired = createServed(folder, 'expired', { isExpired: true });
const elsewhere = createServed(folder, 'elsewhere', { names: ['other.test'] });
const attacker = appendCertificate(createServed(folder, 'attacker'), readFileSync(genuine.certFile, 'utf8'));
const stranger = createServed(folder, 'stranger');

/** Which server is met, and whose pin the client has. */
const CASES = {
  right: { served: genuine, pinned: genuine },
  wrong: { served: genuine, pinned: stranger },
  issued: { served: issued, pinned: issued },
  expired: { served: expired, pinned: expired },
  wrongHost: { served: elsewhere, pinned: elsewhere },
  appended: { served: attacker, pinned: genuine },
} as const;
type CaseName = keyof typeof CASES;
/** What must hold whatever the client; the rest is written down. */
const DEMANDED: Partial<Record<CaseName, Behaviour>> = { right: 'accepted', wrong: 'refused', appended: 'refused' };

const files = (pair: ServedPair, name: string): { certFile: string; keyFile: string } => {
  const [certFile, keyFile] = [join(folder, `${name}-chain.pem`), join(folder, `${name}-key.pem`)];
  writeFileSync(certFile, pair.chainPem);
  writeFileSync(keyFile, pair.keyPem, { mode: 0o600 });
  return { certFile, keyFile };
};

async function pinOf({ certFile }: ServedPair, format: string): Promise<string> {
  const { stdout } = await mintmarkOrThrow(['pin', certFile, '--format', format], { home: join(folder, 'home') });
  return stdout.trim();
}

/** The client of one format: what it does with a case, and how its program is called. */
type Service = {
  readonly format: 'msmtp' | 'openvpn';
  readonly programs: readonly string[];
  readonly version: () => Promise<string>;
  readonly meet: (served: ServedPair, pin: string, name: string) => Promise<Behaviour>;
};

const servers: RunningServer[] = [];
afterAll(() => Promise.all(servers.map((server) => server.stop())));

const startSmtp = async (pair: ServedPair, name: string): Promise<RunningServer> => {
  const smtp = WORDY_SERVERS.find(({ scheme }) => scheme === 'smtp') ?? expect.fail('no SMTP server');
  const server = await smtp.start(files(pair, name), subfolder(folder, `smtp-${name}`));
  servers.push(server);
  return server;
};

const firstLine = ({ output }: RunResult): string => output.split('\n', 1)[0]?.trim() ?? '';

const msmtp: Service = {
  format: 'msmtp',
  programs: ['msmtp', 'python3', 'aiosmtpd'],
  version: async () => firstLine(await runOrThrow([programPath('msmtp'), '--version'])),
  meet: async (served, pin, name) => {
    const { port } = await startSmtp(served, name);
    const options = ['--host=localhost', `--port=${port}`, '--tls=on', '--tls-starttls=on', `--tls-fingerprint=${pin}`];
    const result = await run([programPath('msmtp'), '--serverinfo', '--timeout=10', ...options]);
    if (result.exitCode === 0 && result.stdout.includes('TLS session parameters')) return 'accepted';
    expect(result.output).toMatch(/fingerprint does not match/);
    return 'refused';
  },
};

const own = createServed(folder, 'own');

/** UDP, where a server that is not there yet is waited for; both ends give up at the first TLS error. */
const openvpnConfig = (role: 'server' | 'client', port: number, rest: readonly string[]): string =>
  [
    'dev null',
    'proto udp',
    ...(role === 'server'
      ? ['local 127.0.0.1', `port ${port}`, 'dh none']
      : [`remote 127.0.0.1 ${port}`, 'nobind', 'connect-retry-max 1']),
    `tls-${role}`,
    'tls-exit',
    'hand-window 20',
    'ifconfig-noexec',
    'verb 3',
    ...rest,
    '',
  ].join('\n');

const PATIENCE_MS = 30_000;

/** What a program prints until it says so or ends; it is ended then. */
function outputUntil([program = '', ...args]: readonly string[], isEnough: RegExp): Promise<string> {
  return new Promise((resolve) => {
    const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    const timer = setTimeout(() => killProcessGroup(child.pid), PATIENCE_MS);
    let output = '';
    const listen = (chunk: Buffer): void => {
      output += chunk.toString();
      if (isEnough.test(output)) killProcessGroup(child.pid);
    };
    child.stdout.on('data', listen);
    child.stderr.on('data', listen);
    child.once('close', () => {
      clearTimeout(timer);
      resolve(output);
    });
  });
}

const openvpn: Service = {
  format: 'openvpn',
  programs: ['openvpn'],
  version: async () => firstLine(await run([programPath('openvpn'), '--version'])),
  meet: async (shown, pin, name) => {
    const port = await freePort();
    const place = subfolder(folder, `openvpn-${name}`);
    const write = (role: 'server' | 'client', pair: ServedPair, peer: string): string => {
      const { certFile, keyFile } = files(pair, `openvpn-${name}-${role}`);
      const config = join(place, `${role}.conf`);
      const rest = [`cert ${certFile}`, `key ${keyFile}`, `peer-fingerprint ${peer}`];
      writeFileSync(config, openvpnConfig(role, port, rest));
      return config;
    };
    const serverConfig = write('server', shown, await pinOf(own, 'openvpn'));
    const clientConfig = write('client', own, pin);
    const server = spawn(programPath('openvpn'), ['--config', serverConfig], { detached: true, stdio: 'ignore' });
    const output = await outputUntil([programPath('openvpn'), '--config', clientConfig], /Peer Connection Initiated/);
    killProcessGroup(server.pid);
    if (output.includes('Peer Connection Initiated')) return 'accepted';
    expect(output).toMatch(/VERIFY ERROR|certificate verify failed/);
    return 'refused';
  },
};

describe.each([msmtp, openvpn])('$format', ({ format, programs, version, meet }) => {
  const measured = readMeasured('services')[format];
  const seen: Record<string, string> = {};
  const perform = async (name: CaseName, context: TestContext): Promise<void> => {
    requirePrograms(context, programs);
    const { served, pinned } = CASES[name];
    const behaviour = await meet(served, await pinOf(pinned, format), name);
    seen[name] = behaviour;
    const expected = DEMANDED[name] ?? (isRecording ? behaviour : measured?.[name]);
    expect(behaviour).toBe(expected);
  };
  it.for(Object.keys(CASES) as CaseName[])('%s', perform);
  it('says its version', async (context) => {
    requirePrograms(context, programs);
    seen['version'] = await version();
  });
  afterAll(() => {
    if (!isRecording || Object.keys(seen).length < Object.keys(CASES).length) return;
    const row = { client: format, target: 'self-signed', again: 'one connection', ...seen } as unknown as Measured;
    writeMeasured('services', { [format]: row });
  });
});

describe('syncthing', () => {
  let id = '';
  beforeAll(async () => {
    id = await pinOf(genuine, 'syncthing');
  });

  it('gives the device ID that Syncthing computes of the same certificate', async (context) => {
    requirePrograms(context, ['syncthing']);
    const home = subfolder(folder, 'syncthing');
    const { keyFile } = files(genuine, 'syncthing');
    copyFileSync(genuine.certFile, join(home, 'cert.pem'));
    copyFileSync(keyFile, join(home, 'key.pem'));
    const { stdout } = await runOrThrow([programPath('syncthing'), '-device-id', `-home=${home}`]);
    expect(stdout.trim()).toBe(id);
  });

  it('reads back as the same digest, and another ID does not', async () => {
    const check = (pin: string): Promise<RunResult> =>
      mintmarkOrThrow(['pin', genuine.certFile, '--check', pin], { home: join(folder, 'home') });
    expect((await check(id)).exitCode).toBe(0);
    await expect(check(await pinOf(stranger, 'syncthing'))).rejects.toThrow('exited with 1');
  });
});
