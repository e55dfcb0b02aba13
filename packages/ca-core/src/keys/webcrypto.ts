/**
 * @module Keys and signers over an injected WebCrypto engine: the platform's, `@peculiar/webcrypto`, or a PKCS#11 token.
 * The only file that touches `crypto.subtle`.
 */
import type { Bytes } from '../der/bytes.ts';
import { encodeSequence, encodeUnsignedInteger } from '../der/writer.ts';
import { KEY_TYPE_FACTS, type KeyFamily, type KeyType } from './algorithms.ts';
import type { Signer } from './signer.ts';
import { parseSubjectKey, readKeyBits, type SubjectKey } from './subject-key.ts';

type Named = { readonly name: string };
type KeyPair<K> = { readonly privateKey: K; readonly publicKey: K };

/** The part of WebCrypto that is used here; `K` is the engine's CryptoKey. */
export type CryptoEngine<K> = {
  readonly subtle: {
    digest(algorithm: string, data: Bytes): Promise<ArrayBuffer>;
    generateKey(algorithm: Named, extractable: boolean, usages: readonly ['sign', 'verify']): Promise<KeyPair<K> | K>;
    exportKey(format: 'spki' | 'pkcs8', key: K): Promise<ArrayBuffer | object>;
    sign(algorithm: Named, key: K, data: Bytes): Promise<ArrayBuffer>;
  };
};

/** A key pair in an engine, with its checked public half. */
export type EngineKey<K> = { readonly privateKey: K; readonly subjectKey: SubjectKey };

/** Makes a key of one of the types of `--key`. @param isExtractable false where the private key may never leave the engine */
export async function createEngineKey<K>(
  engine: CryptoEngine<K>,
  keyType: KeyType,
  isExtractable: boolean,
): Promise<EngineKey<K>> {
  const pair = await engine.subtle.generateKey(generationParameters(keyType), isExtractable, ['sign', 'verify']);
  const { privateKey, publicKey } = pair as KeyPair<K>;
  const spkiDer = new Uint8Array((await engine.subtle.exportKey('spki', publicKey)) as ArrayBuffer);
  return { privateKey, subjectKey: await parseSubjectKeyWithEngine(engine, spkiDer) };
}

/** `parseSubjectKey` with the engine's asynchronous SHA-256. */
async function parseSubjectKeyWithEngine<K>(engine: CryptoEngine<K>, spkiDer: Uint8Array): Promise<SubjectKey> {
  const digest = new Uint8Array(await engine.subtle.digest('SHA-256', readKeyBits(spkiDer)));
  return parseSubjectKey(spkiDer, () => digest);
}

/** PKCS#8 DER of an extractable private key. */
export async function exportEngineKey<K>(engine: CryptoEngine<K>, key: EngineKey<K>): Promise<Bytes> {
  return new Uint8Array((await engine.subtle.exportKey('pkcs8', key.privateKey)) as ArrayBuffer);
}

/** A signer whose private key stays in the engine. */
export function createEngineSigner<K>(engine: CryptoEngine<K>, key: EngineKey<K>): Signer<Promise<Bytes>> {
  const { family, signature, spkiDer } = key.subjectKey;
  const parameters = signingParameters(family, signature.hash);
  return {
    algorithm: signature,
    publicKeySpki: spkiDer,
    sign: async (tbs) => {
      const raw = new Uint8Array(await engine.subtle.sign(parameters, key.privateKey, Uint8Array.from(tbs)));
      return family === 'ec' ? encodeEcdsaSignature(raw) : raw;
    },
  };
}

/** WebCrypto gives r and s side by side; X.509 wants SEQUENCE { r, s } (RFC 3279 section 2.2.3). */
function encodeEcdsaSignature(raw: Bytes): Bytes {
  const half = raw.length / 2;
  return encodeSequence(encodeUnsignedInteger(raw.subarray(0, half)), encodeUnsignedInteger(raw.subarray(half)));
}

function generationParameters(keyType: KeyType): Named {
  const { family, curve, modulusBits } = KEY_TYPE_FACTS[keyType];
  const parameters = {
    ec: { name: 'ECDSA', namedCurve: curve },
    ed25519: { name: 'Ed25519' },
    rsa: {
      name: 'RSASSA-PKCS1-v1_5',
      hash: 'SHA-256',
      modulusLength: modulusBits,
      publicExponent: Uint8Array.of(1, 0, 1),
    },
  };
  return parameters[family];
}

function signingParameters(family: KeyFamily, hash: string | undefined): Named {
  if (family === 'ec') return { name: 'ECDSA', hash: `SHA-${hash?.slice(3) ?? ''}` } as Named;
  return { name: family === 'rsa' ? 'RSASSA-PKCS1-v1_5' : 'Ed25519' };
}
