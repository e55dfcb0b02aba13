/** @module Whether the file that is said to hold a root does: commands are planned with its path only then. */
import type { TrustAnchor } from '../anchor.ts';
import type { MachineReader } from '../machine/machine.ts';
import { certificateSha256Hexes } from './certificates.ts';

/** True when the file holds this root and nothing else. */
export function isRootFileThere(reader: MachineReader, { certFile, sha256Hex }: TrustAnchor): boolean {
  const held = certificateSha256Hexes(reader.readFile(certFile) ?? new Uint8Array());
  return held.length === 1 && held[0] === sha256Hex;
}
