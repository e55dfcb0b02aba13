/**
 * @module Clients that don't run on the machines of these tests. What is printed for them is compared with their documented
 * grammar in forms.test.ts; the documentation's table says "not run".
 */

export type NotRun = {
  readonly client: string;
  readonly why: string;
  /** Where the grammar is documented. */
  readonly source: string;
};

/** By format. */
export const NOT_RUN: Readonly<Partial<Record<string, NotRun>>> = {
  electron: {
    client: 'Electron',
    why: 'its package downloads a browser when it is installed',
    source: 'https://www.electronjs.org/docs/latest/api/session#sessetcertificateverifyprocproc',
  },
  android: {
    client: 'Android 7 and newer',
    why: 'needs a device or an emulator',
    source: 'https://developer.android.com/privacy-and-security/security-config#CertificatePinning',
  },
  ios: {
    client: 'iOS 14, macOS 11 and newer',
    why: 'needs a device of Apple',
    source:
      'https://developer.apple.com/documentation/bundleresources/information-property-list/nsapptransportsecurity/nspinneddomains',
  },
  trustkit: {
    client: 'TrustKit (iOS)',
    why: 'needs a device of Apple',
    source: 'https://github.com/datatheorem/TrustKit/blob/master/docs/getting-started.md',
  },
  dotnet: {
    client: '.NET 6 and newer',
    why: 'is not in Debian',
    source: 'https://learn.microsoft.com/dotnet/api/system.net.security.remotecertificatevalidationcallback',
  },
  flutter: {
    client: 'Dart 2.18 and newer',
    why: 'is not in Debian',
    source: 'https://api.dart.dev/dart-io/HttpClient/connectionFactory.html',
  },
  esp32: {
    client: 'ESP32 Arduino core 2 and newer',
    why: 'needs a board',
    source: 'https://github.com/espressif/arduino-esp32/tree/master/libraries/NetworkClientSecure',
  },
  mariadb: {
    client: 'MariaDB Connector/C 3.4',
    why: "Debian 12's client has no such option",
    source: 'https://mariadb.com/kb/en/mysql_optionsv/',
  },
  stubby: {
    client: 'Stubby',
    why: 'asks a DNS server over TLS, which none of these tests has',
    source: 'https://github.com/getdnsapi/stubby/blob/develop/stubby.yml.example',
  },
  proxmox: {
    client: 'Proxmox VE and Backup Server',
    why: 'is not in Debian',
    source: 'https://pbs.proxmox.com/docs/backup-client.html#environment-variables',
  },
  syncthing: {
    client: 'Syncthing',
    why: 'Syncthing computes the same device ID; two devices are not connected',
    source: 'https://docs.syncthing.net/dev/device-ids.html',
  },
  libp2p: {
    client: 'libp2p',
    why: 'needs a libp2p node; browsers compare the same digest as for WebTransport',
    source: 'https://github.com/libp2p/specs/blob/master/webtransport/README.md',
  },
  kubeadm: {
    client: 'kubeadm',
    why: 'needs a cluster',
    source: 'https://kubernetes.io/docs/reference/setup-tools/kubeadm/kubeadm-join/',
  },
  step: {
    client: 'step',
    why: 'is not in Debian',
    source: 'https://smallstep.com/docs/step-cli/reference/ca/bootstrap/',
  },
  elastic: {
    client: 'Beats, Elastic Agent',
    why: 'is not in Debian',
    source: 'https://www.elastic.co/guide/en/beats/filebeat/current/configuration-ssl.html#ca_trusted_fingerprint',
  },
  hpkp: {
    client: 'HPKP',
    why: 'browsers have dropped it',
    source: 'https://www.rfc-editor.org/rfc/rfc7469#section-2.1',
  },
  jose: {
    client: 'JOSE',
    why: 'is a field of a document, not a client',
    source: 'https://www.rfc-editor.org/rfc/rfc7515#section-4.1.8',
  },
  golem: {
    client: 'golem ya-runtime-http-auth',
    why: 'is a digest of a file, which no client compares with a server',
    source: 'https://github.com/golemfactory/ya-runtime-http-auth',
  },
  ...Object.fromEntries(
    ['cert-hex', 'cert-colons', 'cert-base64', 'spki-hex', 'spki-base64'].map((name) => [
      name,
      {
        client: 'any other client',
        why: 'is the bare digest',
        source: 'https://www.rfc-editor.org/rfc/rfc7469#section-2.4',
      },
    ]),
  ),
};
