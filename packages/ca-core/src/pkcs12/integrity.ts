/** @module The MAC of a PKCS#12 file: of RFC 7292 appendix B, or PBMAC1 of RFC 9579. */
import type { Bytes } from '../der/bytes.ts';
import { digestOfOid, hmacOfOid, UnsupportedError } from './algorithms.ts';
import { integerOf, octetsOf, oidOf, sequenceOf, StructureError, type BerNode } from './ber.ts';
import { derivePkcs12Key, pkcs12KeyCost, PURPOSE } from './kdf.ts';
import type { Opener } from './opener.ts';
import { pbkdf2Cost, readPbkdf2 } from './pbes2.ts';
import { derivePbkdf2, hmac, isEqualMac, type HashAlgorithm } from './primitives.ts';

/** `hash` is a label: `SHA-256`. */
export type Pkcs12Mac = {
  readonly scheme: 'PKCS#12' | 'PBMAC1';
  readonly hash: string;
  readonly iterations: number;
};

const OID_PBMAC1 = '1.2.840.113549.1.5.14'; // RFC 8018 appendix A.5
const OID_PBKDF2 = '1.2.840.113549.1.5.12'; // RFC 8018 appendix A.2

// RFC 9579 section 6: a key of few bits would be found by any password.
const MIN_MAC_KEY_BYTES = 20;
const MAX_MAC_KEY_BYTES = 64;

/** @throws LockedError when no spelling gives this MAC, UnsupportedError, StructureError, KEY_TOO_COSTLY */
export function verifyMac(macData: BerNode, content: Bytes, opener: Opener): Pkcs12Mac {
  const [digestInfo, saltNode, iterationsNode] = sequenceOf(macData);
  const [algorithm, macNode] = sequenceOf(digestInfo);
  const [oidNode, parameters] = sequenceOf(algorithm);
  const expected = octetsOf(macNode);
  if (oidOf(oidNode) === OID_PBMAC1) return verifyPbmac1(parameters, { content, expected, opener });
  const hash = digestOfOid(oidOf(oidNode));
  const salt = octetsOf(saltNode);
  const iterations = iterationsNode === undefined ? 1 : integerOf(iterationsNode); // RFC 7292 section 4: DEFAULT 1
  if (iterations < 1) throw new StructureError('its MAC has no iterations');
  assertMacLength(expected, hash);
  const stretching = { salt, iterations, keyBytes: hash.digestBytes, purpose: PURPOSE.mac };
  opener.open({ spelling: 'bmp', iterations, rounds: pkcs12KeyCost(hash, stretching) }, (password) => {
    const key = derivePkcs12Key(hash, password, stretching);
    return isEqualMac(hmac(hash, key, content), expected) || undefined;
  });
  return { scheme: 'PKCS#12', hash: hash.label, iterations };
}

type Subject = { readonly content: Bytes; readonly expected: Bytes; readonly opener: Opener };

function verifyPbmac1(parameters: BerNode | undefined, { content, expected, opener }: Subject): Pkcs12Mac {
  const [kdf, scheme] = sequenceOf(parameters);
  const [kdfOid, kdfParameters] = sequenceOf(kdf);
  if (oidOf(kdfOid) !== OID_PBKDF2) throw new UnsupportedError(`the key derivation with OID ${oidOf(kdfOid)}`);
  const { salt, iterations, hash: prf, keyBytes = 0 } = readPbkdf2(kdfParameters);
  if (keyBytes < MIN_MAC_KEY_BYTES || keyBytes > MAX_MAC_KEY_BYTES)
    throw new StructureError('the key of its MAC has a length that RFC 9579 forbids, or none');
  const hash = hmacOfOid(oidOf(sequenceOf(scheme)[0]));
  assertMacLength(expected, hash);
  opener.open({ spelling: 'octets', iterations, rounds: pbkdf2Cost(prf, iterations, keyBytes) }, (password) => {
    const key = derivePbkdf2(prf, password, { salt, iterations, keyBytes });
    return isEqualMac(hmac(hash, key, content), expected) || undefined;
  });
  return { scheme: 'PBMAC1', hash: hash.label, iterations };
}

/** A shortened MAC would be met by chance. */
function assertMacLength(mac: Bytes, hash: HashAlgorithm): void {
  if (mac.length !== hash.digestBytes) throw new StructureError('its MAC has the wrong length');
}
