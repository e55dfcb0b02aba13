/** @module `mint NAME...`: a certificate and key for names, signed by a scoped CA that is made on first use. */
import { changeHome, type StoredCa } from '@mintmark/ca-store';
import { chooseCa } from '../certificates/choose-ca.ts';
import { checkOrder, mintPair, prepareOrder, type PairOrder } from '../certificates/mint-pair.ts';
import { parseNames } from '../certificates/name-rules.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import { assertNotRolled, createKeyOnce, prepareFolders, readOrder, withSuccession } from '../certificates/order.ts';
import type { Access, Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { isOptionSet, optionText } from '../parse-args.ts';
import { renderIssued } from '../render/issued.ts';
import { renderNewCa, renderTrustHint } from '../render/new-ca.ts';
import { renderPromotions } from '../render/promotions.ts';
import * as shared from './mint-options.ts';

const spec: CommandSpec = {
  name: 'mint',
  usage: 'NAME...',
  summary: 'make a certificate and key for names; makes the CA if there is none',
  examples: [
    ['mintmark mint localhost 127.0.0.1 ::1', 'one certificate for three names'],
    ['mintmark mint "*.app.test" app.test', 'a wildcard and its base'],
    ['mintmark mint api.test --out certs --key rsa-2048', 'another folder, another key'],
    ['mintmark mint --client alice@app.test', 'a client certificate'],
    ['mintmark mint api.test --p12-file api.p12', 'PKCS#12 too, for Java and Windows; asks for a password'],
    ['mintmark mint --names-from names.txt --out certs', 'one certificate a line'],
  ],
  options: [
    shared.OUT_OPTION,
    shared.CERT_FILE_OPTION,
    shared.KEY_FILE_OPTION,
    ...shared.STORE_OPTIONS,
    shared.KEY_TYPE_OPTION,
    shared.DAYS_OPTION,
    shared.CLIENT_OPTION,
    shared.SUBJECT_OPTION,
    { name: 'reuse-key', value: 'F', help: 'certify this private key instead of a new one' },
    ...shared.NEW_KEY_OPTIONS,
    shared.FORCE_OPTION,
    shared.DRY_RUN_OPTION,
    { name: 'names-from', value: 'F', help: 'one certificate a line, names separated by spaces; - is stdin' },
    shared.PASSPHRASE_FILE_OPTION,
    shared.PIN_FILE_OPTION,
  ],
  positionals: { min: 1, max: Infinity, what: 'at least one name' },
};

const execute = (invocation: Invocation, context: Context): Promise<CommandResult> =>
  mintNames({ invocation, context }, shared.planStore);

/** `planStore`: what is to be written beside the pair, where the words say so; not those of `install`, whose password is another. */
export async function mintNames(
  { invocation, context }: Access,
  planStore: typeof shared.planStore = async () => undefined,
): Promise<CommandResult> {
  if (optionText(invocation, 'names-from') !== undefined) {
    const { mintMany } = await import('./mint-many.ts');
    return mintMany(invocation, context);
  }
  const names = await parseNames(invocation.positionals);
  const access = { invocation, context };
  const read = readOrder(names, access);
  await assertNotRolled(read, context);
  const common = await withSuccession(read, access);
  const store = await planStore(common, access);
  const standIn = createKeyOnce({ ...common, keyType: 'ecdsa-p256' });
  const place = { path: context.homePath, fs: context.io.fs };
  const rehearse = (ca: StoredCa): unknown => checkOrder(place, { ...common, ca }, standIn());
  const { ca, isNew } = await chooseCa(names, { invocation, context }, { rehearse });
  if (isOptionSet(invocation, 'dry-run')) {
    const { rehearseOrder } = await import('../certificates/rehearse.ts');
    return rehearseOrder(place, { ...common, ca });
  }
  if (isNew) context.say(renderNewCa(ca));
  const order: PairOrder = { ...common, ca };
  const key = createKeyOnce(order);
  const signer = await unlockSigner(ca, { invocation, context }, () => prepareOrder(order, standIn()));
  if (order.keyType.startsWith('rsa') && context.io.fs.status(order.paths.keyFile) === undefined) {
    // Slow keys are made before the lock, and only for names that the CA may certify.
    prepareOrder(order, standIn());
    key();
  }
  const home = context.home();
  const issued = changeHome(home, () => {
    prepareFolders(Object.values(order.paths), { invocation, context });
    return (store?.mint ?? mintPair)(home, { ...order, signer }, key);
  });
  const text = renderIssued(issued, context, ca.chainPem !== '');
  const promotions = renderPromotions([{ ...issued, isPinLost: order.isPinLost }], context);
  const stale = await shared.tellStaleStores(issued, context);
  return { json: issued, text, next: `${promotions}${stale}${renderTrustHint(ca, context) ?? ''}` };
}

export const mintCommand: Command = { spec, execute };
