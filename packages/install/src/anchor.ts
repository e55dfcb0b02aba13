/** @module The root that goes into trust stores, and the names it has there. All of them come from its SHA-256. */
import { formatHex, formatPem, parseIssuer, type Bytes } from '@mintmark/ca-core';
import { nodeSha1, nodeSha256 } from '@mintmark/ca-core/node';

export type TrustAnchor = {
  readonly caName: string;
  readonly certDer: Bytes;
  readonly certPem: string;
  /** Lower-case hex. */
  readonly sha256Hex: string;
  /** Lower-case hex; macOS and Windows know certificates by it. Never used to tell two apart. */
  readonly sha1Hex: string;
  readonly subjectDer: Bytes;
  /** Plain letters and digits, the same wherever a file or alias is named: `mintmark-0123456789abcdef`. */
  readonly fileStem: string;
  /** In NSS databases, where one name stands for one subject. */
  readonly nickname: string;
  /** Where its PEM lies, for commands that take a file. */
  readonly certFile: string;
};

const STEM_DIGITS = 16;

/** @param certDer DER of one CA certificate @throws CERTIFICATE_INVALID */
export function createAnchor(input: {
  readonly caName: string;
  readonly certDer: Bytes;
  readonly certFile: string;
}): TrustAnchor {
  const { caName, certDer, certFile } = input;
  const sha256Hex = formatHex(nodeSha256(certDer));
  const fileStem = `mintmark-${sha256Hex.slice(0, STEM_DIGITS)}`;
  return {
    caName,
    certDer,
    certPem: formatPem('CERTIFICATE', certDer),
    sha256Hex,
    sha1Hex: formatHex(nodeSha1(certDer)),
    subjectDer: parseIssuer(certDer, nodeSha256, certFile).subjectDer,
    fileStem,
    nickname: `Mintmark ${caName} ${sha256Hex.slice(0, STEM_DIGITS)}`,
    certFile,
  };
}
