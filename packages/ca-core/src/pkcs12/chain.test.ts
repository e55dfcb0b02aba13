/** @module The order of certificates. "CA" is the name of two: one signed the leaf, the other has only its name. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { chainOf, type Pkcs12Certificate, type Pkcs12Contents, type Pkcs12PrivateKey } from './index.ts';

const decode = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));

const certificate = (base64: string, friendlyName: string): Pkcs12Certificate => ({
  certDer: decode(base64),
  friendlyName,
  isTrusted: false,
});

const LEAF = certificate(
  `
MIIBbTCCAROgAwIBAgIUJFyHuqgYqSetbKR1z6ID1spLcPQwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwIBcNMjYxMTIyMTEwOTA0WhgPMjEyNjEwMj
kxMTA5MDRaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLR16pfzpugpMZOFsc/jfvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL
1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2eo00wSzAdBgNVHQ4EFgQU1kj4joDZBqbiFZ7C1imFVslLxWIwHwYDVR0jBBgwFoAUmSGEok7wIsoaikA4ib
bqWl8kUSkwCQYDVR0TBAIwADAKBggqhkjOPQQDAgNIADBFAiEA0A0NfSvwB1T/lFFOdVeTf/pvgIuQH3xbeEnoKJB6Oe0CIF5ZIe02eakew2iSKVWFjUtA
ESKmr7b9vV3IRXTypbnP`,
  'leaf',
);
const CA = certificate(
  `
MIIBdDCCARmgAwIBAgIUM5WqmVL80Xh3Pxfu56gCX3XEoGMwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjIxMTA5MDRaGA8yMTI2MT
AyOTExMDkwNFowDTELMAkGA1UEAwwCQ0EwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAAQuc//STP/Dd4fotOfdTwMlxhEfCns/Ok/EnsW6/5aP9Rjg2grL
QBrrmjYCnMbK1tWReBbd1c2W/bTGUAXITthUo1MwUTAdBgNVHQ4EFgQUmSGEok7wIsoaikA4ibbqWl8kUSkwHwYDVR0jBBgwFoAUl1HgcNGqUJjzpvZhx4
crZq9G/RcwDwYDVR0TAQH/BAUwAwEB/zAKBggqhkjOPQQDAgNJADBGAiEAzhrzYr8h1HugWj+XIu98KqfkCdG7MF2YwS+Y7fSC8GECIQDLDtDL0eYc3wSY
0GCDk/T7GoFL9158sDha1WU8wsym5A==`,
  'ca',
);
const FAKE_CA = certificate(
  `
MIIBcTCCARegAwIBAgIUfKZwu1TmBLD/4RtpF631LAoCqXYwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwIBcNMjYxMTIyMTEwOTA0WhgPMjEyNjEwMj
kxMTA5MDRaMA0xCzAJBgNVBAMMAkNBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEBoc2dNnXQFh+useGaZ3JC5onLAqVPsAdAyeJprabRu1TV3zArOy5
dFY8iBWBtdyMpfsVxpa97jq81a3LB6bV8KNTMFEwHQYDVR0OBBYEFMOLfEhiIbPB0AtDwz921y79XA95MB8GA1UdIwQYMBaAFMOLfEhiIbPB0AtDwz921y
79XA95MA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIhAPoLkFdk+Zaue2yM2Fvh5XhqEqRUrf521zxNrepiU+gdAiAoteuve5oELOsBvmB7
QFG4JBnG3ix1ilyy2y/7Bd8Y+A==`,
  'fake',
);
const ROOT = certificate(
  `
MIIBdTCCARugAwIBAgIUWNAJsphUMhWNy8zUuvkPEAk4m8gwCgYIKoZIzj0EAwIwDzENMAsGA1UEAwwEUm9vdDAgFw0yNjExMjIxMTA5MDRaGA8yMTI2MT
AyOTExMDkwNFowDzENMAsGA1UEAwwEUm9vdDBZMBMGByqGSM49AgEGCCqGSM49AwEHA0IABHnS+3od9XGAhtHM7tr51wUOaE5IBSRxH6++eMSoVwK2c6kr
WBdl0J8gFCXadrkgy8LchIJI6KuBkIaF8PcyYfejUzBRMB0GA1UdDgQWBBSXUeBw0apQmPOm9mHHhytmr0b9FzAfBgNVHSMEGDAWgBSXUeBw0apQmPOm9m
HHhytmr0b9FzAPBgNVHRMBAf8EBTADAQH/MAoGCCqGSM49BAMCA0gAMEUCICt130/j9ooDO/FIKHIm+9RQPr0IqHOjcUORIEKRKpDUAiEA1xOIPjuyWMF9
eOokdPja/XHiPqIfPvzGm234on5HieM=`,
  'root',
);
/** Of the leaf. */
const KEY: Pkcs12PrivateKey = {
  pkcs8Der: decode(`
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmcSgzlvHli4YHJL5tNf+44cpuHzlD9HDBLy1Clvjj2ShRANCAASLR16pfzpugpMZOFsc/j
fvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2e`),
};
const UNREADABLE: Pkcs12Certificate = { certDer: Uint8Array.of(0x30, 0), friendlyName: 'unreadable', isTrusted: false };

const contentsOf = (certificates: Pkcs12Certificate[], privateKeys: Pkcs12PrivateKey[]): Pkcs12Contents => ({
  certificates,
  privateKeys,
  crls: [],
  otherCount: 0,
  mac: 'none',
  encryption: { certificates: [], privateKeys: [] },
});

const namesOf = (certificates: Pkcs12Certificate[], privateKeys: Pkcs12PrivateKey[] = [KEY]): (string | undefined)[] =>
  chainOf(contentsOf(certificates, privateKeys)).map(({ friendlyName }) => friendlyName);

describe('chainOf', () => {
  it.each([
    ['in order', [LEAF, CA, ROOT]],
    ['backwards', [ROOT, CA, LEAF]],
    ['with another CA of that name', [FAKE_CA, ROOT, LEAF, CA]],
    ['with repetitions', [ROOT, ROOT, CA, CA, LEAF, LEAF]],
    ['with one that can’t be read', [UNREADABLE, CA, LEAF, ROOT]],
  ])('goes from the certificate of the key to the root: %s', (_name, certificates) => {
    expect(namesOf(certificates)).toEqual(['leaf', 'ca', 'root']);
    expect(namesOf(certificates, [])).toEqual(['leaf', 'ca', 'root']);
  });

  it('ends where the file ends, and never at one that did not sign', () => {
    expect(namesOf([FAKE_CA, LEAF])).toEqual(['leaf']);
    expect(namesOf([ROOT, FAKE_CA, LEAF])).toEqual(['leaf']);
    expect(namesOf([CA, FAKE_CA, LEAF])).toEqual(['leaf', 'ca']);
  });

  it('believes the key more than its id', () => {
    const named = { ...KEY, localKeyIdHex: '01' };
    expect(namesOf([{ ...CA, localKeyIdHex: '01' }, LEAF, ROOT], [named])).toEqual(['leaf', 'ca', 'root']);
  });

  it('takes the one with the id among several of one key', () => {
    const renewed = { ...LEAF, friendlyName: 'renewed', localKeyIdHex: '02' };
    expect(namesOf([LEAF, renewed], [{ ...KEY, localKeyIdHex: '02' }])).toEqual(['renewed']);
    expect(namesOf([LEAF, renewed])).toEqual(['leaf']);
  });

  it('goes by the id where the key can’t be compared', () => {
    const odd = { pkcs8Der: Uint8Array.of(0x30, 0), localKeyIdHex: '03' };
    expect(namesOf([ROOT, { ...CA, localKeyIdHex: '03' }, LEAF], [odd])).toEqual(['ca', 'root']);
  });

  it('is asked for one key of several', () => {
    const odd = { pkcs8Der: Uint8Array.of(0x30, 0), localKeyIdHex: '03' };
    const contents = contentsOf([ROOT, { ...CA, localKeyIdHex: '03' }, LEAF], [odd, KEY]);
    expect(chainOf(contents, KEY).map(({ friendlyName }) => friendlyName)).toEqual(['leaf', 'ca', 'root']);
    expect(chainOf(contents, { pkcs8Der: Uint8Array.of(0x30, 0) })).toEqual([]);
  });

  it('begins with the first where no key fits', () => {
    expect(namesOf([CA, ROOT])).toEqual(['ca', 'root']);
    expect(namesOf([UNREADABLE], [])).toEqual(['unreadable']);
    expect(namesOf([], [])).toEqual([]);
    expect(namesOf([])).toEqual([]);
  });

  it('takes a moment for thousands of one name', () => {
    const many = Array.from({ length: 2500 }, () => FAKE_CA);
    const started = process.cpuUsage();
    expect(namesOf([...many, LEAF])).toEqual(['leaf']);
    expect(process.cpuUsage(started).user).toBeLessThan(5_000_000);
  });

  it('takes a moment for hundreds of keys beside hundreds of certificates', () => {
    const ed25519 = Buffer.from('302e020100300506032b657004220420', 'hex'); // PKCS#8 before the 32 bytes of the key, RFC 8410
    const keys = Array.from({ length: 400 }, (_, i) => ({
      pkcs8Der: Uint8Array.from([
        ...ed25519,
        ...Array.from({ length: 32 }, (_byte, at) => (at === 0 ? i & 255 : i >> 8)),
      ]),
    }));
    const certificates = Array.from({ length: 400 }, () => FAKE_CA);
    const reads = vi.spyOn(X509Certificate.prototype, 'publicKey', 'get');
    const started = process.cpuUsage();
    expect(namesOf(certificates, keys)).toEqual(['fake']);
    expect(process.cpuUsage(started).user).toBeLessThan(2_000_000);
    // Each once, and some for signatures.
    expect(reads.mock.calls.length).toBeLessThan(500);
    reads.mockRestore();
  });

  it('looks at no key behind the one that has a certificate', () => {
    const unread = {
      get pkcs8Der(): never {
        throw new Error('was looked at');
      },
    };
    expect(namesOf([LEAF], [KEY, unread])).toEqual(['leaf']);
  });
});
