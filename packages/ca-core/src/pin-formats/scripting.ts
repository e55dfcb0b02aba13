/** @module Ruby and PHP. */
import {
  certHex,
  formatAuthority,
  sha256SlashSlash,
  spkiBase64,
  spkiPins,
  type PinFormat,
  type PinSubject,
} from './pin-format.ts';
import { formatBase64 } from '../der/bytes.ts';

type Snippet = (subject: PinSubject) => string;

const ruby: Snippet = (
  subject,
) => `# GET / of the server with a pinned key. The pin decides alone: CA, host name and dates are not checked.
# With VERIFY_NONE the callback's answer is ignored; of a resumed session it is not asked: hence the second comparison.
# To check the rest too: http.ca_file = FILE, verify_hostname = true, and ->(ok, store) { ok && (...) } as the callback.
require "digest"
require "net/http"
require "openssl"

HOST = "${subject.server.host}"
PORT = ${subject.server.port}
PINS = %w[
${spkiPins(subject)
  .map((digest) => `  ${formatBase64(digest)}`)
  .join('\n')}
].freeze # SHA-256 of public keys

def pinned?(certificate)
  PINS.include?(Digest::SHA256.base64digest(certificate.public_key.public_to_der))
end

def open_pinned(host, port)
  http = Net::HTTP.new(host, port, nil) # nil: no proxy of the environment
  http.use_ssl = true
  http.verify_mode = OpenSSL::SSL::VERIFY_PEER
  http.verify_hostname = false
  http.verify_callback = ->(_ok, store) { store.error_depth.positive? || pinned?(store.current_cert) }
  http.start
  return http if pinned?(http.peer_cert)

  http.finish
  raise OpenSSL::SSL::SSLError, "another key than the pinned one, in a resumed session"
end

if $PROGRAM_NAME == __FILE__
  begin
    $stdout.write(open_pinned(HOST, PORT).get("/").body)
  rescue IOError, SystemCallError, SocketError, Timeout::Error, OpenSSL::SSL::SSLError => e
    abort "failed: #{e.message}"
  end
end
`;

/** The end of both PHP programs. */
const PHP_MAIN = `if (realpath($_SERVER['SCRIPT_FILENAME']) === __FILE__) {
    try {
        echo fetchPinned(URL);
    } catch (RuntimeException $error) {
        fwrite(STDERR, "failed: {$error->getMessage()}\\n");
        exit(1);
    }
}
`;

const url: Snippet = ({ server }) => `const URL = 'https://${formatAuthority(server)}/';`;

const php: Snippet = (subject) => `<?php
// GET / of the server with the pinned certificate. The pin decides alone: CA, host name and dates are not checked.
// It must be the array: a bare string is MD5 or SHA-1. No redirects: they may lead to http://, where nothing is pinned.
// To check the rest too: leave out verify_peer and verify_peer_name, and add 'cafile' => FILE with CA or certificate.
declare(strict_types=1);

${url(subject)}
const PIN = '${certHex(subject)}'; // SHA-256 of the server's certificate

/** @throws RuntimeException when the server is another, before anything is sent to it */
function fetchPinned(string $url): string
{
    $context = stream_context_create([
        'ssl' => ['peer_fingerprint' => ['sha256' => PIN], 'verify_peer' => false, 'verify_peer_name' => false],
        'http' => ['follow_location' => 0, 'ignore_errors' => true, 'timeout' => 30],
    ]);
    $warnings = [];
    set_error_handler(function (int $level, string $warning) use (&$warnings): bool {
        $warnings[] = $warning;
        return true;
    });
    try {
        $body = file_get_contents($url, false, $context);
    } finally {
        restore_error_handler();
    }
    return $body === false ? throw new RuntimeException($warnings[0] ?? 'no answer') : $body;
}

${PHP_MAIN}`;

const curlList = (subject: PinSubject): string => spkiPins(subject).map(sha256SlashSlash).join(';');

const phpCurl: Snippet = (subject) => `<?php
// GET / of the server with a pinned key. The pin decides alone: CA, host name and dates are not checked.
// It holds without VERIFYPEER. No redirects: newer versions of curl ask for the pin at the first address only.
// To check the rest too: leave out VERIFYPEER and VERIFYHOST, and add CURLOPT_CAINFO => FILE with CA or certificate.
declare(strict_types=1);

${url(subject)}
const PINS = '${curlList(subject)}'; // SHA-256 of public keys

function pinnedHandle(string $url): CurlHandle
{
    $handle = curl_init();
    curl_setopt_array($handle, [
        CURLOPT_URL => $url,
        CURLOPT_PINNEDPUBLICKEY => PINS,
        CURLOPT_SSL_VERIFYPEER => false,
        CURLOPT_SSL_VERIFYHOST => 0,
        CURLOPT_PROTOCOLS => CURLPROTO_HTTPS,
        CURLOPT_FOLLOWLOCATION => false,
        CURLOPT_PROXY => '', // none of the environment
        CURLOPT_TIMEOUT => 30,
        CURLOPT_RETURNTRANSFER => true,
    ]);
    return $handle;
}

/** @throws RuntimeException when the server is another, before anything is sent to it */
function fetchPinned(string $url): string
{
    $handle = pinnedHandle($url);
    $body = curl_exec($handle);
    return is_string($body) ? $body : throw new RuntimeException(curl_error($handle));
}

${PHP_MAIN}`;

export const SCRIPTING_FORMATS = {
  ruby: {
    title: 'Ruby Net::HTTP verify_callback',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: spkiBase64,
    snippet: { fileName: 'pinned_client.rb', text: ruby },
  },
  php: {
    title: 'PHP peer_fingerprint',
    overview: 'PHP',
    object: 'certificate',
    roles: ['leaf'],
    value: certHex,
    snippet: { fileName: 'pinned-client.php', text: php },
  },
  'php-curl': {
    title: 'PHP CURLOPT_PINNEDPUBLICKEY',
    object: 'public-key',
    roles: ['leaf', 'key'],
    value: curlList,
    snippet: { fileName: 'pinned-curl.php', text: phpCurl },
  },
} as const satisfies Record<string, PinFormat>;
