/**
 * @module Be a CA by hand: an encrypted CA key and a CA certificate with a subject of one's own; a server key with its own
 * passphrase; a request; a signature; uwsgi; a Python client. Once with our tools throughout, and once with OpenSSL's file in place of
 * ours at each step.
 */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { uwsgi } from '../clients/real-servers.ts';
import { MARKER } from '../clients/visit.ts';
import { deskMaker, type Desk } from '../cli/desk.ts';
import { isPair, namesOf, openssl, readCertificates, readLeaf } from '../cli/minted-facts.ts';
import { programPath, requirePrograms } from '../programs/program.ts';
import { run } from '../programs/run.ts';
import { subfolder } from '../programs/scratch.ts';

const newDesk = deskMaker('ca-by-hand');

const CA_SUBJECT = 'C=AT, ST=Wien, L=Wien, O=My Site, CN=My Site CA';
const SERVER_SUBJECT = 'C=AT, ST=Wien, L=Wien, O=My Site, CN=my-site.com';
const AS_OPENSSL = (subject: string): string => `/${subject.replaceAll(', ', '/')}`;

/** A desk with a passphrase file for the CA and another for the server. */
function deskWithPassphrases(): Desk {
  const desk = newDesk();
  desk.write('ca-pass.txt', 'the passphrase of the CA\n');
  desk.write('server-pass.txt', 'the passphrase of the server\n');
  return desk;
}

const inDesk = (desk: Desk) => ({ cwd: desk.folder });

/** Our CA with an encrypted key; returns its root's path. */
async function ourCa(desk: Desk): Promise<string> {
  const words = ['ca', 'create', 'my-site', '--scope', 'my-site.com', '--subject', CA_SUBJECT];
  return String((await desk.json([...words, '--passphrase-file', 'ca-pass.txt']))['rootFile']);
}

/** A CA as OpenSSL's documents make it, imported; returns its root's path. */
async function opensslCa(desk: Desk): Promise<string> {
  await openssl(
    [
      'genpkey',
      '-aes256',
      '-algorithm',
      'RSA',
      '-pkeyopt',
      'rsa_keygen_bits:2048',
      '-pass',
      'file:ca-pass.txt',
      '-out',
      'ca.key',
    ],
    inDesk(desk),
  );
  const extensions = [
    '-addext',
    'basicConstraints=critical,CA:TRUE',
    '-addext',
    'keyUsage=critical,keyCertSign,cRLSign',
  ];
  const subject = ['-subj', AS_OPENSSL(CA_SUBJECT), '-days', '3650', '-out', 'ca.pem'];
  await openssl(
    ['req', '-x509', '-new', '-key', 'ca.key', '-passin', 'file:ca-pass.txt', ...subject, ...extensions],
    inDesk(desk),
  );
  await desk.json(['ca', 'import', 'ca.pem', 'ca.key', '--ca', 'my-site', '--passphrase-file', 'ca-pass.txt']);
  return desk.path('ca.pem');
}

async function ourRequest(desk: Desk): Promise<void> {
  const files = ['--csr-file', 'server.csr', '--key-file', 'server.key', '--passphrase-file', 'server-pass.txt'];
  await desk.json(['csr', 'my-site.com', 'localhost', '--subject', SERVER_SUBJECT, ...files]);
}

const REQUEST_CONFIG = `[req]
prompt = no
distinguished_name = subject
req_extensions = extensions
[subject]
C = AT
ST = Wien
L = Wien
O = My Site
CN = my-site.com
[extensions]
subjectAltName = DNS:my-site.com, DNS:localhost
`;

async function opensslRequest(desk: Desk): Promise<void> {
  desk.write('request.cnf', REQUEST_CONFIG);
  await openssl(
    [
      'genpkey',
      '-aes256',
      '-algorithm',
      'EC',
      '-pkeyopt',
      'ec_paramgen_curve:P-256',
      '-pass',
      'file:server-pass.txt',
      '-out',
      'server.key',
    ],
    inDesk(desk),
  );
  await openssl(
    [
      'req',
      '-new',
      '-config',
      'request.cnf',
      '-key',
      'server.key',
      '-passin',
      'file:server-pass.txt',
      '-out',
      'server.csr',
    ],
    inDesk(desk),
  );
}

/** uwsgi takes no passphrase, so its copy of the key is opened, as the documents do. */
async function openedKey(desk: Desk): Promise<string> {
  await openssl(
    ['pkey', '-in', 'server.key', '-passin', 'file:server-pass.txt', '-out', 'server-open.key'],
    inDesk(desk),
  );
  return desk.path('server-open.key');
}

const PYTHON_CLIENT = `import socket, ssl, sys
root, host, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
context = ssl.create_default_context(cafile=root)
with context.wrap_socket(socket.create_connection(("127.0.0.1", port), 15), server_hostname=host) as tls:
    tls.sendall(b"GET / HTTP/1.0\\r\\nHost: " + host.encode() + b"\\r\\n\\r\\n")
    answer = b""
    while chunk := tls.recv(65536):
        answer += chunk
sys.stdout.write(answer.decode())
`;

describe.each([
  ['our', ourCa],
  ['OpenSSL’s', opensslCa],
] as const)('%s CA', (_whoseCa, makeCa) => {
  it.for([
    ['our', ourRequest],
    ['OpenSSL’s', opensslRequest],
  ] as const)('signs %s request; uwsgi serves it and Python verifies it', async ([, makeRequest], context) => {
    requirePrograms(context, ['openssl', 'uwsgi', 'python3']);
    const desk = deskWithPassphrases();
    const rootFile = await makeCa(desk);
    await makeRequest(desk);
    await desk.json(['sign', 'server.csr', '--cert-file', 'server.pem', '--passphrase-file', 'ca-pass.txt']);
    expect(readLeaf(desk.path('server.pem')).subject).toBe(SERVER_SUBJECT.replaceAll(', ', '\n'));
    expect(namesOf(desk.path('server.pem'))).toBe('DNS:my-site.com, DNS:localhost');
    await openssl(
      ['verify', '-x509_strict', '-CAfile', rootFile, '-untrusted', 'server.pem', 'server.pem'],
      inDesk(desk),
    );
    const keyFile = await openedKey(desk);
    const server = await uwsgi.start({ certFile: desk.path('server.pem'), keyFile }, subfolder(desk.folder, 'uwsgi'));
    const ask = (root: string, host: string) =>
      run([programPath('python3'), '-I', '-c', PYTHON_CLIENT, root, host, String(server.port)]);
    try {
      for (const host of ['my-site.com', 'localhost']) {
        const answer = await ask(rootFile, host);
        expect(answer.stdout, answer.stderr).toContain(MARKER);
      }
      expect((await ask(rootFile, 'other.com')).stderr).toContain('Hostname mismatch');
    } finally {
      await server.stop();
    }
  });
});

describe('files of the one tool in the other', () => {
  it('OpenSSL reads our CA, our encrypted keys and our request', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = deskWithPassphrases();
    const rootFile = await ourCa(desk);
    await ourRequest(desk);
    const subject = await openssl(['x509', '-in', rootFile, '-noout', '-subject', '-nameopt', 'RFC2253']);
    expect(subject.stdout.trim()).toBe('subject=CN=My Site CA,O=My Site,L=Wien,ST=Wien,C=AT');
    const { path } = await desk.json(['ca', 'show', 'my-site']);
    for (const [key, pass] of [
      [`${String(path)}/issuer-key.pem`, 'ca-pass.txt'],
      ['server.key', 'server-pass.txt'],
    ] as const) {
      expect(readFileSync(key.startsWith('/') ? key : desk.path(key), 'utf8')).toContain('ENCRYPTED PRIVATE KEY');
      await openssl(['pkey', '-in', key, '-passin', `file:${pass}`, '-check', '-noout'], inDesk(desk));
    }
    const { output } = await openssl(['req', '-in', 'server.csr', '-noout', '-verify', '-subject'], inDesk(desk));
    expect(output).toContain('verify OK');
  });

  it('OpenSSL signs with our CA, and its client takes the chain', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = deskWithPassphrases();
    const rootFile = await ourCa(desk);
    await opensslRequest(desk);
    const { issuerFile, path } = await desk.json(['ca', 'show', 'my-site']);
    const issuer = [
      '-CA',
      String(issuerFile),
      '-CAkey',
      `${String(path)}/issuer-key.pem`,
      '-passin',
      'file:ca-pass.txt',
    ];
    await openssl(
      ['x509', '-req', '-in', 'server.csr', ...issuer, '-days', '30', '-copy_extensions', 'copy', '-out', 'theirs.pem'],
      inDesk(desk),
    );
    await openssl(['verify', '-CAfile', rootFile, '-untrusted', String(issuerFile), 'theirs.pem'], inDesk(desk));
    expect(namesOf(desk.path('theirs.pem'))).toBe('DNS:my-site.com, DNS:localhost');
  });

  it('OpenSSL’s encrypted key is certified by us, and its whole CA signs what mint makes', async (context) => {
    requirePrograms(context, ['openssl']);
    const desk = deskWithPassphrases();
    const rootFile = await opensslCa(desk);
    await opensslRequest(desk);
    await desk.json(['csr', 'my-site.com', '--reuse-key', 'server.key', '--passphrase-file', 'server-pass.txt']);
    const minted = await desk.json(['mint', 'my-site.com', '--ca', 'my-site', '--passphrase-file', 'ca-pass.txt']);
    expect(isPair(String(minted['certFile']), String(minted['keyFile']))).toBe(true);
    expect(readCertificates(String(minted['certFile']))).toHaveLength(1);
    await openssl(['verify', '-x509_strict', '-CAfile', rootFile, String(minted['certFile'])], inDesk(desk));
  });
});
