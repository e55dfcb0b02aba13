/**
 * @module What a user mints, and the names a client then asks for: the ones it must accept, and the near misses it must refuse.
 */

export const KEY_TYPES = ['ecdsa-p256', 'ecdsa-p384', 'rsa-2048', 'ed25519'] as const;
type KeyType = (typeof KEY_TYPES)[number];

/** One name a client asks for, against one minted certificate. */
export interface HonestCase {
  readonly id: string;
  readonly title: string;
  /** What is passed to `mint`. */
  readonly names: readonly string[];
  readonly keyType: KeyType;
  readonly host: string;
}

interface Shape {
  readonly what: string;
  readonly names: readonly string[];
  readonly hosts: readonly string[];
}

const ACCEPTED_SHAPES: readonly Shape[] = [
  { what: 'a DNS name', names: ['app.test'], hosts: ['app.test'] },
  { what: 'a wildcard, one level', names: ['*.app.test'], hosts: ['x.app.test'] },
  { what: 'an IPv4 address', names: ['127.0.0.1'], hosts: ['127.0.0.1'] },
  { what: 'an IPv6 address', names: ['::1'], hosts: ['::1'] },
  { what: 'an international name', names: ['bücher.test'], hosts: ['xn--bcher-kva.test'] },
  { what: 'the mixed certificate', names: ['localhost', '127.0.0.1', '::1'], hosts: ['localhost', '127.0.0.1', '::1'] },
];

const REFUSED_SHAPES: readonly Shape[] = [
  { what: 'a wrong name', names: ['app.test'], hosts: ['other.test'] },
  { what: 'a name below a plain name', names: ['app.test'], hosts: ['x.app.test'] },
  { what: 'two levels under a wildcard', names: ['*.app.test'], hosts: ['a.b.app.test'] },
  { what: 'the name above a wildcard', names: ['*.app.test'], hosts: ['app.test'] },
  { what: 'an address the certificate does not name', names: ['localhost'], hosts: ['127.0.0.1'] },
];

function casesOf(shapes: readonly Shape[], keyTypes: readonly KeyType[], prefix: string): readonly HonestCase[] {
  return keyTypes.flatMap((keyType) =>
    shapes.flatMap(({ what, names, hosts }) =>
      hosts.map((host) => ({
        id: `${prefix}-${keyType}-${names.length}-${what.replace(/\W+/g, '-')}-${host.replace(/\W/g, '-')}`,
        title: `${host}, by ${what} (${keyType})`,
        names,
        keyType,
        host,
      })),
    ),
  );
}

export const ACCEPTED_CASES = casesOf(ACCEPTED_SHAPES, KEY_TYPES, 'yes');
export const REFUSED_CASES = casesOf(REFUSED_SHAPES, ['ecdsa-p256'], 'no');
