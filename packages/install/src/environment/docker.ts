/**
 * @module Lines for a Dockerfile that put public roots into an image, and the command that lends them to a container without a build.
 * Keys have no business in an image, and none comes near one here. Pure.
 */

export type DockerRoot = { readonly caName: string; readonly rootFile: string };

/** Where images of Debian, Ubuntu and Alpine keep their roots after update-ca-certificates. */
const IMAGE_BUNDLE = '/etc/ssl/certs/ca-certificates.crt';
const MOUNTED_BUNDLE = '/etc/mintmark/bundle.pem';

/** What programs in containers commonly go by. */
const NAMES = ['SSL_CERT_FILE', 'NODE_EXTRA_CA_CERTS', 'REQUESTS_CA_BUNDLE', 'GIT_SSL_CAINFO', 'DENO_CERT'];

/** The variables that the Dockerfile sets. */
export const DOCKER_VARIABLES: Readonly<Record<string, string>> = Object.fromEntries(
  NAMES.map((name) => [name, IMAGE_BUNDLE]),
);

/** @param bundle the system's roots and ours, a file of this machine */
export function formatDockerfile(roots: readonly DockerRoot[], bundle: string): string {
  const copies = roots.map(({ caName, rootFile }) => `#   cp ${quoteSh(rootFile)} mintmark-${caName}.crt\n`);
  const files = roots.map(({ caName }) => `mintmark-${caName}.crt`);
  const names = NAMES.map((name) => `-e ${name}=${MOUNTED_BUNDLE}`);
  return `# First, beside the Dockerfile; a root is public, and no key leaves its place:
${copies.join('')}COPY ${files.join(' ')} /usr/local/share/ca-certificates/
RUN update-ca-certificates
ENV ${NAMES.map((name) => `${name}=${IMAGE_BUNDLE}`).join(' \\\n    ')}
# Fedora and its like: COPY to /etc/pki/ca-trust/source/anchors/, then RUN update-ca-trust.
#
# Without a build:
#   docker run --mount ${quoteSh(`type=bind,${quoteField(`source=${bundle}`)},target=${MOUNTED_BUNDLE},readonly`)} \\
#     ${names.join(' ')} IMAGE
`;
}

const quoteSh = (text: string): string => (/^[\w./:@=,+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** A mount is one line of comma-separated values (RFC 4180). */
const quoteField = (field: string): string => (/[",]/.test(field) ? `"${field.replaceAll('"', '""')}"` : field);
