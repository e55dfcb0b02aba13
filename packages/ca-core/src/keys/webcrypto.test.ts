/** @module Conformance of the engines: what WebCrypto signs, native or of `@peculiar/webcrypto`, node:crypto verifies. */
import { createPrivateKey, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { Crypto } from '@peculiar/webcrypto';
import { describe, expect, it } from 'vitest';
import { issueCertificate } from '../issue/issue.ts';
import { prepareCertificate } from '../issue/prepare.ts';
import { nodeSha256 } from '../node/hash.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { PROFILES } from '../profiles/profile.ts';
import { KEY_TYPE_FACTS, KEY_TYPES, type KeyType } from './algorithms.ts';
import { parseSubjectKey } from './subject-key.ts';
import { createEngineKey, createEngineSigner, exportEngineKey, type CryptoEngine } from './webcrypto.ts';

const names = parseSubjectAltNames(['app.test', '127.0.0.1'], { isPublicSuffix: () => false });
const context = { now: new Date('2026-01-01T00:00:00Z'), serial: new Uint8Array(16).fill(5) };

/** Makes a key in the engine, issues a self-signed certificate with it, and lets node:crypto judge. */
async function checkEngine<K>(engine: CryptoEngine<K>, keyType: KeyType): Promise<void> {
  const key = await createEngineKey(engine, keyType, true);
  const draft = prepareCertificate(PROFILES['self-signed'], { subjectKey: key.subjectKey, names }, context);
  const certificate = new X509Certificate(await issueCertificate(draft, createEngineSigner(engine, key)));
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.subjectAltName).toBe('DNS:app.test, IP Address:127.0.0.1');
  expect(key.subjectKey.label).toBe(KEY_TYPE_FACTS[keyType].label);
  expect(key.subjectKey).toEqual(parseSubjectKey(key.subjectKey.spkiDer, nodeSha256));
  const pkcs8 = Buffer.from(await exportEngineKey(engine, key));
  const privateKey = createPrivateKey({ key: pkcs8, format: 'der', type: 'pkcs8' });
  expect(createPublicKey(privateKey).equals(certificate.publicKey)).toBe(true);
}

// RSA 4096 takes seconds to make and differs from 3072 in nothing that is tested here.
const TYPES = KEY_TYPES.filter((keyType) => keyType !== 'rsa-4096');

describe("the platform's WebCrypto", () => {
  it.each(TYPES)('makes and uses %s', async (keyType) => {
    await checkEngine(globalThis.crypto, keyType);
  });

  it('keeps a key that may not leave', async () => {
    const key = await createEngineKey(globalThis.crypto, 'ecdsa-p256', false);
    await expect(exportEngineKey(globalThis.crypto, key)).rejects.toThrow(/not extractable/);
  });
});

describe('@peculiar/webcrypto', () => {
  const engine = new Crypto();

  it.each(TYPES)('makes and uses %s', async (keyType) => {
    await checkEngine(engine, keyType);
  });

  it('signs ECDSA values with leading zeros as minimal INTEGERs', async () => {
    const key = await createEngineKey(engine, 'ecdsa-p256', true);
    const signer = createEngineSigner(engine, key);
    const lengths = new Set<number>();
    for (let i = 0; i < 300; i++) {
      const signature = await signer.sign(Uint8Array.of(i & 0xff, i >> 8));
      const tbs = Buffer.from([i & 0xff, i >> 8]);
      const publicKey = createPublicKey({ key: Buffer.from(signer.publicKeySpki), format: 'der', type: 'spki' });
      expect(verify('sha256', tbs, publicKey, signature)).toBe(true);
      lengths.add(signature.length);
    }
    expect(lengths.size).toBeGreaterThan(1);
  });
});
