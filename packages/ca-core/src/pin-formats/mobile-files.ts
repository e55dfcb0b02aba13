/** @module The configuration files by which phones pin: Android's network security configuration, iOS's Info.plist, TrustKit. */
import { formatBase64 } from '../der/bytes.ts';
import { spkiPins, type PinSubject, type Unsuitable } from './pin-format.ts';

const dayOf = (date: Date): string => date.toISOString().slice(0, 10);

/** developer.android.com/privacy-and-security/security-config, element pin-set. */
export function formatAndroidConfig(subject: PinSubject): string {
  const { server, certificate, backupSpkiSha256 } = subject;
  const end = certificate === undefined ? '' : ` expiration="${dayOf(certificate.notAfter)}"`;
  const pins = spkiPins(subject).map((digest) => `      <pin digest="SHA-256">${formatBase64(digest)}</pin>`);
  // Two hyphens may not stand in an XML comment.
  const spare =
    backupSpkiSha256 === undefined
      ? '\n      Lint asks for a second pin, of a spare key: the option backup of mintmark pin makes one.'
      : '';
  return `<?xml version="1.0" encoding="utf-8"?>
<!-- res/xml/network_security_config.xml, named by android:networkSecurityConfig in the manifest.
      The pins come on top of the other checks: put the server's certificate, or its CA, into res/raw/pinned.pem.
      Android stops to compare pins on the day of "expiration": ship another one before.${spare} -->
<network-security-config>
  <domain-config cleartextTrafficPermitted="false">
    <domain includeSubdomains="false">${server.host}</domain>
    <trust-anchors>
      <certificates src="@raw/pinned" overridePins="false" />
    </trust-anchors>
    <pin-set${end}>
${pins.join('\n')}
    </pin-set>
  </domain-config>
</network-security-config>
`;
}

const PLIST_HEAD = `<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE plist PUBLIC "-//Apple//DTD PLIST 1.0//EN" "http://www.apple.com/DTDs/PropertyList-1.0.dtd">
<plist version="1.0">`;

/** developer.apple.com/documentation/bundleresources/information-property-list/nspinneddomains */
export function formatInfoPlist(subject: PinSubject): string {
  const list = subject.roles[0] === 'ca' ? 'NSPinnedCAIdentities' : 'NSPinnedLeafIdentities';
  const identities = spkiPins(subject).map(
    (digest) => `          <dict>
            <key>SPKI-SHA256-BASE64</key>
            <string>${formatBase64(digest)}</string>
          </dict>`,
  );
  return `${PLIST_HEAD}
<!-- For Info.plist. The pins come on top of the other checks: the device must trust the CA as well.
     A list of leaves and a list of CAs together would both have to match. -->
<dict>
  <key>NSAppTransportSecurity</key>
  <dict>
    <key>NSPinnedDomains</key>
    <dict>
      <key>${subject.server.host}</key>
      <dict>
        <key>NSIncludesSubdomains</key>
        <false/>
        <key>${list}</key>
        <array>
${identities.join('\n')}
        </array>
      </dict>
    </dict>
  </dict>
</dict>
</plist>
`;
}

/** github.com/datatheorem/TrustKit, docs/getting-started.md and TSKTrustKitConfig.h */
export function formatTrustKitConfig(subject: PinSubject): string {
  const { server, certificate } = subject;
  const hashes = spkiPins(subject).map((digest) => `        <string>${formatBase64(digest)}</string>`);
  const end =
    certificate === undefined
      ? ''
      : `
      <key>TSKExpirationDate</key>
      <string>${dayOf(certificate.notAfter)}</string>`;
  return `${PLIST_HEAD}
<!-- For Info.plist. The pins come on top of the other checks; TrustKit stops to compare them on the day of TSKExpirationDate.
     Without swizzling nothing is compared unless your delegate asks TrustKit. On a Mac, CAs that the user added, as a private
     one is, would be left out; and reports of failures, host names in them, would go to TrustKit's makers. -->
<dict>
  <key>TSKConfiguration</key>
  <dict>
    <key>TSKSwizzleNetworkDelegates</key>
    <true/>
    <key>TSKIgnorePinningForUserDefinedTrustAnchors</key>
    <false/>
    <key>TSKPinnedDomains</key>
    <dict>
      <key>${server.host}</key>
      <dict>${end}
      <key>TSKDisableDefaultReportUri</key>
      <true/>
      <key>TSKEnforcePinning</key>
      <true/>
      <key>TSKPublicKeyHashes</key>
      <array>
${hashes.join('\n')}
      </array>
      </dict>
    </dict>
  </dict>
</dict>
</plist>
`;
}

/** Both take names of domains alone. */
export function findUnpinnableHost({ server }: PinSubject, name: string): Unsuitable | undefined {
  if (!/^[\d.]+$|:/.test(server.host)) return undefined;
  return {
    reason: `it pins domain names, and ${server.host} is an address`,
    instead: `name the server: mintmark pin FILE.pem --host NAME --format ${name}`,
  };
}

/** TrustKit ends the app at start when a domain has one hash alone. */
export function findLoneTrustKitPin(subject: PinSubject, name: string): Unsuitable | undefined {
  if (subject.backupSpkiSha256 !== undefined) return findUnpinnableHost(subject, name);
  return {
    reason: 'TrustKit asks for two pins, the second of a spare key',
    instead: 'make the spare: mintmark pin FILE.pem --backup spare.pem --format trustkit',
  };
}
