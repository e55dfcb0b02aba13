/**
 * @module The CA under test: made, and its certificates minted, by the built program.
 */
import { join, resolve } from 'node:path';
import { mintmarkJson, textField } from '../programs/mintmark.ts';
import { subfolder } from '../programs/scratch.ts';
import type { Authority } from './authority.ts';
import type { ServedFiles } from './throwaway-server.ts';

export interface MintingAuthority extends Authority {
  readonly issuerNotAfter: Date;
  /** Mints one certificate for the names; the files are what a user would hand to a server. */
  mint(names: readonly string[], keyType: string): Promise<ServedFiles>;
}

/** A fresh home with the default CA, scope "dev". */
export async function createMintedAuthority(folder: string): Promise<MintingAuthority> {
  const home = subfolder(folder, 'home');
  const mint = async (names: readonly string[], keyType: string): Promise<ServedFiles> => {
    const out = subfolder(folder, `minted-${keyType}`);
    const printed = await mintmarkJson(['mint', ...names, '--key', keyType], { home, cwd: out });
    return {
      certFile: resolve(out, textField(printed, 'certFile')),
      keyFile: resolve(out, textField(printed, 'keyFile')),
    };
  };
  await mint(['localhost'], 'ecdsa-p256');
  const shown = await mintmarkJson(['ca', 'show'], { home, cwd: folder });
  const certFile = textField(shown, 'issuerFile');
  return {
    rootFile: textField(shown, 'rootFile'),
    issuer: { certFile, chainFile: certFile, keyFile: join(textField(shown, 'path'), 'issuer-key.pem') },
    issuerNotAfter: new Date(textField(shown, 'notAfter')),
    mint,
  };
}
