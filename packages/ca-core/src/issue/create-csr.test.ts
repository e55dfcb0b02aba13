/** @module Requests as others read them: @peculiar/x509 finds the key, the subject, the names and a valid signature. */
import * as x509 from '@peculiar/x509';
import { describe, expect, it, vi } from 'vitest';
import { KEY_TYPES } from '../keys/algorithms.ts';
import { parseDistinguishedName } from '../names/distinguished-name.ts';
import { parseSubjectAltNames } from '../names/subject-alt-name.ts';
import { nodeSha256 } from '../node/hash.ts';
import { createPrivateKeyOfType } from '../node/private-key.ts';
import { createNodeSigner, verifyWithNode } from '../node/signer.ts';
import { acceptCsr } from '../read/accept-csr.ts';
import { parseCsr } from '../read/csr-facts.ts';
import { createCsr } from './create-csr.ts';

// tsyringe, inside @peculiar/x509, refuses to load without the reflect-metadata API, of which its parts need no answer.
vi.hoisted(() => {
  const none = (): undefined => undefined;
  Object.assign(Reflect, { getMetadata: none, getOwnMetadata: none, defineMetadata: none });
});

const rules = { isPublicSuffix: () => false };
const texts = ['app.test', '*.app.test', '127.0.0.1', '::1', 'a@app.test', 'spiffe://app.test/x'];
const names = parseSubjectAltNames(texts, rules);
const subject = parseDistinguishedName('C=AT, O=Example, CN=app.test');
const what = 'the request';

describe('createCsr', () => {
  it.each(KEY_TYPES.filter((type) => !/3072|4096/.test(type)))(
    'with %s is read back by @peculiar/x509',
    async (type) => {
      const key = createPrivateKeyOfType(type);
      const csr = new x509.Pkcs10CertificateRequest(createCsr({ subject, names }, createNodeSigner(key)));
      expect(csr.subject).toBe('C=AT, O=Example, CN=app.test');
      expect(Buffer.from(csr.publicKey.rawData).equals(Buffer.from(key.subjectKey.spkiDer))).toBe(true);
      const san = csr.extensions.find((extension) => extension instanceof x509.SubjectAlternativeNameExtension);
      expect(san?.critical).toBe(false);
      expect(san?.names.items.map(({ type: kind, value }) => `${kind}:${value}`)).toEqual([
        'dns:app.test',
        'dns:*.app.test',
        'ip:127.0.0.1',
        'ip:::1',
        'email:a@app.test',
        'url:spiffe://app.test/x',
      ]);
      expect(await csr.verify(globalThis.crypto as Parameters<typeof csr.verify>[0])).toBe(true);
    },
  );

  it('makes the names critical when there is no subject', () => {
    const csr = parseCsr(
      createCsr({ subject: [], names }, createNodeSigner(createPrivateKeyOfType('ecdsa-p256'))),
      what,
    );
    expect(csr.extensions).toEqual([{ oid: '2.5.29.17', isCritical: true }]);
    expect(csr.subject).toEqual([]);
  });

  it('passes the gate before signing with all its names', () => {
    const key = createPrivateKeyOfType('ed25519');
    const csr = parseCsr(createCsr({ subject, names }, createNodeSigner(key)), what);
    const accepted = acceptCsr(csr, { what, sha256: nodeSha256, verify: verifyWithNode, rules });
    expect(accepted).toEqual({ subjectKey: key.subjectKey, subject, names, omitted: [] });
  });
});
