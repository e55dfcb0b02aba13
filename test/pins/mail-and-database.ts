/** @module Real servers whose TLS begins with words: Dovecot (IMAP, POP3), aiosmtpd (SMTP) and PostgreSQL. */
import { chmodSync, chownSync, copyFileSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { startServer, type RunningServer } from '../clients/real-servers.ts';
import { freePort, type ServedFiles } from '../clients/throwaway-server.ts';
import { programPath } from '../programs/program.ts';
import { runOrThrow } from '../programs/run.ts';

export type WordyServer = {
  readonly scheme: 'smtp' | 'imap' | 'pop3' | 'postgres';
  readonly programs: readonly string[];
  readonly start: (files: ServedFiles, folder: string) => Promise<RunningServer>;
};

const isRoot = process.getuid?.() === 0;

const dovecotConfig = (files: ServedFiles, folder: string, ports: { imap: number; pop3: number }): string => `
base_dir = ${folder}/run
state_dir = ${folder}/state
protocols = imap pop3
listen = 127.0.0.1
log_path = /dev/stderr
ssl = required
ssl_cert = <${files.certFile}
ssl_key = <${files.keyFile}
${isRoot ? '' : `default_internal_user = ${process.env['USER'] ?? ''}\ndefault_login_user = ${process.env['USER'] ?? ''}\n`}
passdb {
  driver = static
  args = nopassword=y
}
userdb {
  driver = static
  args = uid=nobody gid=nogroup home=${folder}
}
${listener('imap', ports.imap)}${listener('pop3', ports.pop3)}service anvil {
  chroot =
}
`;

const listener = (protocol: string, port: number): string => `service ${protocol}-login {
  chroot =
  inet_listener ${protocol} {
    port = ${port}
  }
  inet_listener ${protocol}s {
    port = 0
  }
}
`;

const dovecot = (scheme: 'imap' | 'pop3'): WordyServer => ({
  scheme,
  programs: ['dovecot'],
  start: async (files, folder) => {
    for (const above of [dirname(folder), folder]) chmodSync(above, 0o755); // Dovecot's login processes are another user.
    const ports = { imap: await freePort(), pop3: await freePort() };
    const config = join(folder, 'dovecot.conf');
    writeFileSync(config, dovecotConfig(files, folder, ports));
    return startServer([programPath('dovecot'), '-F', '-c', config], ports[scheme], folder);
  },
});

const SMTP_SERVER = `
import asyncio, ssl, sys
from aiosmtpd.handlers import Sink
from aiosmtpd.smtp import SMTP

context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[1], sys.argv[2])

async def main():
    create = lambda: SMTP(Sink(), tls_context=context, require_starttls=True)
    server = await asyncio.get_running_loop().create_server(create, "127.0.0.1", int(sys.argv[3]))
    await server.serve_forever()

asyncio.run(main())
`;

const smtp: WordyServer = {
  scheme: 'smtp',
  programs: ['python3', 'aiosmtpd'],
  start: async (files, folder) => {
    const port = await freePort();
    const script = join(folder, 'smtp.py');
    writeFileSync(script, SMTP_SERVER);
    const command = [programPath('python3'), script, files.certFile, files.keyFile, String(port)];
    return startServer(command, port, folder);
  },
};

const NOBODY = 65_534;

const postgres: WordyServer = {
  scheme: 'postgres',
  programs: ['postgres', 'initdb', 'setpriv'],
  start: async (files, folder) => {
    const port = await freePort();
    const own = join(folder, 'pg');
    mkdirSync(own, { mode: 0o700 });
    const [cert, key] = [join(own, 'server.pem'), join(own, 'server.key')];
    copyFileSync(files.certFile, cert);
    copyFileSync(files.keyFile, key);
    for (const above of [dirname(folder), folder]) chmodSync(above, 0o711);
    if (isRoot) for (const path of [own, cert, key]) chownSync(path, NOBODY, NOBODY);
    // PostgreSQL refuses to run as root.
    const other = isRoot
      ? [programPath('setpriv'), `--reuid=${NOBODY}`, `--regid=${NOBODY}`, '--clear-groups', '--']
      : [];
    const data = join(own, 'data');
    await runOrThrow([...other, programPath('initdb'), '-D', data, '-A', 'trust', '-N'], { cwd: own });
    const settings = [
      'listen_addresses=127.0.0.1',
      'ssl=on',
      `ssl_cert_file=${cert}`,
      `ssl_key_file=${key}`,
      'fsync=off',
    ];
    const options = settings.flatMap((setting) => ['-c', setting]);
    return startServer(
      [...other, programPath('postgres'), '-D', data, '-p', String(port), '-k', own, ...options],
      port,
      own,
    );
  },
};

export const WORDY_SERVERS: readonly WordyServer[] = [smtp, dovecot('imap'), dovecot('pop3'), postgres];
