/**
 * @module A strict, quick view of a DER certificate: the fields that signing, linting and pins need, as byte ranges.
 * It understands the extensions that Mintmark writes and lists the others by OID. For certificates of others, with all
 * their peculiarities, `@mintmark/ca-core/read` uses a general parser.
 */
import type { Bytes } from '../der/bytes.ts';
import { DerReader } from '../der/reader.ts';
import { contextConstructed, TAG_BOOLEAN, TAG_INTEGER, TAG_OCTET_STRING, TAG_SEQUENCE } from '../der/tags.ts';

export type ExtensionView = { readonly oid: string; readonly isCritical: boolean; readonly value: Bytes };

export type TbsView = {
  /** Content of the serial's INTEGER, sign byte included. */
  readonly serialContent: Bytes;
  readonly signatureAlgorithmDer: Bytes;
  readonly issuerDer: Bytes;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly subjectDer: Bytes;
  readonly spkiDer: Bytes;
  readonly extensions: readonly ExtensionView[];
};

export type CertificateView = TbsView & { readonly certDer: Bytes; readonly tbsDer: Bytes; readonly signature: Bytes };

/** @param what how messages name it. @throws DER_INVALID */
export function parseCertificateView(certDer: Uint8Array, what: string): CertificateView {
  const outer = new DerReader(certDer, what);
  const certificate = outer.enterSequence();
  outer.assertEnd();
  const tbsDer = certificate.readElement(TAG_SEQUENCE).der;
  certificate.readElement(TAG_SEQUENCE);
  const signature = certificate.readBitString();
  certificate.assertEnd();
  return { ...parseTbsView(tbsDer, what), certDer: certDer as Bytes, tbsDer, signature };
}

/** The fields of a version 3 TBSCertificate. @throws DER_INVALID */
export function parseTbsView(tbsDer: Uint8Array, what: string): TbsView {
  const tbs = new DerReader(tbsDer, what).enterSequence();
  const version = tbs.enter(contextConstructed(0)).readSmallInteger();
  if (version !== 2) tbs.fail('not a version 3 certificate');
  const serialContent = tbs.readElement(TAG_INTEGER).value;
  const signatureAlgorithmDer = tbs.readElement(TAG_SEQUENCE).der;
  const issuerDer = tbs.readElement(TAG_SEQUENCE).der;
  const validity = tbs.enterSequence();
  const [notBefore, notAfter] = [validity.readTime(), validity.readTime()];
  const subjectDer = tbs.readElement(TAG_SEQUENCE).der;
  const spkiDer = tbs.readElement(TAG_SEQUENCE).der;
  const extensions = tbs.isAtEnd ? [] : readExtensions(tbs.enter(contextConstructed(3)));
  tbs.assertEnd();
  return { serialContent, signatureAlgorithmDer, issuerDer, notBefore, notAfter, subjectDer, spkiDer, extensions };
}

function readExtensions(wrapper: DerReader): ExtensionView[] {
  const list = wrapper.enterSequence();
  wrapper.assertEnd();
  const extensions: ExtensionView[] = [];
  while (!list.isAtEnd) {
    const extension = list.enterSequence();
    const oid = extension.readOid();
    const isCritical = extension.readOptional(TAG_BOOLEAN)?.value[0] === 0xff;
    extensions.push({ oid, isCritical, value: extension.readElement(TAG_OCTET_STRING).value });
    extension.assertEnd();
  }
  return extensions;
}

/** The extension with this OID; undefined when absent. */
export function findExtension(view: TbsView, oid: string): ExtensionView | undefined {
  return view.extensions.find((extension) => extension.oid === oid);
}
