/** @module Where operating systems keep their roots as one PEM file. The list is Go's (crypto/x509, root_linux.go), with macOS and BSD. */

/** The first one that can be read counts. */
export const SYSTEM_BUNDLES: readonly string[] = [
  '/etc/ssl/certs/ca-certificates.crt', // Debian, Ubuntu, Arch, Gentoo, NixOS
  '/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem', // Fedora, RHEL
  '/etc/pki/tls/certs/ca-bundle.crt', // older Fedora and RHEL
  '/etc/ca-certificates/extracted/tls-ca-bundle.pem', // Arch
  '/var/lib/ca-certificates/ca-bundle.pem', // openSUSE
  '/etc/ssl/ca-bundle.pem', // older openSUSE
  '/etc/ssl/cert.pem', // macOS, Alpine, the BSDs
  '/usr/local/share/certs/ca-root-nss.crt', // FreeBSD
];

/** Java's own lists, which may hold a company's root that nothing else has. The first one that is in Java's own format counts. */
export function javaTrustFiles(env: Readonly<Record<string, string | undefined>>): string[] {
  const home = env['JAVA_HOME'];
  const inHome = ['lib/security/jssecacerts', 'lib/security/cacerts', 'jre/lib/security/cacerts'];
  return [
    ...(home === undefined || home === '' ? [] : inHome.map((file) => `${home}/${file}`)),
    '/etc/ssl/certs/java/cacerts', // Debian
    '/etc/pki/java/cacerts', // Fedora
    '/etc/ssl/certs/cacerts', // Alpine
  ];
}
