/**
 * @module The keychains of macOS that hold roots, and what the system makes of them. Trust settings are kept where only trustd
 * reads, so `security` is asked: which certificates lie in a keychain, and whether the root passes as trusted.
 */
import { posix } from 'node:path';
import type { TrustAnchor } from '../anchor.ts';
import type { MachineReader } from '../machine/machine.ts';
import { countCertificates, isRightAllowed } from '../macos/security-output.ts';
import type { FactsRequest } from './facts.ts';
import { isRootFileThere } from './root-file.ts';

/** By full path: another program of this name in PATH would be handed the user's trust. */
export const SECURITY_PROGRAM = '/usr/bin/security';
export const SYSTEM_KEYCHAIN = '/Library/Keychains/System.keychain';

/** How often each wanted root lies in a keychain, by SHA-256 (hex). */
type Counts = ReadonlyMap<string, number>;

export type MacosFacts = {
  readonly isReadable: boolean;
  readonly loginKeychain: string;
  readonly inLogin: Counts;
  readonly inSystem: Counts;
  /** SHA-256 (hex) of the wanted roots that a certificate may lead up to here: the system says so. */
  readonly trusted: ReadonlySet<string>;
  /** Why nobody could confirm a change of trust; undefined when somebody can, or nobody has to. */
  readonly refusal: 'no-screen' | 'build' | undefined;
  /** SHA-256 (hex) of the wanted roots whose file is where it should be. */
  readonly rootFiles: ReadonlySet<string>;
};

/** Undefined on other systems. */
export async function readMacosFacts(reader: MachineReader, request: FactsRequest): Promise<MacosFacts | undefined> {
  if (reader.platform !== 'darwin') return undefined;
  const loginKeychain = findLoginKeychain(reader);
  const files = request.roots.filter((root) => isRootFileThere(reader, root));
  const [inLogin, inSystem, trusted] = await Promise.all([
    readKeychain(reader, loginKeychain),
    readKeychain(reader, SYSTEM_KEYCHAIN),
    readTrusted(reader, files),
  ]);
  const isTrusted = request.rootsSha256Hex.every((sha256Hex) => trusted.has(sha256Hex));
  return {
    isReadable: inLogin !== undefined && inSystem !== undefined,
    loginKeychain,
    inLogin: inLogin ?? new Map(),
    inSystem: inSystem ?? new Map(),
    trusted,
    refusal: isTrusted ? undefined : await readRefusal(reader),
    rootFiles: new Set(files.map(({ sha256Hex }) => sha256Hex)),
  };
}

/** The name without `-db` is that of systems before 10.12. */
function findLoginKeychain({ userFolder, status }: MachineReader): string {
  const folder = posix.join(userFolder, 'Library/Keychains');
  const [current = '', old = ''] = ['login.keychain-db', 'login.keychain'].map((name) => posix.join(folder, name));
  return status(current) === undefined && status(old) !== undefined ? old : current;
}

/** An empty or missing keychain prints nothing, with 0 or 44; only a program that cannot be run tells nothing. */
async function readKeychain(reader: MachineReader, keychain: string): Promise<Counts | undefined> {
  const result = await reader.query({ command: [SECURITY_PROGRAM, 'find-certificate', '-a', '-p', keychain] });
  return result.exitCode === null ? undefined : countCertificates(result.stdout);
}

/**
 * The system judges the root itself, without the network. By the basic policy: the one for servers also limits how long a
 * certificate may be valid, and takes the root for a server's.
 */
async function readTrusted(reader: MachineReader, roots: readonly TrustAnchor[]): Promise<ReadonlySet<string>> {
  const judged = await Promise.all(
    roots.map(async ({ certFile, sha256Hex }) => {
      const command = [SECURITY_PROGRAM, 'verify-cert', '-c', certFile, '-p', 'basic', '-l', '-L'] as const;
      return (await reader.query({ command })).exitCode === 0 ? [sha256Hex] : [];
    }),
  );
  return new Set(judged.flat());
}

const USER_RIGHT = 'com.apple.trust-settings.user';

/** Only in `Aqua`, the session of the screen, can a dialog be shown; over SSH it is `Background`. */
async function readRefusal(reader: MachineReader): Promise<MacosFacts['refusal']> {
  const session = await reader.query({ command: ['/bin/launchctl', 'managername'] });
  const isScreen = session.exitCode !== 0 || session.stdout.trim() === 'Aqua';
  const isBuild = (reader.env['CI'] ?? '') !== '';
  if (isScreen && !isBuild) return undefined;
  const right = await reader.query({ command: [SECURITY_PROGRAM, 'authorizationdb', 'read', USER_RIGHT] });
  if (right.exitCode === 0 && isRightAllowed(right.stdout)) return undefined;
  return isBuild ? 'build' : 'no-screen';
}
