/** @module PEM and property lists out of what `security` prints, on systems old and new. */
import { describe, expect, it } from 'vitest';
import { createThrowAwayAnchor } from '../../../testkit/src/index.ts';
import { countCertificates, isRightAllowed } from './security-output.ts';

const anchor = createThrowAwayAnchor();
const other = createThrowAwayAnchor();

describe('a listing of a keychain', () => {
  it('counts each certificate, twice the same one included', () => {
    const counts = countCertificates(anchor.certPem + other.certPem + anchor.certPem);
    expect(counts.get(anchor.sha256Hex)).toBe(2);
    expect(counts.get(other.sha256Hex)).toBe(1);
  });

  it('takes the hash of the bytes, not the one that is printed', () => {
    // As find-certificate -a -Z -p prints it since macOS 10.13; before, only the line of SHA-1 stood there (keychain_find.c).
    const listing = `SHA-256 hash: ${anchor.sha256Hex.toUpperCase()}\nSHA-1 hash: ${anchor.sha1Hex}\n${other.certPem}`;
    expect([...countCertificates(listing).keys()]).toEqual([other.sha256Hex]);
  });

  it('is empty for an empty keychain and for a complaint', () => {
    expect(countCertificates('').size).toBe(0);
    expect(countCertificates('security: SecKeychainSearchCopyNext: Das Objekt wurde nicht gefunden.').size).toBe(0);
  });
});

describe('a right of the authorization database', () => {
  const plist = (body: string): string =>
    `<?xml version="1.0" encoding="UTF-8"?>\n<plist version="1.0">\n<dict>\n${body}\n</dict>\n</plist>\n`;

  it('asks nobody when its rule or its class is allow', () => {
    // After `security authorizationdb write com.apple.trust-settings.user allow`, macOS 13.
    expect(
      isRightAllowed(
        plist('<key>class</key><string>rule</string>\n<key>rule</key>\n<array>\n<string>allow</string>\n</array>'),
      ),
    ).toBe(true);
    expect(isRightAllowed(plist('<key>rule</key>\n<string>allow</string>'))).toBe(true);
    expect(isRightAllowed(plist('<key>class</key>\n<string>allow</string>'))).toBe(true);
  });

  it('asks when it is as macOS ships it, or when allow is one rule of several', () => {
    expect(
      isRightAllowed(
        plist(
          '<key>class</key>\n<string>rule</string>\n<key>rule</key>\n<array>\n<string>authenticate-session-owner</string>\n</array>',
        ),
      ),
    ).toBe(false);
    expect(
      isRightAllowed(plist('<key>rule</key>\n<array>\n<string>allow</string>\n<string>is-admin</string>\n</array>')),
    ).toBe(false);
    expect(isRightAllowed(plist('<key>comment</key>\n<string>allow</string>'))).toBe(false);
    expect(isRightAllowed('')).toBe(false);
  });
});
