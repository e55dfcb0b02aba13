/** @module What a server sends beside its own certificate: the issuer's, in the right order. Pure. */
import { isEqualBytes } from '@mintmark/ca-core';
import type { CertificateFacts } from '@mintmark/ca-core/read';
import type { Diagnosis, Finding } from './finding.ts';
import { formatWholeFile } from './mint-again.ts';
import type { Case } from './server.ts';

const NOTHING: Diagnosis = { findings: [], passes: [] };

export function checkChain(given: Case): Diagnosis {
  const { signing, sight, leaf } = given;
  if (sight.isOrderKnown && sight.chain[0] !== leaf) return { findings: [describeOrder(given, 'problem')], passes: [] };
  if (signing === undefined || isEqualBytes(signing.by.certDer, signing.ca.root.certDer)) return NOTHING;
  const at = sight.chain.findIndex(({ certDer }) => isEqualBytes(certDer, signing.by.certDer));
  if (at < 0) return { findings: [describeMissing(given, signing.ca.issuerFile)], passes: [] };
  if (sight.isOrderKnown && at !== 1 && !isLinked(sight.chain, at)) {
    return { findings: [describeOrder(given, 'advice')], passes: [] };
  }
  return { findings: [], passes: ['the server sends the certificate of the issuer too'] };
}

/** Each certificate is followed by its issuer's, as RFC 5246 wants it; cross-signed extras may follow. */
const isLinked = (chain: readonly CertificateFacts[], upTo: number): boolean =>
  chain.slice(0, upTo).every((certificate, i) => {
    const next = chain[i + 1];
    return next !== undefined && isEqualBytes(certificate.issuerDer, next.subjectDer);
  });

function describeMissing(given: Case, issuerFile: string): Finding {
  const whole = formatWholeFile(given);
  return {
    id: 'server-chain-missing',
    severity: 'problem',
    subject: `clients refuse ${given.target}`,
    why: "the server sends its own certificate but not the issuer's",
    fix:
      whole === undefined
        ? `append the issuer to its certificate file: ${given.around.formatPath(issuerFile)}`
        : `give it the whole file ${whole}`,
  };
}

/** Most clients put the rest in order themselves; none does so with the first. */
function describeOrder(given: Case, severity: Finding['severity']): Finding {
  const whole = formatWholeFile(given);
  return {
    id: 'server-chain-order',
    severity,
    subject: `some clients refuse ${given.target}`,
    why: 'the server sends its certificates in the wrong order: its own comes first, then the issuer',
    fix: whole === undefined ? 'put its own certificate first in its file' : `give it ${whole} as it is`,
  };
}
