/**
 * @module The part of node-webcrypto-p11 and of its graphene-pk11 that is used here, and how both are loaded. Their types are
 * written down, because neither is installed for everybody: they compile a native addon.
 */
import { keyStorageError } from './key-storage-errors.ts';
import { loadPackage, type Loaded } from './load-package.ts';

export type Attributes = Readonly<Record<string, unknown>>;

export type TokenObject = {
  readonly handle: Buffer;
  getAttribute(names: Attributes): Readonly<Record<string, unknown>>;
  destroy(): void;
};

type ObjectList = { readonly length: number; items(index: number): TokenObject };

export type Mechanism = { readonly name: number };

export type Session = {
  login(pin: string, user?: number): void;
  find(template: Attributes): ObjectList;
  generateKeyPair(
    mechanism: Mechanism,
    publicTemplate: Attributes,
    privateTemplate: Attributes,
  ): { readonly publicKey: TokenObject; readonly privateKey: TokenObject };
  createSign(mechanism: Mechanism, key: TokenObject): { once(data: Uint8Array): Buffer };
};

export type TokenInfo = {
  readonly label: string;
  readonly serialNumber: string;
  readonly manufacturerID: string;
  readonly model: string;
  readonly flags: number;
  readonly minPinLen: number;
  readonly maxPinLen: number;
};

export type Slot = { getToken(): TokenInfo; open(flags: number): Session };

type SlotList = { readonly length: number; items(index: number): Slot };

export type Module = {
  initialize(): void;
  finalize(): void;
  getSlots(isTokenPresent: boolean): SlotList;
};

/** One login of node-webcrypto-p11; its session signs at once, without a promise. */
export type TokenCrypto = { readonly session: Session; login(pin: string): void; close(): void };

export type TokenClient = {
  readonly loadModule: (path: string) => Module;
  readonly open: (session: Session) => TokenCrypto;
};

type Packages = {
  readonly Crypto: new (options: { readonly session: Session }) => TokenCrypto;
  readonly Module: { load(path: string): Module };
};

let client: TokenClient | undefined;

/** @throws TOKEN_CLIENT_MISSING, TOKEN_CLIENT_BROKEN */
export function loadTokenClient(): TokenClient {
  if (client !== undefined) return client;
  const { Crypto } = exportsOf(loadPackage('node-webcrypto-p11'));
  const { Module } = exportsOf(loadPackage('graphene-pk11', 'node-webcrypto-p11'));
  client = { loadModule: (path) => Module.load(path), open: (session) => new Crypto({ session }) };
  return client;
}

function exportsOf(loaded: Loaded): Packages {
  if ('exports' in loaded) return loaded.exports as Packages;
  if (loaded.kind === 'missing') throw keyStorageError('TOKEN_CLIENT_MISSING', {});
  throw keyStorageError('TOKEN_CLIENT_BROKEN', { reason: loaded.reason });
}
