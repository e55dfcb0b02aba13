<?php
// One visit over PHP's streams with the roots PHP has by itself: host, address, port, path.
[, $host, $address, $port, $path] = $argv;
$context = stream_context_create(['ssl' => ['peer_name' => $host]]);
$stream = stream_socket_client("ssl://$address:$port", $code, $message, 15, STREAM_CLIENT_CONNECT, $context);
if ($stream === false) {
    exit(1);
}
fwrite($stream, "GET $path HTTP/1.0\r\nHost: $host\r\n\r\n");
echo stream_get_contents($stream);
