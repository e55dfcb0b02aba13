/** @module Phones, desktops and devices: clients that are configured or programmed elsewhere. */
import { formatDotnetProgram, formatEsp32Sketch, formatFlutterProgram } from './app-programs.ts';
import {
  findLoneTrustKitPin,
  findUnpinnableHost,
  formatAndroidConfig,
  formatInfoPlist,
  formatTrustKitConfig,
} from './mobile-files.ts';
import { certHex, spkiBase64, type PinFormat } from './pin-format.ts';

export const APP_FORMATS = {
  android: {
    title: 'Android network security configuration',
    overview: 'Android',
    object: 'public-key',
    value: spkiBase64,
    snippet: { fileName: 'network_security_config.xml', text: formatAndroidConfig, isByHost: true },
  },
  ios: {
    title: 'iOS NSPinnedDomains',
    overview: 'iOS',
    object: 'public-key',
    findUnsuitable: findUnpinnableHost,
    value: spkiBase64,
    snippet: { fileName: 'Info.plist', text: formatInfoPlist, isByHost: true },
  },
  trustkit: {
    title: 'TrustKit',
    object: 'public-key',
    findUnsuitable: findLoneTrustKitPin,
    value: spkiBase64,
    snippet: { fileName: 'TrustKit-Info.plist', text: formatTrustKitConfig, isByHost: true },
  },
  dotnet: {
    title: '.NET HttpClient',
    object: 'certificate',
    roles: ['leaf'],
    value: (subject) => certHex(subject).toUpperCase(),
    snippet: { fileName: 'Program.cs', text: formatDotnetProgram },
  },
  flutter: {
    title: 'Dart and Flutter',
    object: 'certificate',
    roles: ['leaf'],
    value: certHex,
    snippet: { fileName: 'pinned.dart', text: formatFlutterProgram },
  },
  esp32: {
    title: 'ESP32 WiFiClientSecure.verify',
    overview: 'ESP32',
    object: 'certificate',
    roles: ['leaf'],
    value: certHex,
    snippet: { fileName: 'pinned.ino', text: formatEsp32Sketch },
  },
} as const satisfies Record<string, PinFormat>;
