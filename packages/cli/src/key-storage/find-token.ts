/** @module Finds the one token that words or a record mean, among those that a module reaches. Opens no session and tries no PIN. */
import { statSync } from 'node:fs';
import { quote } from '@mintmark/ca-core';
import { keyStorageError } from './key-storage-errors.ts';
import { loadTokenClient, type Module, type Slot, type TokenInfo } from './token-client.ts';
import { reasonOf } from './token-failure.ts';

/** What is left out, any token will do for. */
export type TokenWish = {
  readonly modulePath: string;
  readonly token?: string;
  readonly serial?: string;
  readonly manufacturer?: string;
  readonly model?: string;
};

export type FoundToken = { readonly slot: Slot; readonly info: TokenInfo };

/** Modules of this process by their path: one is started once. */
const modules = new Map<string, Module>();

/** @throws TOKEN_CLIENT_*, TOKEN_MODULE_FAILED, TOKEN_NOT_FOUND, TOKEN_SEVERAL */
export function findToken(wish: TokenWish): FoundToken {
  const present = listTokens(startModule(wish.modulePath));
  const fitting = present.filter(({ info }) => isMeant(info, wish));
  const [found, another] = fitting;
  const wanted = describeWish(wish);
  if (found === undefined) throw keyStorageError('TOKEN_NOT_FOUND', { wanted, present: present.map(describe) });
  if (another !== undefined) throw keyStorageError('TOKEN_SEVERAL', { wanted, present: fitting.map(describe) });
  return found;
}

function startModule(modulePath: string): Module {
  const started = modules.get(modulePath);
  if (started !== undefined) return started;
  const client = loadTokenClient();
  const failed = (reason: string, cause?: unknown) =>
    keyStorageError('TOKEN_MODULE_FAILED', { modulePath, reason }, { cause });
  if (statSync(modulePath, { throwIfNoEntry: false })?.isFile() !== true) throw failed('there is no such file');
  try {
    const module = client.loadModule(modulePath);
    module.initialize();
    modules.set(modulePath, module);
    process.once('exit', () => finalize(module));
    return module;
  } catch (cause) {
    throw failed(reasonOf(cause), cause);
  }
}

function finalize(module: Module): void {
  try {
    module.finalize();
  } catch {
    // The process ends, and the module with it.
  }
}

function listTokens(module: Module): FoundToken[] {
  const slots = module.getSlots(true);
  const found: FoundToken[] = [];
  for (let i = 0; i < slots.length; i++) {
    const token = readToken(slots.items(i));
    if (token !== undefined) found.push(token);
  }
  return found;
}

/** One that was pulled out this moment, or that its module does not know, is none. */
function readToken(slot: Slot): FoundToken | undefined {
  try {
    const info = slot.getToken();
    // A slot that offers room for another token has neither name nor number.
    return info.label === '' && info.serialNumber === '' ? undefined : { slot, info };
  } catch {
    return undefined;
  }
}

const isMeant = (info: TokenInfo, { token, serial, manufacturer, model }: TokenWish): boolean =>
  (token === undefined || info.label === token) &&
  (serial === undefined || info.serialNumber === serial) &&
  (manufacturer === undefined || info.manufacturerID === manufacturer) &&
  (model === undefined || info.model === model);

const describe = ({ info }: FoundToken): string => `${quote(info.label)} (serial ${quote(info.serialNumber)})`;

function describeWish({ token, serial, manufacturer, model }: TokenWish): string {
  const parts = [
    ...(token === undefined ? [] : [quote(token)]),
    ...(serial === undefined ? [] : [`with serial ${quote(serial)}`]),
    ...(manufacturer === undefined ? [] : [`by ${quote(manufacturer)}`]),
    ...(model === undefined ? [] : [`of model ${quote(model)}`]),
  ];
  return parts.join(' ');
}
