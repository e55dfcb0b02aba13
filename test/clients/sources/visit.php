<?php
// Visits over PHP's streams; see drivers/scripted.ts for the lines it reads and prints.

function visit(string $host, string $address, string $port, string $path, string $root): string
{
    $place = strpos($address, ':') === false ? $address : "[$address]";
    $ssl = ['cafile' => $root, 'verify_peer' => true, 'verify_peer_name' => true, 'peer_name' => $host];
    $ssl['SNI_enabled'] = filter_var($host, FILTER_VALIDATE_IP) === false;
    $context = stream_context_create(['ssl' => $ssl]);
    $stream = stream_socket_client("ssl://$place:$port", $code, $message, 15, STREAM_CLIENT_CONNECT, $context);
    if ($stream === false) {
        throw new RuntimeException(error_get_last()['message'] ?? "refused $code $message");
    }
    fwrite($stream, "GET $path HTTP/1.0\r\nHost: $host\r\n\r\n");
    return stream_get_contents($stream);
}

error_reporting(E_ALL);
ini_set('display_errors', '0');
$warnings = [];
set_error_handler(function (int $level, string $text) use (&$warnings): bool {
    $warnings[] = $text;
    return true;
});
while (($line = fgets(STDIN)) !== false) {
    [$id, $host, $address, $port, $path] = explode("\t", rtrim($line, "\n"));
    $warnings = [];
    try {
        $body = visit($host, $address, $port, $path, $argv[1]);
        $answer = strpos($body, 'mintmark-client-proof') === false ? 'no' : 'yes';
        $detail = '';
    } catch (Throwable $error) {
        $answer = 'no';
        $detail = $error->getMessage() . ' ' . implode(' ', $warnings);
    }
    echo implode("\t", [$id, $answer, preg_replace('/\s+/', ' ', $detail)]), "\n";
}
