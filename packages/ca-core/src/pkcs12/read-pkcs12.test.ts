/** @module Files that OpenSSL 3.0 wrote (`openssl pkcs12 -export`, one certificate and its key, password "test"). */
import { describe, expect, it } from 'vitest';
import { formatPem } from '../pem/pem.ts';
import { chainOf, isPkcs12, readPkcs12, type Pkcs12Contents } from './index.ts';

/** Without further options. */
const DEFAULT = `
MIIEOwIBAzCCA/EGCSqGSIb3DQEHAaCCA+IEggPeMIID2jCCAnIGCSqGSIb3DQEHBqCCAmMwggJfAgEAMIICWAYJKoZIhvcNAQcBMFcGCSqGSIb3DQEFDT
BKMCkGCSqGSIb3DQEFDDAcBAj6EjJufMFyTwICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEELJL8432XCztQ+bNjQBTeq+AggHwmzbkdtTvK4GF
DA+kb0fweaLEsH8WGFdM8aJiqpnEbMnmska/ybQLIESrIvW+q5PL2cZ2IcxqDLcdQYL3mFmOBrMbh7hX2Ckc/6RmODjQvGDxUbszARviMieow+h7nmxQwU
cCGrcGyPs+DbPE+QsEIsHDG0V9ZQc8xovdCpeFbHlU/uN4s7P6akRAHvYgr3crCc6az6CqCrB6CMnKFD7xC6wfjelRV7DM7Dl5z5+wfpeH8Rk/y4NmbNLV
WKWaFQJcpLOzNsexBAVNqqbYFat5mBu58AE2Vfe21f/xniCjMTjSlJKUkrk+hsHFExIm98WtMWLiyn80dPy5ilpeeuV+a3J6y/YbMoYFC0qRdZl/O7VJXu
CaMbXGhBEBCz20HCkFHUVx5HDVXhrmLp9N9W+EQYKQbVpLrYBq/j+0YaC6VkR+RpEo766xbDZm9PO1te3LusChCSRDEQUw1vclq5r3G5AWXuqoehN3EKE3
Dge8kqPK2C7cc97oeiseM3UURGFkDemQzY+085xz1/TWrVC2xDaW2CUhjeY9OLqeBx7TD5jQlKStOPFmE7RnBG4NtCIu2uYjeDYQy37jodkqsZ8rt7CRbr
xJyfNsTVWDo2F3mg9gzUz5HpXO1nAE5C5g7z9q71QQQO8hodVKWxcJ33O0wTCCAWAGCSqGSIb3DQEHAaCCAVEEggFNMIIBSTCCAUUGCyqGSIb3DQEMCgEC
oIHvMIHsMFcGCSqGSIb3DQEFDTBKMCkGCSqGSIb3DQEFDDAcBAjk6CdFS/akTgICCAAwDAYIKoZIhvcNAgkFADAdBglghkgBZQMEASoEEJoJ8XbcIfd0Qr
YX8giX0E8EgZBYzXoDdr2SmPafA0qv5cfFXFE3s8hgFW8Yb5kKFBnlTB7G8QPDoBDuDmRbfkwGxrgMAmBMC+CkCiZZfsR8jL5t0jCR73N1pHODBHm5S7UV
wbTV+cudHWT9v/t9ON2oxyGRp9rmaSV6QAW8VR/poFbvoTHQsUyr4u//34PDiJK/8FjhZjxHJCeGlGaB6YH3+fsxRDAdBgkqhkiG9w0BCRQxEB4OAG0AeQ
AtAGwAZQBhAGYwIwYJKoZIhvcNAQkVMRYEFMUBiCYIbHRvilkWN7ZJ5vXA6ZXKMEEwMTANBglghkgBZQMEAgEFAAQg3aY+WUIwmqHbwbTWjGNGo6xYXTWs
vkzq3U+GYzMx7U0ECBXuxxGfg8exAgIIAA==`;

/** `-legacy` */
const LEGACY = `
MIIDtQIBAzCCA3sGCSqGSIb3DQEHAaCCA2wEggNoMIIDZDCCAjcGCSqGSIb3DQEHBqCCAigwggIkAgEAMIICHQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQ
YwDgQI1cl/lbMQXNoCAggAgIIB8G2EGKajOIcL7NotgQUvXhCalXvXtESPMQdQ9bHlQHtz69VJk/elyUmTqdZ4YJ2QoRI4GzZIj5laNV8Tr/ykIywJh+b1
5z0JhIFcKbU8b1Fa3yv0STpnivaf/3+RZ5g5Pv3zD87IzoyXy2w31boLhvGDwejGKHJ/DZ00BnYqdIWYBCfX0+slj1Edw33FRrLaMcdjRdciYkc70BE24K
lXuQlOLOu92QrdSQx00FxmCLb1dTB1hWBzSOtQOWxxfuL1VfEVvgHG9/3d+RF2vov4oQJ3DY9DsLb0GZnuV0TYoBO8fbfBD5uYiVarjDu0hKN3v9fVx5XK
4t4hjSc2+GaJeEiTZSm9I1fTozic1d8uatsbkNarbcJbrfQQnXbeMgSEnBSKvPEMeT4Lcf/mpvK/ZKArg2oAhAoKhGbGf0dSQ5FtYV2OGXPuWDtEalDPan
VTUO3tqQ9ah0VGFmqkSdwu4MrRxygIkcHK+myC++jUvqVVWidqW//ePg9GHnFXdIj/y2BMH2JkmgUdhFKonHr9Z++qtCtvjWra32ggSKHE0MXJbeANUo8W
+8PgNObNSzdMAPYBTI9A6xF+L+bC1Zi88uEhKzrD26vI+FSz1Herr36Xx3pXLSJ5lbPgJDcnMDkD/7qVGHedHlmklDrTrzfRYEwwggElBgkqhkiG9w0BBw
GgggEWBIIBEjCCAQ4wggEKBgsqhkiG9w0BDAoBAqCBtDCBsTAcBgoqhkiG9w0BDAEDMA4ECN/Z3vp+GYKGAgIIAASBkPca3Qxs94oHJ9ydBLqyC/f9ViKe
oXj0cWhceylZ0IzB3BX6mB9Pp8NJOe+2BBIjMv7zvQN2F0m0FUeKpBTaoYxPJ20ZI/4TWaiyOXjuX4xUwPWj9LsbYYIreq4f3J1mWoE7nQPtVRMwafB5R8
21MwWiutMbvjdxNy1XJcjF9z+9zlgl07Vf3UVjAb0vJhz8MTFEMB0GCSqGSIb3DQEJFDEQHg4AbQB5AC0AbABlAGEAZjAjBgkqhkiG9w0BCRUxFgQUxQGI
JghsdG+KWRY3tknm9cDplcowMTAhMAkGBSsOAwIaBQAEFKEIBKIdlBhaFXmVg5WlWZV3rJ8BBAiivFM4kaFhpwICCAA=`;

/** `-certpbe PBE-SHA1-RC4-128 -keypbe PBE-SHA1-RC4-40 -macalg sha512` */
const RC4 = `
MIID1wIBAzCCA20GCSqGSIb3DQEHAaCCA14EggNaMIIDVjCCAi8GCSqGSIb3DQEHBqCCAiAwggIcAgEAMIICFQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQ
EwDgQIda7iLYIbbu8CAggAgIIB6GYEDODoEs6xARaB2xS5qVeatZhv7U+d1Uk6fKky0dhIbtuYGyoQ/0/gOuj1VtlPYRAbFZEdEmaka/BhA4A3Hi+8n24L
yEJnYudQE7bYXYPVqN1paMuLLD8koKjqkvdO4t7aI35VTv/1FQ41yk9KZNEaW1w9PRm+r/NrO9/LduC01wSimDRwyof9oaZ/vJ42LU0XKZFPnjiTHGqlEZ
Z279AWqRFFtkVsaVZYX1mhYwc3eSfVOYKJ5pthKI1fO+NtUMEvxdk2ocPz0LuQHzjwdeh83zBQkopLl9McgbwyAbCMtIHj4cZ2oVc1sYYheQ/XtOG07KuL
XzRhm+ijHVba14LmHytH5VUM+dlDH8qwdIfyJAbzLikfIVNO1zwAyoH4szLzjAY+B3fTRxPJrkGFtVQoGZ5LGSUQYHqJsGZrkbZfIP6KQrNeTppVugKhLY
6AO7pALJteZ8D2BeCBVf7bIqdZElZwXqkucX0gpPpUIW75Fs8M9JQmbh4wDDHOIEXRJ/kaWBnw1ShdYx1gtDjNpkOseuB3m+2O+90b2XKX+V0799GyqSVy
OxWCKGYZ4VrzmUsZpmNRLVec1C9We5XwS0S9IeGDpSjnwZm4E8whiPf9frrVQNUgDMkMetUY4ae4+T0h2yvDX6tkMIIBHwYJKoZIhvcNAQcBoIIBEASCAQ
wwggEIMIIBBAYLKoZIhvcNAQwKAQKgga4wgaswHAYKKoZIhvcNAQwBAjAOBAhQz60L8rVWYgICCAAEgYoeWRUh4hI9zEXNrehD7mzPewBuOQtxPG+U3ypN
Dd1vzhjVRy2DZkNSxtiJkvsJ8GeLhAaurb9KTb+5tOJaBbex/utvesPd9Bw8cjonXHfxJf2dUkTME9I00mosbLEtYsRpIKEgnYMr09iOZQUTCpWOk5wsE4
eqXD+yUiW9gaQluwcJ1MRWl0UD8G4xRDAdBgkqhkiG9w0BCRQxEB4OAG0AeQAtAGwAZQBhAGYwIwYJKoZIhvcNAQkVMRYEFMUBiCYIbHRvilkWN7ZJ5vXA
6ZXKMGEwUTANBglghkgBZQMEAgMFAARAMEhaMmeu+Kb29WNY1vwGuEidgSxGPSl9sXyhPi2VLZ2G9W4QCgp4OE1Lppec/U2+5Ik/FcqJrYKBOyyAd2aw3A
QIYnaY5D/lTuECAggA`;

/** `-certpbe PBE-SHA1-2DES -keypbe PBE-SHA1-RC2-128 -macalg sha384` */
const TWO_KEY_DES = `
MIID1QIBAzCCA3sGCSqGSIb3DQEHAaCCA2wEggNoMIIDZDCCAjcGCSqGSIb3DQEHBqCCAigwggIkAgEAMIICHQYJKoZIhvcNAQcBMBwGCiqGSIb3DQEMAQ
QwDgQIHzezdcjtK1ICAggAgIIB8IV69Gq63uHtpK3908RU9hqxmfk9grh4hr+a79HQve0PtMGQtKkkMyMfMUtzwkbZawTqH1Qf5V1mjF/UmbVfIXiSmCD0
nCwFISeW4V/AFQ+qrVxsmLAip6KstV8pkCGSmhsZ7UjiHFN4m3IOqXLTZDCnNiQ1lvL1aQQQhtYcT+YDBHUc8kfU3xM34RvJtOxZztHk/QZWj9wT75pWMU
4FUuX5oug2+ujZz8q5tUInfTW9bGgUQ78byyXqQw43YICBwXScfXWHLfsW89oYdVqpSqoO80Pk4UXzAynJXXJkqZnJh21FKJ0NkdBzEMRKDpAw17bpDMKq
6TL45Z15dUv2CsLO9b6wAHO9/03A8FYbrHyJqm+906c/HaDUv2mD3f1oDCFjdFv5xriLoYHI+3FEf2j81Lwt7Oeocx2ibjXQkWMpk+YcvHLjbNp1vwT/IK
ZapDEdx8rDMRkJ/BIO/bYoLK/Lch6su2h0fI8JuyevdLMJG81h085ZCzYUzRQ4fL1h8N0UIIJS0Asw8bqZbVJJWwz0gVaHOdai+JUGnXRTDLQ0KfFMMA/E
AoRSmm7+VUXalPvvex35C4a7kObfXN1/6Ymz1mqya3c+4XLJShUJ02ilq+WQ/GJsQyrZSgSOZsYY273Be0Dxx0E89C1k2uSp+kIwggElBgkqhkiG9w0BBw
GgggEWBIIBEjCCAQ4wggEKBgsqhkiG9w0BDAoBAqCBtDCBsTAcBgoqhkiG9w0BDAEFMA4ECIRBt72tjBwoAgIIAASBkNLnSYHdqfJcXUFP+Bav9VGT5hvY
24KRSPq1BqVBWf7IIA79I5cqx05gD2G/uhLEV2EgxFkHHw3NO7h9xskgiTpbnpVLyi1YXiesJqTy6ybquTeE7KuMlaldzjq2qcr7cfENKxBI1Buzb7Ho7d
zi/CI+2uE7a7WSpTIkQrMtd7BzRVfxcQQ83d4Ic7yiP939XzFEMB0GCSqGSIb3DQEJFDEQHg4AbQB5AC0AbABlAGEAZjAjBgkqhkiG9w0BCRUxFgQUxQGI
JghsdG+KWRY3tknm9cDplcowUTBBMA0GCWCGSAFlAwQCAgUABDBpd2o6LOjUl5MY7teK2eIjGVDnYoTQyldgbBkUzBHJnVAP2U15EW/wKDFel+7zGGEECP
bIDP0dwHFFAgIIAA==`;

/** `-certpbe PBE-MD5-DES -keypbe PBE-SHA1-RC2-64 -macalg md5` */
const PBES1 = `
MIIDsgIBAzCCA3kGCSqGSIb3DQEHAaCCA2oEggNmMIIDYjCCAjYGCSqGSIb3DQEHBqCCAicwggIjAgEAMIICHAYJKoZIhvcNAQcBMBsGCSqGSIb3DQEFAz
AOBAjZVIN85wq4eAICCACAggHw33gXxNmR7hzs5RTh6VUBCzKnEvK55yjqZVxG8Ism57thGg+dBlkcwg3U7H/eb+j/HmLce7eOkVweaCPlWyblzFNkxZQM
xF1RDTkAjgRovFgOJMznZgfvQf25/aTsaYeJlToWGmixH4vAIcoyviX2sIv86Xmc+gZQyud5V7XlJaf2lktJioDecoysiBeJwd+WBRVWdDP3+XsyXnblCN
A+Xa3c51HcOUfBV1cAao7b46SwWDkTZ+ZeoDReB3iMdvnw1wCRnlrm/nbww4bAAzZKhVr1Q6cOLKotB4yNJwyzXmfZqiW2LrwMaLGx1cSALpQOGbmcuWRw
C/5ZXdhd98xeAM8r7yNIcA4jnUUQW/hhUuIUN6sYQKSq5vOpFdXVFasIdHfgnH7eouaA8WECeq3rord5dBwuw9icwiSM+FTnL1cDRMUzf90evRmsShLwR5
i7Ss1HCO1Wx/z/BxrNs00EpecVA52UZxKgPJ0higc69sQPIYVyx1FHoHdJQ2wMEfRaAwwQLTET5sqPVlU0vX6hx6eYHXcW4cCU7Adt2ZqyOvIOFihKtn4u
YburpidZG1GsngbaKlGJVV4hj9AwboyuebHj5+dYkwkqW9vKPMLXYNk9NZu8uv65WZEgHp2XgmJ+pJvpHN+HOcbMwG+SxNrCCDCCASQGCSqGSIb3DQEHAa
CCARUEggERMIIBDTCCAQkGCyqGSIb3DQEMCgECoIGzMIGwMBsGCSqGSIb3DQEFCzAOBAh9gPQzyDwJLwICCAAEgZAUKk/BoSlqjV8CfiC0wkN+c59i/P1H
hfqnR7H4JXOw1XDLxSz6ZpvxXOwnijRGz1d1Tt1sXDL+Ru4JNjeG6HkM2brvND6J1ZU41sZCEjaws+yj2HYPuLxQyOzEtR/ams0MDvAfEs8mkX+Tx+6D70
Zv7Td+fFh/JUlKBltRJVlAXACTD6q6F+Cx+XTd+renErExRDAdBgkqhkiG9w0BCRQxEB4OAG0AeQAtAGwAZQBhAGYwIwYJKoZIhvcNAQkVMRYEFMUBiCYI
bHRvilkWN7ZJ5vXA6ZXKMDAwIDAMBggqhkiG9w0CBQUABBDQaGOaETtWzLt1U3Gcm13jBAg3BdoLrcyEowICCAA=`;

/** What is in all of them, by `openssl x509 -outform DER` and `openssl pkcs8 -topk8 -nocrypt -outform DER`. */
const CERTIFICATE = `
MIIBbTCCAROgAwIBAgIUJFyHuqgYqSetbKR1z6ID1spLcPQwCgYIKoZIzj0EAwIwDTELMAkGA1UEAwwCQ0EwIBcNMjYxMTIyMTEwOTA0WhgPMjEyNjEwMj
kxMTA5MDRaMA8xDTALBgNVBAMMBGxlYWYwWTATBgcqhkjOPQIBBggqhkjOPQMBBwNCAASLR16pfzpugpMZOFsc/jfvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL
1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2eo00wSzAdBgNVHQ4EFgQU1kj4joDZBqbiFZ7C1imFVslLxWIwHwYDVR0jBBgwFoAUmSGEok7wIsoaikA4ib
bqWl8kUSkwCQYDVR0TBAIwADAKBggqhkjOPQQDAgNIADBFAiEA0A0NfSvwB1T/lFFOdVeTf/pvgIuQH3xbeEnoKJB6Oe0CIF5ZIe02eakew2iSKVWFjUtA
ESKmr7b9vV3IRXTypbnP`;
const PRIVATE_KEY = `
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgmcSgzlvHli4YHJL5tNf+44cpuHzlD9HDBLy1Clvjj2ShRANCAASLR16pfzpugpMZOFsc/j
fvL9Ht+mTUDpDP8fuW0QtkgaXEeQFL1ooqplcrCpi/3F00a8nsmQaCHMIHXZCP0o2e`;

const decode = (base64: string): Uint8Array<ArrayBuffer> => Uint8Array.from(Buffer.from(base64, 'base64'));

const read = (base64: string, password?: string): Pkcs12Contents =>
  readPkcs12(decode(base64), { what: 'a.p12', ...(password === undefined ? {} : { password }) });

const AES = 'AES-256-CBC, key by PBKDF2 and HMAC-SHA-256';
const byPkcs12 = (cipher: string): string => `${cipher}, key by PKCS#12 and SHA-1`;
const files = [
  { name: 'default', base64: DEFAULT, hash: 'SHA-256', labels: [AES, AES] },
  { name: '-legacy', base64: LEGACY, hash: 'SHA-1', labels: [byPkcs12('RC2-40-CBC'), byPkcs12('3DES-CBC')] },
  { name: 'RC4', base64: RC4, hash: 'SHA-512', labels: [byPkcs12('RC4-128'), byPkcs12('RC4-40')] },
  {
    name: '2-key 3DES',
    base64: TWO_KEY_DES,
    hash: 'SHA-384',
    labels: [byPkcs12('2-key 3DES-CBC'), byPkcs12('RC2-128-CBC')],
  },
  {
    name: 'PBES1',
    base64: PBES1,
    hash: 'MD5',
    labels: ['DES-CBC, key by PBKDF1 and MD5', 'RC2-64-CBC, key by PBKDF1 and SHA-1'],
  },
];

describe.each(files)('a file of OpenSSL, $name', ({ base64, hash, labels }) => {
  it('is told and read', () => {
    expect(isPkcs12(decode(base64))).toBe(true);
    const contents = read(base64, 'test');
    const localKeyIdHex = 'c5018826086c746f8a591637b649e6f5c0e995ca';
    const names = { friendlyName: 'my-leaf', localKeyIdHex };
    expect(contents).toEqual({
      certificates: [{ certDer: decode(CERTIFICATE), isTrusted: false, ...names }],
      privateKeys: [{ pkcs8Der: decode(PRIVATE_KEY), ...names }],
      crls: [],
      otherCount: 0,
      mac: { scheme: 'PKCS#12', hash, iterations: 2048 },
      encryption: { certificates: labels.slice(0, 1), privateKeys: labels.slice(1) },
    });
    expect(chainOf(contents)).toEqual(contents.certificates);
  });

  it.each(['', 'Test', 'test ', 'test\n', 'test\0', 'tes', 'tést'])('does not open with %j', (password) => {
    expect(() => read(base64, password)).toThrow(expect.objectContaining({ code: 'PKCS12_PASSWORD_WRONG' }));
  });

  it('asks for a password', () => {
    expect(() => read(base64)).toThrow(expect.objectContaining({ code: 'PKCS12_PASSWORD_NEEDED' }));
  });

  it('notices each changed byte of what the MAC covers', () => {
    const bytes = decode(base64);
    for (let at = 40; at < bytes.length - 90; at += 13) {
      const changed = bytes.map((byte, i) => (i === at ? byte ^ 1 : byte));
      expect(() => readPkcs12(changed, { what: 'a.p12', password: 'test' }), `byte ${at}`).toThrow(
        expect.objectContaining({ code: expect.stringMatching(/^PKCS12_/) }),
      );
    }
  });
});

describe('other clothes', () => {
  it('as PEM, which certtool writes', () => {
    const pem = Buffer.from(`Bag\n${formatPem('PKCS12', decode(LEGACY))}`);
    expect(isPkcs12(pem)).toBe(true);
    expect(readPkcs12(pem, { what: 'a.p12', password: 'test' }).certificates).toHaveLength(1);
  });

  it('bytes behind the end change nothing', () => {
    const padded = Uint8Array.of(...decode(LEGACY), 13, 10);
    expect(readPkcs12(padded, { what: 'a.p12', password: 'test' }).certificates).toHaveLength(1);
  });

  it('a view into a larger buffer is read as itself', () => {
    const larger = new Uint8Array(2000).fill(7);
    larger.set(decode(LEGACY), 500);
    const view = larger.subarray(500, 500 + decode(LEGACY).length);
    expect(readPkcs12(view, { what: 'a.p12', password: 'test' }).certificates[0]?.certDer).toEqual(decode(CERTIFICATE));
  });
});

describe('what is no PKCS#12 file', () => {
  it.each([
    ['a certificate', decode(CERTIFICATE)],
    ['a key', decode(PRIVATE_KEY)],
    ['text', Buffer.from('hello')],
    ['nothing', new Uint8Array()],
    ['a PEM certificate', Buffer.from(formatPem('CERTIFICATE', decode(CERTIFICATE)))],
  ])('is told from one: %s', (_name, bytes) => {
    expect(isPkcs12(bytes)).toBe(false);
    const code = expect.stringMatching(/^(?:PKCS12_INVALID|PEM_NOT_FOUND|INPUT_EMPTY)$/);
    expect(() => readPkcs12(bytes, { what: 'a.p12', password: 'test' })).toThrow(expect.objectContaining({ code }));
  });

  it('is refused when it is too large to be one', () => {
    const bytes = new Uint8Array(1024 * 1024 + 1).fill(0x30);
    expect(() => readPkcs12(bytes, { what: 'a.p12' })).toThrow(expect.objectContaining({ code: 'INPUT_TOO_LARGE' }));
  });
});
