/** @module A root for tests of trust stores: real, scoped, and of a CA that nobody keeps. */
import { createScope, findBlocks, parseKeyType } from '@mintmark/ca-core';
import { createCa } from '@mintmark/ca-store';
import { createAnchor, type TrustAnchor } from '@mintmark/install';
import { FIXED_NOW } from './fixed-clock.ts';

/** Another one at every call. */
export function createThrowAwayAnchor(certFile = '/home/u/root.pem'): TrustAnchor {
  const scope = createScope({ domains: [] }, { isPublicSuffix: () => false });
  const { files } = createCa({ name: 'default', scope, keyType: parseKeyType('ecdsa-p256'), now: FIXED_NOW });
  const [block] = findBlocks(Buffer.from(files.rootPem), 'the root', { labels: ['CERTIFICATE'], wanted: 'a root' });
  if (block === undefined) throw new Error('the root has no PEM block');
  return createAnchor({ caName: 'default', certDer: block.der, certFile });
}
