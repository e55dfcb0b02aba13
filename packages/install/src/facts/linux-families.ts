/**
 * @module The families of Linux systems: where each takes a root from, what makes it known, and which file shows the result.
 * One table; the order matters where a machine holds leftovers of another family.
 */

type LinuxFamilyId = 'debian' | 'fedora' | 'arch' | 'opensuse' | 'alpine';

export type LinuxFamily = {
  readonly id: LinuxFamilyId;
  readonly name: string;
  /** Administrators put roots here. */
  readonly anchorFolder: string;
  /** With the dot; some families ignore every other. */
  readonly extension: '.crt' | '.pem';
  /** Makes the anchors known. Its program decides, together with the folder, whether the machine is of this family. */
  readonly command: readonly [program: string, ...args: string[]];
  /** Other programs that do the same, where the first is missing. */
  readonly otherCommands?: readonly (readonly [program: string, ...args: string[]])[];
  /** Files that the command writes, one of which must exist; the first that does is looked into. */
  readonly bundles: readonly string[];
  /** A folder where the command makes links to anchors, and leaves them when an anchor goes. */
  readonly linkFolder?: string;
  /** Takes `+FILE` and `-FILE` lines for Java's shared store. */
  readonly javaHook?: string;
  /** What must be there for the family to be this one, besides folder and command. */
  readonly marker?: string;
};

/** Source: the ca-certificates package of each distribution. Debian's and p11-kit's were run, the others were read. */
export const LINUX_FAMILIES: readonly LinuxFamily[] = [
  {
    id: 'alpine',
    name: 'Alpine system store',
    marker: '/etc/alpine-release',
    anchorFolder: '/usr/local/share/ca-certificates',
    extension: '.crt',
    command: ['update-ca-certificates'],
    bundles: ['/etc/ssl/certs/ca-certificates.crt'],
    linkFolder: '/etc/ssl/certs',
  },
  {
    id: 'fedora',
    name: 'Fedora system store',
    anchorFolder: '/etc/pki/ca-trust/source/anchors',
    extension: '.pem',
    command: ['update-ca-trust', 'extract'],
    bundles: ['/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem'],
  },
  {
    id: 'arch',
    name: 'Arch system store',
    anchorFolder: '/etc/ca-certificates/trust-source/anchors',
    extension: '.crt',
    command: ['update-ca-trust', 'extract'],
    otherCommands: [['trust', 'extract-compat']],
    bundles: ['/etc/ca-certificates/extracted/tls-ca-bundle.pem'],
  },
  {
    id: 'opensuse',
    name: 'openSUSE system store',
    anchorFolder: '/etc/pki/trust/anchors',
    extension: '.pem',
    command: ['update-ca-certificates'],
    bundles: ['/var/lib/ca-certificates/ca-bundle.pem', '/etc/ssl/ca-bundle.pem'],
  },
  {
    id: 'debian',
    name: 'Debian system store',
    anchorFolder: '/usr/local/share/ca-certificates',
    extension: '.crt',
    command: ['update-ca-certificates'],
    bundles: ['/etc/ssl/certs/ca-certificates.crt'],
    linkFolder: '/etc/ssl/certs',
    javaHook: '/etc/ca-certificates/update.d/jks-keystore',
  },
];
