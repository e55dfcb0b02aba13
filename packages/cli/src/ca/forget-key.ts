/** @module What a CA that goes leaves outside of the home: a passphrase in the secret store, a key in a token. */
import type { KeyProtection } from '@mintmark/ca-store';
import type { Access } from '../command.ts';

/** The secret store forgets the passphrase. A key in a token is left there, and said so: other programs may use it. */
export async function forgetKey(protection: KeyProtection, { context }: Access): Promise<void> {
  if (protection.kind === 'secret-store') {
    const { forgetSecret } = await import('../key-storage/secret-store.ts');
    await forgetSecret(protection.account, context);
  }
  if (protection.kind === 'token')
    context.say('Its key stays in the token; take it out with the programs of the token if nothing else uses it.\n\n');
}
