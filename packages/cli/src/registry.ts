/** @module The commands by name, each loaded when it is called; `mint` alone is part of the start. */
import type { Command, CommandSpec } from './command.ts';
import { mintCommand } from './commands/mint.ts';

export type Entry = { readonly name: string; readonly summary: string; readonly load: () => Promise<Command> };

/** In the order of the help. */
export const ALL_COMMANDS: readonly Entry[] = [
  { name: 'mint', summary: mintCommand.spec.summary, load: async () => mintCommand },
  {
    name: 'self-signed',
    summary: 'make one self-signed certificate and key',
    load: async () => (await import('./commands/self-signed.ts')).selfSignedCommand,
  },
  {
    name: 'csr',
    summary: 'make a key and a certificate request',
    load: async () => (await import('./commands/csr.ts')).csrCommand,
  },
  {
    name: 'sign',
    summary: 'sign a certificate request',
    load: async () => (await import('./commands/sign.ts')).signCommand,
  },
  { name: 'key', summary: 'make a private key', load: async () => (await import('./commands/key.ts')).keyCommand },
  {
    name: 'keystore',
    summary: 'a PKCS#12 key store or trust store for Java, Windows, macOS and others',
    load: async () => (await import('./commands/keystore.ts')).keystoreCommand,
  },
  {
    name: 'pin',
    summary: 'SHA-256 pins of a certificate, request, key, p12 or HOST:PORT',
    load: async () => (await import('./commands/pin.ts')).pinCommand,
  },
  {
    name: 'inspect',
    summary: 'a certificate, chain, request, key, p12, CRL or HOST:PORT in words',
    load: async () => (await import('./commands/inspect.ts')).inspectCommand,
  },
  {
    name: 'list',
    summary: 'what was issued, with days left',
    load: async () => (await import('./commands/list.ts')).listCommand,
  },
  {
    name: 'renew',
    summary: 'make certificates anew: same names, same files, same key',
    load: async () => (await import('./commands/renew.ts')).renewCommand,
  },
  {
    name: 'revoke',
    summary: 'take a certificate back',
    load: async () => (await import('./commands/revoke.ts')).revokeCommand,
  },
  {
    name: 'crl',
    summary: 'the list of revoked certificates of a CA',
    load: async () => (await import('./commands/crl.ts')).crlCommand,
  },
  {
    name: 'ocsp',
    summary: 'answer who asks whether a certificate is revoked: ocsp serve',
    load: async () => (await import('./commands/ocsp.ts')).ocspCommand,
  },
  {
    name: 'install',
    summary: "put the CA's root into the trust stores of this machine",
    load: async () => (await import('./commands/install.ts')).installCommand,
  },
  {
    name: 'uninstall',
    summary: "take the CA's root out of the trust stores of this machine",
    load: async () => (await import('./commands/uninstall.ts')).uninstallCommand,
  },
  {
    name: 'doctor',
    summary: 'who trusts the CA, proven by a handshake; why a server is refused',
    load: async () => (await import('./commands/doctor.ts')).doctorCommand,
  },
  {
    name: 'env',
    summary: 'variables by which programs trust the CA, without any install',
    load: async () => (await import('./commands/env.ts')).envCommand,
  },
  {
    name: 'exec',
    summary: 'run a program that trusts the CA, without any install',
    load: async () => (await import('./commands/exec.ts')).execCommand,
  },
  {
    name: 'ca',
    summary: 'the CAs of this home: create, list, show, path, import, export, rotate, remove',
    load: async () => (await import('./commands/ca.ts')).caCommand,
  },
  {
    name: 'mkcert',
    summary: "mkcert's own flags, same files, same meaning",
    load: async () => (await import('./commands/mkcert.ts')).mkcertCommand,
  },
  {
    name: 'completion',
    summary: 'a completion script for your shell',
    load: async () => (await import('./commands/completion.ts')).completionCommand,
  },
];

export function findCommand(name: string): Entry | undefined {
  return ALL_COMMANDS.find((entry) => entry.name === name);
}

/** The tables of all commands. */
export async function loadSpecs(): Promise<CommandSpec[]> {
  const commands = await Promise.all(ALL_COMMANDS.map(({ load }) => load()));
  return commands.map(({ spec }) => spec);
}
