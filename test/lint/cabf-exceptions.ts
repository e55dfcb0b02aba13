/**
 * @module The CA/Browser Forum rules that certificates of a local CA break on purpose, each with the reason. They are
 * rules for public CAs; clients do not hold a root that its user installed to them. An error outside this list fails the
 * tests, and so does an entry that no certificate of the tests breaks any longer.
 */
import type { MintedCertificate } from './minted-certificates.ts';

/** One rule that is broken on purpose, and where. */
export interface CabfException {
  readonly lint: string;
  /** The certificates that may break it: those of one role, or those with an Ed25519 key. */
  readonly on: MintedCertificate['role'] | 'ed25519';
  readonly reason: string;
}

const NO_RESPONDER =
  'a local CA runs no OCSP responder and serves no issuer certificate: servers send the issuer themselves';
const NO_POLICY = 'policy identifiers name the vetting a public CA did; here nobody vetted anything';
const NO_ED25519 = 'the public web has not admitted Ed25519; who asks for --key ed25519 has clients that take it';

export const CABF_EXCEPTIONS: readonly CabfException[] = [
  {
    lint: 'e_dnsname_not_valid_tld',
    on: 'leaf',
    reason: 'names of the dev scope have no public top-level domain, by design',
  },
  {
    lint: 'e_ext_san_contains_reserved_ip',
    on: 'leaf',
    reason: 'loopback and private addresses are what a local CA is for',
  },
  { lint: 'e_sub_cert_aia_missing', on: 'leaf', reason: NO_RESPONDER },
  { lint: 'e_sub_cert_aia_does_not_contain_ocsp_url', on: 'leaf', reason: NO_RESPONDER },
  { lint: 'e_sub_cert_cert_policy_empty', on: 'leaf', reason: NO_POLICY },
  { lint: 'e_sub_cert_certificate_policies_missing', on: 'leaf', reason: NO_POLICY },
  { lint: 'e_sub_ca_certificate_policies_missing', on: 'issuer', reason: NO_POLICY },
  {
    lint: 'e_sub_ca_crl_distribution_points_missing',
    on: 'issuer',
    reason: 'the root key no longer exists when the issuer is used, so no CRL of the root could ever be renewed',
  },
  { lint: 'e_algorithm_identifier_improper_encoding', on: 'ed25519', reason: NO_ED25519 },
  { lint: 'e_signature_algorithm_not_supported', on: 'ed25519', reason: NO_ED25519 },
];
