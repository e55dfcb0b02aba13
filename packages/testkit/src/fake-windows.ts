/**
 * @module The root stores of a Windows in memory, with the programs that change them: reg.exe, PowerShell, certutil.exe and the
 * crypt32 worker. They speak German, for nothing may depend on their words.
 */
import { createHash } from 'node:crypto';
import type { ProgramResult, TrustAnchor } from '@mintmark/install';
import type { FakeMachine, FakeProgram } from './fake-machine.ts';

/** How one way in behaves: `idle` ends with 0 and does nothing. */
export type FakeBehaviour = 'works' | 'missing' | 'broken' | 'idle';
export type FakeWindowsOptions = {
  /** Roots that certificates are told by; there are no others. */
  readonly roots: readonly TrustAnchor[];
  /** To each dialog. Default `yes`. */
  readonly answer?: 'yes' | 'no';
  readonly isElevated?: boolean;
  readonly worker?: FakeBehaviour;
  readonly powershell?: FakeBehaviour;
  readonly certutil?: FakeBehaviour;
};

export type FakeWindows = {
  /** DER by `registryIdOf`. */
  readonly registry: Map<string, Uint8Array>;
  /** Revocation lists in the store of intermediate CAs, DER by `registryIdOf`; nobody is asked about them. */
  readonly crls: Map<string, Uint8Array>;
  /** How often the person was asked. */
  readonly dialogs: { count: number };
  readonly programs: Readonly<Record<'reg' | 'worker' | 'powershell' | 'certutil', FakeProgram>>;
};

type Location = 'CurrentUser' | 'LocalMachine';
type Outcome = 'done' | 'declined' | 'denied';

/** The key of a certificate in the registry. */
export const registryIdOf = (location: string, sha1Hex: string): string => `${location}\\${sha1Hex.toUpperCase()}`;

export function createFakeWindows(options: FakeWindowsOptions): FakeWindows {
  const stores = new Stores(options);
  return {
    registry: stores.registry,
    crls: stores.crls,
    dialogs: stores.dialogs,
    programs: {
      reg: createReg(stores, options),
      worker: createWorker(stores, options),
      powershell: createPowershell(stores, options),
      certutil: createCertutil(stores, options),
    },
  };
}

/** Each change of the user's store is asked for, each of the machine's needs an administrator. */
class Stores {
  readonly registry = new Map<string, Uint8Array>();
  readonly crls = new Map<string, Uint8Array>();
  readonly dialogs = { count: 0 };
  readonly #options: FakeWindowsOptions;

  constructor(options: FakeWindowsOptions) {
    this.#options = options;
  }

  add(location: Location, root: TrustAnchor | undefined): Outcome {
    if (root === undefined) return 'denied';
    const outcome = this.#permit(location);
    if (outcome === 'done') this.registry.set(registryIdOf(location, root.sha1Hex), root.certDer);
    return outcome;
  }

  remove(location: Location, root: TrustAnchor | undefined): Outcome {
    const id = registryIdOf(location, root?.sha1Hex ?? '');
    if (!this.registry.has(id)) return 'done';
    const outcome = this.#permit(location);
    if (outcome === 'done') this.registry.delete(id);
    return outcome;
  }

  changeCrls(location: Location, change: (crls: Map<string, Uint8Array>) => void): Outcome {
    if (location === 'LocalMachine' && this.#options.isElevated !== true) return 'denied';
    change(this.crls);
    return 'done';
  }

  #permit(location: Location): Outcome {
    if (location === 'LocalMachine') return this.#options.isElevated === true ? 'done' : 'denied';
    this.dialogs.count += 1;
    return this.#options.answer === 'no' ? 'declined' : 'done';
  }
}

/** Identifier, 1, length, value; first the SHA-1 (3), then the certificate (32) or list (33), as in dumps of real registries. */
function encodeRegistryBlob(der: Uint8Array, id: 32 | 33): Uint8Array {
  const property = (id: number, value: Uint8Array): Buffer => {
    const header = Buffer.alloc(12);
    header.writeUInt32LE(id, 0);
    header.writeUInt32LE(1, 4);
    header.writeUInt32LE(value.length, 8);
    return Buffer.concat([header, value]);
  };
  return new Uint8Array(Buffer.concat([property(3, Buffer.alloc(20)), property(id, der)]));
}

const LOCAL_DATA = 'C:\\Users\\Jo Doe\\AppData\\Local';
const MISSING = 'FEHLER: Der angegebene Registrierungsschlüssel bzw. Wert wurde nicht gefunden.\r\n';

function createReg({ registry, crls }: Stores, { isElevated }: FakeWindowsOptions): FakeProgram {
  const print = (key: string, value: string) => ({ stdout: `\r\n${key}\r\n    ${value}\r\n\r\n` });
  return ({ command: [, verb, key = ''] }) => {
    if (verb !== 'query') return { exitCode: 1, stderr: 'FEHLER: Ungültige Syntax.\r\n' };
    // The hive of LocalService.
    if (key === 'HKU\\S-1-5-19') return isElevated === true ? {} : { exitCode: 1, stderr: 'Zugriff verweigert' };
    if (key === 'HKCU\\Volatile Environment') return print(key, `LOCALAPPDATA    REG_SZ    ${LOCAL_DATA}`);
    const location = key.startsWith('HKCU') ? 'CurrentUser' : 'LocalMachine';
    const isCrl = key.includes('\\CA\\CRLs\\');
    const der = (isCrl ? crls : registry).get(registryIdOf(location, key.split('\\').at(-1) ?? ''));
    if (der === undefined) return { exitCode: 1, stderr: MISSING };
    const blob = Buffer.from(encodeRegistryBlob(der, isCrl ? 33 : 32));
    return print(key, `Blob    REG_BINARY    ${blob.toString('hex').toUpperCase()}`);
  };
}

const WORKER_EXITS = { done: 0, declined: 4, denied: 1 };

function createWorker(stores: Stores, { worker, roots }: FakeWindowsOptions): FakeProgram {
  return ({ stdin }) => {
    if (worker === 'idle') return {};
    if (worker === 'broken') return { exitCode: 1, stderr: 'koffi, which calls libraries, cannot be loaded' };
    const task = JSON.parse(String(stdin)) as Readonly<Record<string, string>>;
    const location = task['location'] as Location;
    const root = roots.find(({ certDer }) => Buffer.from(certDer).toString('base64') === task['certDerBase64']);
    return { exitCode: WORKER_EXITS[stores[task['action'] as 'add' | 'remove'](location, root)] };
  };
}

/** What ConstrainedLanguage says, as AppLocker and WDAC set it. */
const CONSTRAINED =
  'New-Object : Der Typ kann nicht erstellt werden. In diesem Sprachmodus sind nur Kerntypen erlaubt.';

function createPowershell(stores: Stores, { powershell, roots }: FakeWindowsOptions): FakeProgram {
  return ({ env = {} }) => {
    if (powershell === 'idle') return {};
    if (powershell === 'broken') return { exitCode: 1, stderr: CONSTRAINED };
    const location = env['MINTMARK_STORE_LOCATION'] as Location;
    const { MINTMARK_CERT_DER: der, MINTMARK_CERT_SHA256: sha256 } = env;
    const added = roots.find(({ certDer }) => Buffer.from(certDer).toString('base64') === der);
    const removed = roots.find(({ sha256Hex }) => sha256Hex.toUpperCase() === sha256);
    return {
      exitCode: WORKER_EXITS[der === undefined ? stores.remove(location, removed) : stores.add(location, added)],
    };
  };
}

/** `-addstore CA FILE` reads PEM; `-delstore CA SHA1` knows a list by that. */
function changeCrls(stores: Stores, words: readonly string[], machine: FakeMachine): Partial<ProgramResult> {
  const location = words[0] === '-user' ? 'CurrentUser' : 'LocalMachine';
  const last = words.at(-1) ?? '';
  if (!words.includes('-addstore'))
    return {
      exitCode: CERTUTIL_EXITS[stores.changeCrls(location, (crls) => crls.delete(registryIdOf(location, last)))],
    };
  const pem = machine.text(last);
  if (pem === undefined) return { exitCode: 0x8007_0002, stderr: 'CertUtil: Das System kann die Datei nicht finden.' };
  const [, base64 = ''] = /-----BEGIN X509 CRL-----([^-]+)/.exec(pem) ?? [];
  const der = new Uint8Array(Buffer.from(base64, 'base64'));
  const sha1 = createHash('sha1').update(der).digest('hex');
  const outcome = stores.changeCrls(location, (crls) => crls.set(registryIdOf(location, sha1), der));
  return { exitCode: CERTUTIL_EXITS[outcome] };
}

/** HRESULTs of E_ACCESSDENIED and ERROR_CANCELLED; WSL hands on their last byte alone. */
const CERTUTIL_EXITS = { done: 0, declined: 0x8007_04c7, denied: 0x8007_0005 };

function createCertutil(stores: Stores, { certutil, roots }: FakeWindowsOptions): FakeProgram {
  return ({ command: [, ...words] }, machine) => {
    if (certutil === 'idle') return { stdout: 'CertUtil: -addstore-Befehl wurde erfolgreich ausgeführt.\r\n' };
    if (words.includes('CA')) return changeCrls(stores, words, machine);
    const isWindows = machine.reader.platform === 'win32';
    const location = words[0] === '-user' ? 'CurrentUser' : 'LocalMachine';
    const last = words.at(-1) ?? '';
    const path = isWindows ? last : last.replace(/^C:/, '/mnt/c').replaceAll('\\', '/');
    const outcome = words.includes('-addstore')
      ? stores.add(
          location,
          roots.find(({ certPem }) => certPem === machine.text(path)),
        )
      : stores.remove(
          location,
          roots.find(({ sha1Hex }) => sha1Hex.toUpperCase() === last),
        );
    const exitCode = isWindows ? CERTUTIL_EXITS[outcome] : CERTUTIL_EXITS[outcome] & 0xff;
    return { exitCode, stderr: exitCode === 0 ? '' : 'CertUtil: -addstore-Befehl ist fehlgeschlagen: 0x800704c7' };
  };
}
