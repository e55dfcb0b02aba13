/**
 * @module The table of ca-core's error codes. A table, so it may be long: one row a code, in the order of the rooms.
 */
import { createErrorFactory, pasteable, quote } from './errors.ts';

type Name = { name: string };
type Reason = { reason: string };
type None = Record<string, never>;

const DEV_NAMES_HINT = 'use letters, digits and hyphens, for example: mintmark app.test';

export const CORE_ERRORS = {
  // der, pem
  INPUT_EMPTY: {
    message: (d: { what: string }) => `${d.what} is empty`,
    hint: () => 'check the path; an empty file has no certificate, key or request in it',
  },
  INPUT_TOO_LARGE: {
    message: (d: { what: string; bytes: number; maxBytes: number }) => `${d.what} is larger than ${d.maxBytes} bytes`,
    hint: () => 'give the one certificate, key or request, not an archive or a bundle of hundreds',
  },
  DER_INVALID: {
    message: (d: Reason & { what: string }) => `${d.what} is not valid DER: ${d.reason}`,
    hint: () => 'the file is damaged or of another kind; make it again or ask its sender for a PEM file',
  },
  PEM_NOT_FOUND: {
    message: (d: { what: string; wanted: string; found: readonly string[] }) =>
      d.found.length === 0
        ? `${d.what} holds no PEM block and is not DER`
        : `${d.what} holds ${summarizeList(d.found.map(quote))}, not ${d.wanted}`,
    hint: (d: { wanted: string; what: string; found: readonly string[] }) =>
      `give a file that holds ${d.wanted} (PEM or DER)`,
  },
  PEM_INVALID: {
    message: (d: Reason & { what: string }) => `${d.what} is not valid PEM: ${d.reason}`,
    hint: () => 'copy the whole block, from -----BEGIN to -----END, without changing its lines',
  },
  PEM_SEVERAL: {
    message: (d: { what: string; wanted: string; count: number }) =>
      `${d.what} holds ${d.count} ${d.wanted} where one is expected`,
    hint: () => 'give a file with one of them, or say --chain where the command takes it',
  },

  // names
  NAME_EMPTY: {
    message: (_d: None) => 'a name is empty',
    hint: () => 'name at least one host, for example: mintmark localhost',
  },
  NAMES_TOO_MANY: {
    message: (d: { count: number; maxNames: number }) =>
      `${d.count} names in one certificate, the limit is ${d.maxNames}`,
    hint: () => 'spread them over several certificates, or use wildcards',
  },
  NAME_HAS_PORT: {
    message: (d: Name & { host: string }) => `${quote(d.name)} has a port; certificates name hosts, not ports`,
    hint: (d: Name & { host: string }) => `drop the port: mintmark ${pasteable(d.host)}`,
  },
  NAME_HAS_PATH: {
    message: (d: Name) => `${quote(d.name)} has a "/"; certificates name hosts, not paths`,
    hint: () => 'give the host alone, for example: mintmark app.test',
  },
  DNS_NAME_EMPTY_LABEL: {
    message: (d: Name) => `${quote(d.name)}: a label between dots is empty`,
    hint: () => 'remove the extra dot',
  },
  DNS_NAME_TRAILING_DOT: {
    message: (d: Name & { withoutDot: string }) =>
      `${quote(d.name)} ends with a dot, which clients refuse in certificates`,
    hint: (d: Name & { withoutDot: string }) => `drop the dot: mintmark ${pasteable(d.withoutDot)}`,
  },
  DNS_NAME_LABEL_TOO_LONG: {
    message: (d: Name & { labelBytes: number; maxBytes: number }) =>
      `${quote(d.name)}: label is ${d.labelBytes} bytes, the limit is ${d.maxBytes}`,
    hint: (d: Name & { labelBytes: number; maxBytes: number }) => `shorten that label to ${d.maxBytes} bytes`,
  },
  DNS_NAME_TOO_LONG: {
    message: (d: Name & { nameBytes: number; maxBytes: number }) =>
      `${quote(d.name)}: name is ${d.nameBytes} bytes, the limit is ${d.maxBytes}`,
    hint: () => 'use fewer or shorter labels',
  },
  DNS_NAME_ALL_NUMERIC: {
    message: (d: Name) => `${quote(d.name)} ends in a number, so clients read it as an IP address, and it is not one`,
    hint: () => 'an IPv4 address has four numbers from 0 to 255; a name ends in letters, for example: app1.test',
  },
  DNS_NAME_UNDERSCORE: {
    message: (d: Name) => `${quote(d.name)} has an underscore, which host names in certificates may not have`,
    hint: (d: Name) => `use a hyphen: ${pasteable(d.name.replaceAll('_', '-'))}`,
  },
  DNS_NAME_HYPHEN: {
    message: (d: Name & { label: string }) =>
      `${quote(d.name)}: label ${quote(d.label)} has a hyphen where none may stand`,
    hint: () => 'a label neither begins nor ends with a hyphen, nor has "--" as its third and fourth character',
  },
  DNS_NAME_CHARACTER: {
    message: (d: Name & { character: string }) =>
      `${quote(d.name)} has a character no host name has: ${quote(d.character)}`,
    hint: () => DEV_NAMES_HINT,
  },
  DNS_NAME_IDN_INVALID: {
    message: (d: Name) => `${quote(d.name)} is not a valid internationalised name (UTS 46)`,
    hint: () => 'check the spelling, or give the xn-- form that your registrar shows',
  },
  WILDCARD_BARE: {
    message: (_d: None) => '"*" alone matches no host',
    hint: () => 'name the domain too, for example: mintmark "*.app.test"',
  },
  WILDCARD_POSITION: {
    message: (d: Name) => `${quote(d.name)}: "*" may only be the whole first label`,
    hint: () => 'for example: mintmark "*.app.test"',
  },
  WILDCARD_PUBLIC_SUFFIX: {
    message: (d: Name & { suffix: string }) => `${quote(d.name)} would speak for everybody under ${quote(d.suffix)}`,
    hint: (d: Name & { suffix: string }) => `name your own domain, for example: "*.my-site.${d.suffix}"`,
  },
  IP_ADDRESS_INVALID: {
    message: (d: Name) => `${quote(d.name)} is not an IP address`,
    hint: () => 'IPv4: 127.0.0.1; IPv6: ::1 or [::1]',
  },
  IP_ADDRESS_LEADING_ZERO: {
    message: (d: Name) => `${quote(d.name)}: a leading zero means octal to some programs and decimal to others`,
    hint: () => 'write each number without leading zeros',
  },
  IP_ADDRESS_ZONE: {
    message: (d: Name & { address: string }) => `${quote(d.name)} has a zone (%…), which certificates can't hold`,
    hint: (d: Name & { address: string }) => `drop the zone: mintmark ${pasteable(d.address)}`,
  },
  IP_ADDRESS_RANGE: {
    message: (d: Name & { address: string }) => `${quote(d.name)} is a range; certificates name single addresses`,
    hint: (d: Name & { address: string }) => `name each address, for example: mintmark ${pasteable(d.address)}`,
  },
  EMAIL_INVALID: {
    message: (d: Name & Reason) => `${quote(d.name)} is not an e-mail address: ${d.reason}`,
    hint: () => 'for example: mintmark alice@app.test',
  },
  URI_INVALID: {
    message: (d: Name & Reason) => `${quote(d.name)} is not a URI for a certificate: ${d.reason}`,
    hint: () => 'for example: mintmark spiffe://app.test/service',
  },
  DN_INVALID: {
    message: (d: { subject: string } & Reason) => `subject ${quote(d.subject)}: ${d.reason}`,
    hint: () => 'for example: --subject "C=AT, O=Example, CN=app.test"',
    kind: 'usage',
  },

  // scope
  SCOPE_INVALID: {
    message: (d: { scope: string } & Reason) => `${quote(d.scope)} can't be a scope: ${d.reason}`,
    hint: () => 'a scope is a domain of yours, for example: --scope my-site.com',
  },
  SCOPE_PUBLIC_SUFFIX: {
    message: (d: { scope: string }) =>
      `${quote(d.scope)} is a public suffix: a CA for it could speak for everybody's domains`,
    hint: (d: { scope: string }) => `name your own domain below it, for example: --scope my-site.${d.scope}`,
  },
  NAME_OUTSIDE_SCOPE: {
    message: (d: Name & { caName: string; scope: readonly string[]; command: string }) =>
      `${quote(d.name)} is outside the scope of CA ${quote(d.caName)}\n  (${summarizeList(d.scope)})`,
    hint: (d: Name & { caName: string; scope: readonly string[]; command: string }) => d.command,
  },

  // keys
  KEY_TYPE_UNKNOWN: {
    message: (d: { keyType: string; known: readonly string[] }) => `unknown key type ${quote(d.keyType)}`,
    hint: (d: { keyType: string; known: readonly string[] }) => `--key takes ${d.known.join(', ')}`,
    kind: 'usage',
  },
  KEY_INVALID: {
    message: (d: { what: string } & Reason) => `${d.what} is not a private key Mintmark can use: ${d.reason}`,
    hint: () => 'give an RSA, P-256, P-384 or Ed25519 key as PKCS#8, SEC1 or PKCS#1, or make one: mintmark key',
  },
  KEY_ENCRYPTED: {
    message: (d: { what: string }) => `${d.what} is encrypted and no passphrase was given`,
    hint: () => 'put the passphrase into a file that only you can read and give --passphrase-file FILE',
  },
  KEY_PASSPHRASE_WRONG: {
    message: (d: { what: string }) => `the passphrase does not open ${d.what}`,
    hint: () => 'check the passphrase file; its first line counts, with every blank in it',
  },
  KEY_TOO_COSTLY: {
    message: (d: { what: string; iterations: number; maxIterations: number }) =>
      `${d.what} asks for ${d.iterations} key derivation rounds, the limit is ${d.maxIterations}`,
    hint: () =>
      'encrypt it again with fewer rounds: openssl pkcs8 -topk8 -iter 600000, for PKCS#12 openssl pkcs12 -export -iter 600000',
  },
  PKCS12_INVALID: {
    message: (d: { what: string } & Reason) => `${d.what} is not a PKCS#12 file: ${d.reason}`,
    hint: () => 'the file is damaged or of another kind; make it again or ask its sender for a new one',
  },
  PKCS12_PASSWORD_NEEDED: {
    message: (d: { what: string }) => `${d.what} is locked and no password was given`,
    hint: () => 'put the password into a file that only you can read and give --password-file FILE',
  },
  PKCS12_PASSWORD_WRONG: {
    message: (d: { what: string }) => `the password does not open ${d.what}`,
    hint: () => 'give the file with the right password: --password-file FILE; a damaged PKCS#12 file fails alike',
  },
  PKCS12_UNSUPPORTED: {
    message: (d: { what: string } & Reason) => `${d.what} uses ${d.reason}, which can't be read here`,
    hint: () => 'write the file again with a password and AES-256, as openssl pkcs12 -export does',
  },
  PUBLIC_KEY_INVALID: {
    message: (d: Reason) => `the public key is malformed: ${d.reason}`,
    hint: () => 'make a new key and request: mintmark csr NAME',
  },
  PUBLIC_KEY_WEAK: {
    message: (d: Reason) => `the public key is too weak: ${d.reason}`,
    hint: () => 'make a new key and request: mintmark csr NAME --key ecdsa-p256',
  },
  PUBLIC_KEY_UNSUPPORTED: {
    message: (d: { algorithm: string }) =>
      `public keys of the kind ${d.algorithm} can't be used for TLS certificates here`,
    hint: () => 'use RSA (2048 bits or more), P-256, P-384, P-521 or Ed25519',
  },
  SIGNATURE_ALGORITHM_MISMATCH: {
    message: (d: { draft: string; signer: string }) =>
      `the draft is for a ${d.draft} signer, the signer's key is ${d.signer}`,
    hint: () => 'prepare the certificate again with the issuer whose key signs it',
  },

  // certificates and requests
  CERTIFICATE_INVALID: {
    message: (d: { what: string } & Reason) => `${d.what} is not a certificate: ${d.reason}`,
    hint: () => 'give an X.509 certificate as PEM or DER',
  },
  CSR_INVALID: {
    message: (d: { what: string } & Reason) => `${d.what} is not a certificate request: ${d.reason}`,
    hint: () => 'make a new one: mintmark csr NAME, or openssl req -new',
  },
  CSR_SIGNATURE_INVALID: {
    message: (d: { what: string }) =>
      `${d.what}: its signature is not by the key inside it, so nobody proved to hold that key`,
    hint: () => 'make the request again with the key that will be used',
  },
  CSR_SIGNATURE_UNSUPPORTED: {
    message: (d: { what: string; algorithm: string }) =>
      `${d.what} is signed with ${d.algorithm}, which can't be checked here`,
    hint: () => 'make the request again with RSA (PKCS#1 v1.5), ECDSA or Ed25519: openssl req -new -sha256',
  },
  CSR_SIGNATURE_WEAK: {
    message: (d: { what: string; algorithm: string }) =>
      `${d.what} is signed with ${d.algorithm}, which proves nothing today`,
    hint: () => 'make the request again with SHA-256: openssl req -new -sha256',
  },
  CSR_ASKS_FOR_CA: {
    message: (d: { what: string }) => `${d.what} asks to become a CA`,
    hint: () => 'make the request without basicConstraints CA:TRUE and without keyCertSign or cRLSign',
  },
  CSR_EXTENSION_UNKNOWN: {
    message: (d: { what: string; oid: string }) =>
      `${d.what} asks for the critical extension ${d.oid}, which is not known here`,
    hint: () => 'make the request without it; only names are taken from a request',
  },
  CSR_NO_NAMES: {
    message: (d: { what: string }) => `${d.what} names no host: no subject alternative name and no usable common name`,
    hint: () => 'add one while signing: mintmark sign FILE --add-name app.test',
  },
  CSR_NAME_UNSUPPORTED: {
    message: (d: { what: string; kind: string }) => `${d.what} asks for a ${d.kind}`,
    hint: () => 'names may be DNS names, IP addresses, e-mail addresses and URIs',
  },
  CERTIFICATE_LINT: {
    message: (d: { findings: readonly string[] }) => `the certificate would be wrong: ${d.findings.join('; ')}`,
    hint: () => 'change the names, subject or days so that the finding no longer holds',
  },
  VALIDITY_DAYS_RANGE: {
    message: (d: { days: number; maxDays: number; profile: string }) =>
      `${d.days} days is outside 1 to ${d.maxDays} for a ${d.profile} certificate`,
    hint: (d: { days: number; maxDays: number; profile: string }) =>
      d.maxDays === 825 ? '--days 825 is the most Apple devices accept' : `--days takes 1 to ${d.maxDays}`,
    kind: 'usage',
  },
  ISSUER_EXPIRED: {
    message: (d: { notAfter: string }) => `the issuer expired on ${d.notAfter}, so nothing can be signed with it`,
    hint: () => 'make a new CA: mintmark ca create NAME --scope DOMAIN',
  },
  PIN_INVALID: {
    message: (d: Reason) => `not a SHA-256 pin: ${d.reason}`,
    hint: () => 'a pin is 32 bytes: 64 hex digits (colons allowed) or 44 characters of base64',
  },
} as const;

/** Throws of ca-core are made here, so that every code has its message and hint. */
export const coreError = createErrorFactory(CORE_ERRORS);

const LIST_SHOWN = 5;

function summarizeList(items: readonly string[]): string {
  const shown = items.slice(0, LIST_SHOWN).join(', ');
  return items.length > LIST_SHOWN ? `${shown}, …` : shown;
}
