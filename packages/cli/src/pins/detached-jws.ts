/**
 * @module A signature over bytes that stand elsewhere: JWS in its compact form with the payload left out (RFC 7515 appendix F), by the
 * key of a CA. The algorithm follows from the key alone; whatever the header says is only compared (RFC 8725 section 3.1).
 */
import { constants, createPublicKey, verify } from 'node:crypto';
import { DerReader, parseSubjectKey, type Bytes, type SignatureAlgorithm, type Signer } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import { encodeCanonicalJson, parseStrictJson } from './canonical-json.ts';

/** `typ` of the header: a signature made for one purpose is none for another (RFC 8725 section 3.11). */
const TYPE = 'mintmark-pins+jws';

/** `scalarBytes`: length of each half of an ECDSA signature (RFC 7518 section 3.4). */
type JwsAlgorithm = { readonly names: readonly [string, ...string[]]; readonly scalarBytes?: number };

// RFC 7518 section 3.1, RFC 8037 section 3.1. The first of the names is what we write.
const ALGORITHMS: Readonly<Record<SignatureAlgorithm['name'], JwsAlgorithm>> = {
  'ecdsa-sha256': { names: ['ES256'], scalarBytes: 32 },
  'ecdsa-sha384': { names: ['ES384'], scalarBytes: 48 },
  'ecdsa-sha512': { names: ['ES512'], scalarBytes: 66 },
  ed25519: { names: ['EdDSA'] },
  'rsa-sha256': { names: ['RS256', 'PS256'] },
};

const PSS_SALT_BYTES = 32; // RFC 7518 section 3.5: as long as the hash

const base64url = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64url');

/** `HEADER..SIGNATURE` */
export function signDetached(payload: string, signer: Signer<Bytes>): string {
  const { names, scalarBytes } = ALGORITHMS[signer.algorithm.name];
  const header = base64url(encodeCanonicalJson({ alg: names[0], typ: TYPE }));
  const signature = signer.sign(Buffer.from(`${header}.${base64url(payload)}`));
  return `${header}..${base64url(scalarBytes === undefined ? signature : toFixedLength(signature, scalarBytes))}`;
}

/** ECDSA-Sig-Value (RFC 3279 section 2.2.3) to R and S side by side. */
function toFixedLength(der: Bytes, scalarBytes: number): Buffer {
  const pair = new DerReader(der, 'the signature').enterSequence();
  const scalar = (): Buffer => {
    const digits = pair.readUnsignedInteger();
    return Buffer.concat([Buffer.alloc(scalarBytes - digits.length), digits]);
  };
  return Buffer.concat([scalar(), scalar()]);
}

/** Why the signature is none over the payload by the key; undefined when it is one. */
export function findJwsFault(jws: string, payload: string, spkiDer: Uint8Array): string | undefined {
  const [head = '', body, tail = '', ...rest] = jws.split('.');
  if (body !== '' || rest.length > 0) return 'its signature is not a JWS without payload';
  const [header, signature] = [decode(head), decode(tail)];
  const fields = header === undefined ? undefined : parseHeader(header);
  if (fields === undefined || signature === undefined) return 'the header of its signature is malformed';
  if (fields.typ !== TYPE) return 'it is signed as something else';
  const algorithm = readAlgorithm(spkiDer);
  if (algorithm === undefined || !algorithm.names.includes(fields.alg))
    return `its signature says ${JSON.stringify(fields.alg)}, which is not how that key signs`;
  const isValid = verifyBytes(Buffer.from(`${head}.${base64url(payload)}`), signature, { spkiDer, alg: fields.alg });
  return isValid ? undefined : 'its signature is not by that key over these pins: something was changed';
}

/** Only the one spelling of the bytes, so that a manifest has one text. */
function decode(text: string): Buffer | undefined {
  const bytes = Buffer.from(text, 'base64url');
  return text !== '' && bytes.toString('base64url') === text ? bytes : undefined;
}

/** Two fields and no other: `crit`, `b64`, `jwk` and the like change what a signature means. */
function parseHeader(bytes: Uint8Array): { readonly alg: string; readonly typ: string } | undefined {
  try {
    const { alg, typ, ...rest } = parseStrictJson(bytes) as Record<string, unknown>;
    return typeof alg === 'string' && typeof typ === 'string' && Object.keys(rest).length === 0
      ? { alg, typ }
      : undefined;
  } catch {
    return undefined;
  }
}

function readAlgorithm(spkiDer: Uint8Array): (JwsAlgorithm & Pick<SignatureAlgorithm, 'hash'>) | undefined {
  try {
    const { signature } = parseSubjectKey(spkiDer, nodeSha256);
    return { ...ALGORITHMS[signature.name], hash: signature.hash };
  } catch {
    return undefined; // weak, or of a kind that we don't know
  }
}

function verifyBytes(
  input: Uint8Array,
  signature: Uint8Array,
  { spkiDer, alg }: { spkiDer: Uint8Array; alg: string },
): boolean {
  const { hash = null, scalarBytes } = readAlgorithm(spkiDer) ?? {};
  const padding = alg === 'PS256' ? { padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES } : {};
  try {
    const key = createPublicKey({ key: Buffer.from(spkiDer), format: 'der', type: 'spki' });
    const encoding = scalarBytes === undefined ? {} : { dsaEncoding: 'ieee-p1363' as const };
    return verify(hash, input, { key, ...encoding, ...padding }, signature);
  } catch {
    return false;
  }
}
