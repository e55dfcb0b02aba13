/** @module The peer @peculiar/x509: the same certificate by its generator, on Node's WebCrypto. */
import { createHash, webcrypto } from 'node:crypto';
import {
  AuthorityKeyIdentifierExtension,
  BasicConstraintsExtension,
  ExtendedKeyUsage,
  ExtendedKeyUsageExtension,
  KeyUsageFlags,
  KeyUsagesExtension,
  SubjectAlternativeNameExtension,
  SubjectKeyIdentifierExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { NAMES } from './names.ts';
import type { Workload } from './workload.ts';

const BATCH = 150;
const DAYS = 397;
const DAY_MS = 86_400_000;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** Key identifiers are worked out once, as ours are. */
export async function createPeculiarWorkload(): Promise<Workload> {
  const [ca, subject] = [await generateKeys(), await generateKeys()];
  const identifiers = { ca: await identify(ca), subject: await identify(subject) };
  const issue = () => {
    const notBefore = new Date();
    return X509CertificateGenerator.create(
      {
        subject: `CN=${NAMES[0]}`,
        issuer: 'CN=Mintmark bench CA',
        notBefore,
        notAfter: new Date(notBefore.getTime() + DAYS * DAY_MS),
        publicKey: subject.publicKey,
        signingKey: ca.privateKey,
        signingAlgorithm: ALGORITHM,
        extensions: createExtensions(identifiers),
      },
      webcrypto,
    );
  };
  const run = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) await issue();
  };
  return { name: 'peculiar', batch: BATCH, run };
}

const generateKeys = () => webcrypto.subtle.generateKey(ALGORITHM, true, ['sign', 'verify']);

async function identify({ publicKey }: webcrypto.CryptoKeyPair): Promise<string> {
  const point = await webcrypto.subtle.exportKey('raw', publicKey);
  return createHash('sha256').update(Buffer.from(point)).digest('hex').slice(0, 40);
}

function createExtensions(identifiers: { readonly ca: string; readonly subject: string }) {
  return [
    new BasicConstraintsExtension(false, undefined, true),
    new KeyUsagesExtension(KeyUsageFlags.digitalSignature, true),
    new ExtendedKeyUsageExtension([ExtendedKeyUsage.serverAuth]),
    new SubjectAlternativeNameExtension(NAMES.map((value) => ({ type: value === 'localhost' ? 'dns' : 'ip', value }))),
    new SubjectKeyIdentifierExtension(identifiers.subject),
    new AuthorityKeyIdentifierExtension(identifiers.ca),
  ];
}
