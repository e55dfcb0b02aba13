/** @module What `inspect` and `pin` see in a PKCS#12 file: the chain of its key, other certificates, then the keys. */
import { formatPem, isCaError, type Bytes, type PemBlock } from '@mintmark/ca-core';
import { chainOf, isPkcs12, readPkcs12, type Pkcs12Contents } from '@mintmark/ca-core/pkcs12';
import { parseCertificate } from '@mintmark/ca-core/read';
import { cliError } from './cli-errors.ts';
import type { Access } from './command.ts';
import { readKeyFacts } from './key-facts.ts';
import { readPasswordFile } from './passphrase.ts';
import type { TargetObject } from './targets.ts';

/** Undefined when the file is of another kind. @throws PKCS12_*, KEY_TOO_COSTLY, and the parsers' codes */
export async function readPkcs12Target(
  bytes: Uint8Array,
  what: string,
  access: Access,
): Promise<TargetObject[] | undefined> {
  if (!isPkcs12(bytes)) return undefined;
  const contents = await open(bytes, what, access);
  const chain = chainOf(contents);
  const others = contents.certificates.filter((entry) => !chain.includes(entry));
  const objects = [
    ...[...chain, ...others].map(({ certDer }): TargetObject => ({
      kind: 'certificate',
      facts: parseCertificate(certDer, what),
    })),
    ...contents.privateKeys.map(({ pkcs8Der }): TargetObject => ({
      kind: 'key',
      facts: readKeyFacts(toBlock(pkcs8Der), { what }),
    })),
  ];
  if (objects.length === 0)
    throw cliError('TARGET_UNREADABLE', { target: what, reason: 'holds neither certificates nor private keys' });
  return objects;
}

function toBlock(der: Bytes): PemBlock {
  const label = 'PRIVATE KEY';
  return { label, der, headers: '', pem: formatPem(label, der) };
}

/** With the password of --password-file, else without one, else asked where there is a terminal. */
async function open(bytes: Uint8Array, what: string, access: Access): Promise<Pkcs12Contents> {
  const password = readPasswordFile(access);
  if (password !== undefined) return readPkcs12(bytes, { what, password });
  try {
    return readPkcs12(bytes, { what });
  } catch (cause) {
    if (!isCaError(cause) || cause.code !== 'PKCS12_PASSWORD_NEEDED' || !access.context.canAsk) throw cause;
    const { askSecret } = await import('./terminal/ask.ts');
    return readPkcs12(bytes, { what, password: await askSecret(`Password of ${what}:`) });
  }
}
