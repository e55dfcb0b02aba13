/** @module ca-core on Node: hashing, private keys, signing and chains by node:crypto. */
export { findServerChainFault, isIssuedBy } from './chain.ts';
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
