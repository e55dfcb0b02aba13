/**
 * @module What a stolen issuer key is worth: real clients refuse what lies outside the scope, although the same forgeries work under
 * a CA without one. The exceptions are known by name.
 */
import { afterAll, beforeAll, describe, it } from 'vitest';
import { findProgram } from '../programs/program.ts';
import { scratchFolder, subfolder } from '../programs/scratch.ts';
import { createCarelessAuthority, type Authority } from './authority.ts';
import { CLIENTS } from './client-list.ts';
import { forge, signDated, type Dating } from './forge.ts';
import { FORGERIES, honestTwin, type Forgery } from './forgeries.ts';
import { Gallery, type Exhibit } from './gallery.ts';
import { beforeAllShow, expectAccepted, expectRefused } from './judge.ts';
import { KNOWN_HOLES, measuredReason, REFUSED_EVEN_WHEN_UNSCOPED } from './measured.ts';
import { createMintedAuthority } from './minted-authority.ts';

const folder = scratchFolder('forgeries');
const needs = ['openssl'];
let scoped: Gallery;
let careless: Gallery;

async function forgeAll(authority: Authority, forgeries: readonly Forgery[]): Promise<Exhibit[]> {
  const exhibits: Exhibit[] = [];
  for (const forgery of forgeries) {
    exhibits.push({ id: forgery.id, host: forgery.host, files: await forge(folder, authority, forgery) });
  }
  return exhibits;
}

async function signControls(authority: Authority, issuerNotAfter: Date): Promise<Exhibit[]> {
  const datings: readonly Dating[] = ['valid', 'expired', 'not yet valid', 'longer than its issuer'];
  const exhibits: Exhibit[] = [];
  for (const dating of datings) {
    const files = await signDated(folder, authority, { altName: 'DNS:app.test', dating, issuerNotAfter });
    exhibits.push({ id: dating, host: 'app.test', files });
  }
  const bareAddress = { altName: 'IP:127.0.0.1', dating: 'valid', issuerNotAfter } as const;
  exhibits.push({ id: 'bare address', host: '127.0.0.1', files: await signDated(folder, authority, bareAddress) });
  return exhibits;
}

beforeAll(async () => {
  if (findProgram('openssl') === undefined) return;
  const minted = await createMintedAuthority(folder);
  const stranger = await createCarelessAuthority(folder);
  const { issuerNotAfter } = minted;
  const [strangers] = await signControls(stranger, issuerNotAfter);
  if (strangers === undefined) throw new Error('no control was signed');
  const controls = await signControls(minted, issuerNotAfter);
  const unknownIssuer = { ...strangers, id: 'stranger' };
  const twins = FORGERIES.flatMap((forgery) => honestTwin(forgery) ?? []);
  const forged = await forgeAll(minted, [...FORGERIES, ...twins]);
  scoped = await Gallery.open(minted.rootFile, [...forged, ...controls, unknownIssuer]);
  careless = await Gallery.open(stranger.rootFile, [...(await forgeAll(stranger, FORGERIES)), strangers]);
});

afterAll(() => Promise.all([scoped, careless].map((gallery: Gallery | undefined) => gallery?.close())));

describe.each(CLIENTS)('$name and a stolen issuer key of a scoped CA', (client) => {
  const ask = beforeAllShow({ client, needs, gallery: () => scoped, folder: subfolder(folder, 'scoped') });

  it('accepts a name in scope that was signed with the stolen key', (context) => expectAccepted(ask(context, 'valid')));
  it('accepts a bare IP address: those are not in the scope', (context) =>
    expectAccepted(ask(context, 'bare address')));
  it('accepts a certificate that outlives its issuer: nobody compares the two', (context) =>
    expectAccepted(ask(context, 'longer than its issuer')));
  it('refuses an expired certificate', (context) => expectRefused(ask(context, 'expired')));
  it('refuses a certificate that is not valid yet', (context) => expectRefused(ask(context, 'not yet valid')));
  it("refuses another CA's certificate for the same name", (context) => expectRefused(ask(context, 'stranger')));

  for (const { id, title } of FORGERIES) {
    const hole = measuredReason(KNOWN_HOLES, client.name, id);
    if (hole === undefined) it(`refuses ${title}`, (context) => expectRefused(ask(context, id)));
    else it(`known hole: accepts ${title}, because ${hole}`, (context) => expectAccepted(ask(context, id)));
  }

  for (const forgery of FORGERIES) {
    const twin = honestTwin(forgery);
    if (twin === undefined) continue;
    const reason = measuredReason(REFUSED_EVEN_WHEN_UNSCOPED, client.name, forgery.id);
    if (reason === undefined) it(`accepts in scope: ${twin.title}`, (context) => expectAccepted(ask(context, twin.id)));
    else it(`refuses even in scope: ${twin.title}: ${reason}`, (context) => expectRefused(ask(context, twin.id)));
  }
});

describe.each(CLIENTS)('$name and the same forgeries under a CA without a scope', (client) => {
  const ask = beforeAllShow({ client, needs, gallery: () => careless, folder: subfolder(folder, 'careless') });

  it('accepts an honest certificate of that CA', (context) => expectAccepted(ask(context, 'valid')));

  for (const { id, title } of FORGERIES) {
    const reason = measuredReason(REFUSED_EVEN_WHEN_UNSCOPED, client.name, id);
    if (reason === undefined) it(`accepts ${title}`, (context) => expectAccepted(ask(context, id)));
    else it(`refuses ${title} all the same: ${reason}`, (context) => expectRefused(ask(context, id)));
  }
});
