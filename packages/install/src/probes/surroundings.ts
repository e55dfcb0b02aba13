/** @module Looks at what lies around the stores: variables that lead programs elsewhere, and certificates of the root's name. */
import { formatHex, isEqualBytes, parseCertificateView, parsePemOrDer } from '@mintmark/ca-core';
import { nodeSha256 } from '@mintmark/ca-core/node';
import type { TrustAnchor } from '../anchor.ts';
import type { MachineSight, VariableSight } from '../diagnosis/machine.ts';
import { TRUST_VARIABLES, type TrustVariable } from '../diagnosis/trust-variables.ts';
import { certificateSha256Hexes } from '../facts/certificates.ts';
import { LINUX_FAMILIES } from '../facts/linux-families.ts';
import type { MachineReader } from '../machine/machine.ts';

export type TrustSurroundings = Pick<MachineSight, 'variables' | 'namesakes'>;

/** Starts no program. */
export function readTrustSurroundings(reader: MachineReader, anchor: TrustAnchor): TrustSurroundings {
  const bundles = [...new Set(LINUX_FAMILIES.flatMap(({ bundles }) => bundles))];
  const present = bundles.flatMap((path) => reader.realPath(path) ?? []);
  return {
    variables: TRUST_VARIABLES.flatMap((variable) => readVariable(reader, variable, { anchor, bundles: present })),
    namesakes: [...new Set(present)].flatMap((path) => findNamesakes(reader, path, anchor)),
  };
}

type Known = { readonly anchor: TrustAnchor; readonly bundles: readonly string[] };

function readVariable(reader: MachineReader, { name, effect }: TrustVariable, known: Known): VariableSight[] {
  const value = reader.env[name] ?? '';
  if (value === '') return [];
  const common = { name, value, effect };
  // Folders hold the system's roots by habit, and options are not for us to read.
  if (effect === 'options' || effect === 'off' || /_DIR$|CAPATH$/.test(name)) return [common];
  const bytes = reader.readFile(value);
  if (bytes === undefined)
    return reader.status(value)?.kind === 'folder' ? [common] : [{ ...common, content: 'unreadable' }];
  const content = certificateSha256Hexes(bytes).includes(known.anchor.sha256Hex) ? 'root' : 'other';
  const isSystemBundle = known.bundles.includes(reader.realPath(value) ?? value);
  return [{ ...common, content, isSystemBundle }];
}

function findNamesakes(reader: MachineReader, path: string, anchor: TrustAnchor): MachineSight['namesakes'] {
  const bytes = reader.readFile(path);
  if (bytes === undefined) return [];
  return readCertificates(bytes).flatMap((der) => {
    const sha256Hex = formatHex(nodeSha256(der));
    return sha256Hex !== anchor.sha256Hex && hasSubject(der, anchor) ? [{ sha256Hex, where: path }] : [];
  });
}

function readCertificates(bytes: Uint8Array): Uint8Array[] {
  try {
    return parsePemOrDer(bytes, 'the bundle').map(({ der }) => der);
  } catch {
    return [];
  }
}

/** Most certificates don't even hold the name: only those that do are parsed. */
function hasSubject(der: Uint8Array, { subjectDer }: TrustAnchor): boolean {
  if (!Buffer.from(der).includes(Buffer.from(subjectDer))) return false;
  try {
    return isEqualBytes(parseCertificateView(der, 'the bundle').subjectDer, subjectDer);
  } catch {
    return false;
  }
}
