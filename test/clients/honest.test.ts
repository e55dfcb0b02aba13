/**
 * @module What users mint, shown to real clients: every client accepts every key type and kind of name it can, and refuses near misses.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { scratchFolder } from '../programs/scratch.ts';
import { CLIENTS } from './client-list.ts';
import { Gallery, type Exhibit } from './gallery.ts';
import { ACCEPTED_CASES, REFUSED_CASES } from './honest-cases.ts';
import { beforeAllShow, expectAccepted, expectRefused } from './judge.ts';
import { measuredReason, UNSUPPORTED_KEYS } from './measured.ts';
import { createMintedAuthority } from './minted-authority.ts';
import type { ServedFiles } from './throwaway-server.ts';

const folder = scratchFolder('honest');
let gallery: Gallery;

beforeAll(async () => {
  const authority = await createMintedAuthority(folder);
  const minted = new Map<string, ServedFiles>();
  const exhibits: Exhibit[] = [];
  for (const { id, host, names, keyType } of [...ACCEPTED_CASES, ...REFUSED_CASES]) {
    const wanted = `${names.join(' ')} ${keyType}`;
    const files = minted.get(wanted) ?? (await authority.mint(names, keyType));
    minted.set(wanted, files);
    exhibits.push({ id, host, files });
  }
  gallery = await Gallery.open(authority.rootFile, exhibits);
});

afterAll(() => gallery.close());

describe.each(CLIENTS)('$name and what users mint', (client) => {
  const ask = beforeAllShow({ client, needs: [], gallery: () => gallery, folder });

  for (const { id, title, keyType } of ACCEPTED_CASES) {
    const reason = measuredReason(UNSUPPORTED_KEYS, client.name, keyType);
    if (reason === undefined) it(`accepts ${title}`, (context) => expectAccepted(ask(context, id)));
    else it(`can't use ${title}: ${reason}`, (context) => expectRefused(ask(context, id)));
  }

  for (const { id, title } of REFUSED_CASES) {
    it(`refuses ${title}`, (context) => expectRefused(ask(context, id)));
  }
});
