/** @module PKCS#12 files made by anyone, read; and written. Loads an ASN.1 parser and node:crypto; import it lazily. */
export { chainOf } from './chain.ts';
export type { Pkcs12Mac } from './integrity.ts';
export { isPkcs12 } from './is-pkcs12.ts';
export { readPkcs12, type Pkcs12Certificate, type Pkcs12Contents, type Pkcs12PrivateKey } from './read-pkcs12.ts';
export { writePkcs12, type Pkcs12Plan, type TrustedCertificate } from './write-pkcs12.ts';
