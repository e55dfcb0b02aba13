/** @module Who signed a server's certificate: a CA of this home, one of the same name, a stranger, or itself. Pure. */
import type { CertificateFacts } from '@mintmark/ca-core/read';
import type { Diagnosis, Finding } from './finding.ts';
import { formatMintAgain } from './mint-again.ts';
import type { Case } from './server.ts';
import { findNamesake, isSignedBy } from './signed-by.ts';

const formatDay = (date: Date): string => date.toISOString().slice(0, 10);

export function checkSigner(given: Case): Diagnosis {
  const { signing, sight, around } = given;
  if (signing !== undefined) {
    const { ca } = signing;
    const ends = [ca.root, signing.by].find(({ notAfter }) => notAfter < around.now)?.notAfter;
    if (ends !== undefined) return { findings: [describeEnded(given, ca.name, ends)], passes: [] };
    return { findings: [], passes: [`it is signed by CA "${ca.name}" of this home`] };
  }
  if (sight.isPubliclyTrusted) return { findings: [], passes: ['it is signed by a public CA'] };
  return { findings: [describeStranger(given)], passes: [] };
}

function describeEnded({ target }: Case, caName: string, ends: Date): Finding {
  return {
    id: 'ca-expired',
    severity: 'problem',
    subject: `clients refuse ${target}`,
    why: `its CA "${caName}" expired on ${formatDay(ends)}`,
    fix: 'mintmark ca create NAME',
    next: 'mint anew with --ca NAME, and: mintmark install --ca NAME',
  };
}

function describeStranger(given: Case): Finding {
  const { leaf, target, around, sight } = given;
  const common = { severity: 'problem', subject: `clients refuse ${target}` } as const;
  const again = formatMintAgain({ ...given, entry: undefined }, namesOf(given));
  const next = 'give the server those files';
  if (isSignedBy(leaf, leaf)) {
    const pins = `${next}; or pin it in the client: mintmark pin ${target}`;
    return { ...common, id: 'server-self-signed', why: 'its certificate is self-signed', fix: again, next: pins };
  }
  const namesake = findNamesake(leaf, around.cas);
  if (namesake !== undefined) {
    const why = `it is signed by another CA with the name of CA "${namesake.name}": same words, another key`;
    return { ...common, id: 'server-namesake-ca', why, fix: again, next };
  }
  const top = sight.chain.at(-1) ?? leaf;
  const why = `it is signed by ${nameOf(leaf.issuer)}, which is no CA of this home`;
  const isOurKind = [...leaf.issuer, ...top.issuer].some(({ value }) => /^Mintmark development CA$/.test(value));
  const elsewhere = `; or look in the home that made it: mintmark doctor ${target} --home DIR`;
  return { ...common, id: 'server-unknown-ca', why, fix: again, next: isOurKind ? next + elsewhere : next };
}

const namesOf = ({ leaf, sight }: Case): string[] =>
  leaf.names.length === 0 ? [sight.host] : leaf.names.map(({ text }) => text);

/** The common name, or all of it; hostile text is escaped where it is printed. */
function nameOf(attributes: CertificateFacts['issuer']): string {
  const known = attributes.findLast(({ type }) => type === 'CN') ?? attributes.findLast(({ type }) => type === 'O');
  return known === undefined ? 'an issuer without a name' : `"${known.value}"`;
}
