/**
 * @module What a thief signs with a stolen issuer key. Each entry is tried twice: under the scoped CA, where clients must refuse it, and under
 * a careless CA, where the same bytes work; so a refusal is the scope's doing.
 */

export interface Forgery {
  readonly id: string;
  readonly title: string;
  /** The name the victim asks for. */
  readonly host: string;
  /** In OpenSSL's form. Default: a subject without a common name. */
  readonly subject?: string;
  /** The value of a subjectAltName line in OpenSSL's form. Default: none. */
  readonly altName?: string;
  /** The issuer signs a CA first, and that one signs the leaf. Its extra extension lines. */
  readonly subCa?: readonly string[];
}

const BANK = 'bank.example.com';

/** A subjectAltName with one DNS name `bank.example.com<NUL>.test`: some old clients stopped reading at the zero byte. */
const NUL_ALT_NAME = `DER:${derAltName(`${BANK}\0.test`)}`;

export const FORGERIES: readonly Forgery[] = [
  { id: 'san', title: 'a foreign DNS name', host: BANK, altName: `DNS:${BANK}` },
  { id: 'san-upper', title: 'a foreign DNS name in upper case', host: BANK, altName: 'DNS:BANK.EXAMPLE.COM' },
  { id: 'san-wildcard', title: 'a wildcard over a foreign domain', host: BANK, altName: 'DNS:*.example.com' },
  { id: 'san-public-suffix', title: 'a wildcard over all of com', host: 'example.com', altName: 'DNS:*.com' },
  {
    id: 'san-second',
    title: 'a foreign DNS name behind one in scope',
    host: BANK,
    altName: `DNS:app.test,DNS:${BANK}`,
  },
  { id: 'san-dot', title: 'a foreign DNS name with a trailing dot', host: BANK, altName: `DNS:${BANK}.` },
  { id: 'san-dot-both', title: 'a trailing dot, asked for with the dot', host: `${BANK}.`, altName: `DNS:${BANK}.` },
  { id: 'san-nul', title: 'a zero byte before a suffix in scope', host: BANK, altName: NUL_ALT_NAME },
  {
    id: 'san-lookalike',
    title: 'a name that only ends like the scope',
    host: 'bank.mytest',
    altName: 'DNS:bank.mytest',
  },
  { id: 'san-single', title: 'a bare name of one label', host: 'intranet', altName: 'DNS:intranet' },
  { id: 'cn', title: 'a foreign common name and no alternative names', host: BANK, subject: `/CN=${BANK}` },
  {
    id: 'cn-wildcard',
    title: 'a wildcard common name and no alternative names',
    host: BANK,
    subject: '/CN=*.example.com',
  },
  { id: 'cn-dot', title: 'a common name with a trailing dot', host: BANK, subject: `/CN=${BANK}.` },
  { id: 'cn-single', title: 'a common name of one label', host: 'intranet', subject: '/CN=intranet' },
  {
    id: 'cn-ip',
    title: 'a foreign common name beside an IP address',
    host: BANK,
    subject: `/CN=${BANK}`,
    altName: 'IP:127.0.0.1',
  },
  {
    id: 'cn-wildcard-ip',
    title: 'a wildcard common name beside an IP address',
    host: BANK,
    subject: '/CN=*.example.com',
    altName: 'IP:127.0.0.1',
  },
  {
    id: 'cn-email',
    title: 'a foreign common name beside an email address',
    host: BANK,
    subject: `/CN=${BANK}`,
    altName: 'email:a@app.test',
  },
  {
    id: 'cn-uri',
    title: 'a foreign common name beside a URI',
    host: BANK,
    subject: `/CN=${BANK}`,
    altName: 'URI:https://app.test/',
  },
  {
    id: 'cn-san',
    title: 'a foreign common name beside a DNS name in scope',
    host: BANK,
    subject: `/CN=${BANK}`,
    altName: 'DNS:app.test',
  },
  { id: 'sub-ca', title: 'a foreign DNS name by way of a CA below', host: BANK, altName: `DNS:${BANK}`, subCa: [] },
  {
    id: 'sub-ca-wide',
    title: 'a foreign DNS name by way of a CA below that permits it',
    host: BANK,
    altName: `DNS:${BANK}`,
    subCa: ['nameConstraints=critical,permitted;DNS:com'],
  },
  {
    id: 'sub-ca-scope',
    title: 'a name in scope by way of a CA below',
    host: 'app.test',
    altName: 'DNS:app.test',
    subCa: [],
  },
];

/** Forgeries whose way of signing makes no certificate in scope that clients must accept: odd spellings, one-label names, a CA too deep. */
const WITHOUT_HONEST_TWIN = new Set([
  'san-dot',
  'san-dot-both',
  'san-nul',
  'san-lookalike',
  'san-single',
  'san-public-suffix',
  'cn-single',
]);

/** The same certificate with names in scope, or undefined where there is none. It shows that the way of signing is not what is refused. */
export function honestTwin(forgery: Forgery): Forgery | undefined {
  if (forgery.subCa !== undefined || WITHOUT_HONEST_TWIN.has(forgery.id)) return undefined;
  const inScope = (text: string): string =>
    text.replaceAll('example.com', 'twin.test').replaceAll('EXAMPLE.COM', 'TWIN.TEST');
  return {
    id: `twin-${forgery.id}`,
    title: forgery.title.replace(/foreign /, ''),
    host: inScope(forgery.host),
    ...(forgery.subject === undefined ? {} : { subject: inScope(forgery.subject) }),
    ...(forgery.altName === undefined ? {} : { altName: inScope(forgery.altName) }),
  };
}

function derAltName(name: string): string {
  const bytes = Buffer.from(name, 'latin1');
  const general = Buffer.from([0x82, bytes.length, ...bytes]); // [2] dNSName, RFC 5280 section 4.2.1.6
  const sequence = Buffer.from([0x30, general.length, ...general]);
  return [...sequence].map((byte) => byte.toString(16).padStart(2, '0')).join(':');
}
