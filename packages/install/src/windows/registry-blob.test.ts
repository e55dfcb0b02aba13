/** @module Certificates out of registry values: what Windows writes, and what is cut short or is none. */
import { describe, expect, it } from 'vitest';
import { createThrowAwayAnchor } from '../../../testkit/src/index.ts';
import { readBlobCertificate } from './registry-blob.ts';
import { parseRegBinary, parseRegText } from './reg-output.ts';

const { certDer, sha1Hex } = createThrowAwayAnchor();

/** Identifier, 1, length, value: as in every dump of such a value, for instance that of NVISO's study of 2019. */
function encodeProperty(id: number, value: Uint8Array): Buffer {
  const header = Buffer.alloc(12);
  header.writeUInt32LE(id, 0);
  header.writeUInt32LE(1, 4);
  header.writeUInt32LE(value.length, 8);
  return Buffer.concat([header, value]);
}

const sha1Property = encodeProperty(3, Buffer.from(sha1Hex, 'hex'));
const friendlyName = encodeProperty(11, Buffer.from('Entwicklung\0', 'utf16le'));
const certificate = encodeProperty(32, certDer);

describe('a registry value with a certificate', () => {
  it('gives the certificate, whatever properties stand before and after it', () => {
    expect(readBlobCertificate(Buffer.concat([sha1Property, friendlyName, certificate]))).toEqual(certDer);
    expect(readBlobCertificate(Buffer.concat([certificate, friendlyName]))).toEqual(certDer);
  });

  it('gives nothing when it holds none, is empty, or ends too early', () => {
    expect(readBlobCertificate(sha1Property)).toBeUndefined();
    expect(readBlobCertificate(new Uint8Array())).toBeUndefined();
    expect(readBlobCertificate(certificate.subarray(0, -1))).toBeUndefined();
    expect(readBlobCertificate(Buffer.concat([sha1Property.subarray(0, 20), certificate]))).toBeUndefined();
  });
});

describe('what reg.exe prints', () => {
  const key = 'HKEY_CURRENT_USER\\Software\\Microsoft\\SystemCertificates\\Root\\Certificates\\00';

  it('is read by the name and type of the value alone', () => {
    expect(parseRegBinary(`\r\n${key}\r\n    Blob    REG_BINARY    0aFF\r\n\r\n`, 'Blob')).toEqual(
      new Uint8Array([10, 255]),
    );
    expect(parseRegText(`\r\n${key}\r\n    TEMP    REG_SZ    C:\\a b\\Temp\r\n`, 'TEMP')).toBe('C:\\a b\\Temp');
  });

  it('gives nothing for another value, another type, half a byte, or a complaint in any language', () => {
    expect(parseRegBinary('    Blob2    REG_BINARY    0A\r\n', 'Blob')).toBeUndefined();
    expect(parseRegBinary('    Blob    REG_SZ    0A\r\n', 'Blob')).toBeUndefined();
    expect(parseRegBinary('    Blob    REG_BINARY    0A0\r\n', 'Blob')).toBeUndefined();
    expect(
      parseRegBinary('FEHLER: Der angegebene Registrierungsschlüssel wurde nicht gefunden.', 'Blob'),
    ).toBeUndefined();
  });
});
