/** @module Ruby and PHP: the program as printed, and once more in a process that knows the server by a careless connection. */
import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram, programPath } from '../programs/program.ts';
import { run, runOrThrow } from '../programs/run.ts';
import type { Emitted, PinnedClient } from './pinned-client.ts';

/** Runs a second program that loads the printed one. */
const runBeside = ({ folder }: Emitted, name: string, text: string) => {
  const file = join(folder, name);
  writeFileSync(file, text);
  return run([programPath(name.endsWith('.rb') ? 'ruby' : 'php'), file]);
};

/** Net::HTTP resumes the sessions of its own object: here all objects share the first, careless one's. */
export const RUBY_SHARED_SESSION = `
careless = Net::HTTP.new(HOST, PORT, nil)
careless.use_ssl = true
careless.verify_mode = OpenSSL::SSL::VERIFY_NONE
careless.start
careless.get("/unpinned")
SHARED = careless.instance_variable_get(:@ssl_session)
SOCKETS = []
Net::HTTP.prepend(Module.new do
  def connect
    @ssl_session = SHARED
    super
    SOCKETS << @socket.io
  end
end)`;

const RUBY_AGAIN = `${RUBY_SHARED_SESSION}
2.times { puts open_pinned(HOST, PORT).get("/").body }
abort "no session was resumed" unless SOCKETS.first.session_reused?
`;

const ruby: PinnedClient = {
  format: 'ruby',
  client: 'Ruby, Net::HTTP',
  programs: ['ruby'],
  version: async () => {
    const { stdout } = await runOrThrow([
      programPath('ruby'),
      '-ropenssl',
      '-e',
      'print "Ruby #{RUBY_VERSION}, openssl #{OpenSSL::VERSION}"',
    ]);
    return stdout;
  },
  visit: ({ file = '' }) => run([programPath('ruby'), file]),
  visitAgain: (emitted) => runBeside(emitted, 'again.rb', `require ${JSON.stringify(emitted.file)}\n${RUBY_AGAIN}`),
};

const phpVersion = (more: string) => async (): Promise<string> =>
  (await runOrThrow([programPath('php'), '-r', `echo 'PHP ', PHP_VERSION${more};`])).stdout;

const php: PinnedClient = {
  format: 'php',
  client: 'PHP, file_get_contents',
  programs: ['php'],
  version: phpVersion(''),
  visit: ({ file = '' }) => run([programPath('php'), file]),
  visitAgain: (emitted) =>
    runBeside(
      emitted,
      'again.php',
      `<?php require ${JSON.stringify(emitted.file)};
$careless = stream_context_create(['ssl' => ['verify_peer' => false, 'verify_peer_name' => false]]);
file_get_contents(URL . 'unpinned', false, $careless);
echo fetchPinned(URL), fetchPinned(URL);
`,
    ),
};

/** libcurl shares connections and sessions between handles of one share, and keeps its own for one handle. */
const CURL_AGAIN = `
$share = curl_share_init();
curl_share_setopt($share, CURLSHOPT_SHARE, CURL_LOCK_DATA_SSL_SESSION);
curl_share_setopt($share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT);
$careless = curl_init();
curl_setopt_array($careless, [
    CURLOPT_URL => URL . 'unpinned', CURLOPT_SSL_VERIFYPEER => false, CURLOPT_SSL_VERIFYHOST => 0,
    CURLOPT_PROXY => '', CURLOPT_RETURNTRANSFER => true, CURLOPT_SHARE => $share,
]);
curl_exec($careless) === false && exit(3);
foreach ([1, 2] as $time) {
    $handle = pinnedHandle(URL);
    curl_setopt($handle, CURLOPT_SHARE, $share);
    $body = curl_exec($handle);
    $body === false && exit(1);
    echo $body;
}
`;

let hasCurl: boolean | undefined;

const phpCurl: PinnedClient = {
  format: 'php-curl',
  client: 'PHP, ext-curl',
  programs: ['php'],
  findMissing: () => {
    const php = findProgram('php');
    hasCurl ??= php !== undefined && spawnSync(php, ['-r', 'exit((int) !extension_loaded("curl"));']).status === 0;
    return hasCurl ? undefined : "PHP's curl extension";
  },
  version: phpVersion(`, ', libcurl ', curl_version()['version']`),
  visit: ({ file = '' }) => run([programPath('php'), file]),
  visitAgain: (emitted) =>
    runBeside(emitted, 'again.php', `<?php require ${JSON.stringify(emitted.file)};\n${CURL_AGAIN}`),
};

export const SCRIPTING_CLIENTS: readonly PinnedClient[] = [ruby, php, phpCurl];
