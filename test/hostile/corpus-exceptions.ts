/**
 * @module Where our answer differs from the outside parsers', file by file, with the reason. An exception that no longer
 * holds fails the tests, so that this list only shrinks knowingly.
 */
import type { Difference } from './compare-facts.ts';

/** Files read by us although every outside parser of the index refuses them. */
export const READ_DESPITE_ERROR: Readonly<Record<string, string>> = {
  'cert/openssl--cert-blankline.pem':
    'a blank line before the base64: RFC 7468 section 2 lets parsers ignore white space, and Go reads it too',
};

type FactException = { readonly fact: Difference['fact']; readonly reason: string };

const DSA = 'DSA is named without its size: nothing here uses it';
const PSS = 'pyca names the RSA key, we name that it is bound to PSS (RFC 4055)';

/** Facts of readable files that we tell in other words. */
export const TOLD_OTHERWISE: Readonly<Record<string, FactException>> = {
  'cert/pyca--dsa_selfsigned_ca.pem': { fact: 'publicKey', reason: DSA },
  'csr/pyca--dsa_sha1.der': { fact: 'publicKey', reason: DSA },
  'csr/pyca--dsa_sha1.pem': { fact: 'publicKey', reason: DSA },
  'csr/openssl--sm2-csr.pem': { fact: 'publicKey', reason: 'pyca calls SM2 unsupported, we name its curve' },
  'cert/pyca--ec_no_named_curve.pem': {
    fact: 'publicKey',
    reason: 'explicit curve parameters are called that, whatever curve they resemble (CVE-2020-0601)',
  },
  'cert/pyca--rsa_pss.pem': { fact: 'publicKey', reason: PSS },
  'cert/pyca--rsa_pss_cert.pem': { fact: 'publicKey', reason: PSS },
  'cert/pyca--rsa_pss_cert_invalid_mgf.der': { fact: 'publicKey', reason: PSS },
  'cert/pyca--rsa_pss_cert_no_sig_params.der': { fact: 'publicKey', reason: PSS },
  'cert/pyca--rsa_pss_cert_unsupported_mgf_hash.der': { fact: 'publicKey', reason: PSS },
  'cert/pyca--scottishpower-bitstring-dn.pem': {
    fact: 'subject',
    reason:
      'a BIT STRING as attribute value: we show the hex of the whole element (RFC 4514 section 2.4), pyca of its content',
  },
};
