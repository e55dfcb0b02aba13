/** @module ca-core on Node: hashing, private keys and signing by node:crypto. */
export { createSerialBytes, nodeSha1, nodeSha256 } from './hash.ts';
export {
  createPrivateKeyOfType,
  formatPrivateKey,
  isPrivateKeyEncrypted,
  openPrivateKey,
  parsePrivateKey,
  type NodePrivateKey,
  type ReadKeyOptions,
} from './private-key.ts';
export { createNodeSigner, verifyWithNode } from './signer.ts';
