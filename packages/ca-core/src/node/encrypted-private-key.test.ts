/** @module Encrypted keys of others: scrypt at the cost that OpenSSL writes, and beyond what it reads. */
import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parsePrivateKey } from './private-key.ts';

const PASSPHRASE = 'pass word';
const PUBLIC_KEY =
  'MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEOitb7DseFgcrfpFDHSMLImE9KZw/0ZHSz7NWhpxhrAREPOoITeoCOr28B4/6DHSdI26qeEJ1MdGoS2NJMuVvBg==';

/** `openssl pkcs8 -topk8 -scrypt`: N = 2^14, r = 8. */
const OPENSSL = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHkME8GCSqGSIb3DQEFDTBCMCEGCSsGAQQB2kcECzAUBAhmy5hRLlXFrgICQAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBB0MaD+I7SfNQ1+5bzHIHGEBIGQeGWCfIajF/nP
t/X7lsJoZQA9AMj3X68wNIjklZHkfTHWw/jWf/mN9E4pK1FnllUhHmuzGYoiXdZr
nVfRelwof5kbLArDDle6iNimSBoSE2hppFt46rbg1ntzC+ec64SzNpqWy9UI65+Z
hsWSOl8qjdVvny9LShwd1v56j6UZhTJ8BgKV87ZUI8+piL5Weu3f
-----END ENCRYPTED PRIVATE KEY-----
`;

/** By Python's hashlib.scrypt with N = 2^15, r = 8, and `openssl enc -aes-256-cbc`. OpenSSL 3.0 ends with "memory limit exceeded". */
const COSTLY = `-----BEGIN ENCRYPTED PRIVATE KEY-----
MIHtMFgGCSqGSIb3DQEFDTBLMCoGCSsGAQQB2kcECzAdBBB5MMknU4l/Tq2KSwTg39L7AgMAgAAC
AQgCAQEwHQYJYIZIAWUDBAEqBBDTtvk5lrt/dz3Rk8ltZ8LEBIGQwgGGdf3x/e2nIP5OMlbv3MKV
GTVMLhCwBcGzyTHPUAu77q30oGiKn0aHsqzdxy7X6Nt2kTAf190TULuZ5UwRB0BoW6SWip+TnUMK
b93iM09saMOQPjGqT8vlx9q9ShYTRPdWj9fIy0+Z0dQcJtaIrs/xluOwMVmr9MRD8xxbHl43HheV
ruwHE5IAkvuEf9+w
-----END ENCRYPTED PRIVATE KEY-----
`;

const read = (pem: string, passphrase: string) =>
  parsePrivateKey(Buffer.from(pem), { what: 'the sample', passphrase }).keyObject;

describe('a key under scrypt', () => {
  it.each([
    ['as OpenSSL writes it', OPENSSL],
    ['at more than OpenSSL reads', COSTLY],
  ])('%s is opened by its passphrase and by no other', (_name, pem) => {
    const key = createPublicKey(read(pem, PASSPHRASE)).export({ type: 'spki', format: 'der' });
    expect(key.toString('base64')).toBe(PUBLIC_KEY);
    expect(() => read(pem, 'pass words')).toThrow(expect.objectContaining({ code: 'KEY_PASSPHRASE_WRONG' }));
  });
});
