/** @module Programs for .NET, Dart and the ESP32: each compares the server's certificate before it sends anything. */
import { formatBase64 } from '../der/bytes.ts';
import { certColonHex, certHex, certificateOf, formatAuthority, type PinSubject } from './pin-format.ts';

/** learn.microsoft.com: SocketsHttpHandler, SslClientAuthenticationOptions.RemoteCertificateValidationCallback */
export function formatDotnetProgram(subject: PinSubject): string {
  return `// GET / of the server with the pinned certificate. The pin decides alone: CA, host name and dates are not checked.
// Thumbprint is SHA-1, and an errors-only callback is no pin: the certificate itself is hashed here, on each connection.
// To check the rest too, return "pinned && errors == SslPolicyErrors.None". As Program.cs of "dotnet new console".
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

byte[] pin = Convert.FromHexString("${certHex(subject).toUpperCase()}");

bool IsPinned(object sender, X509Certificate? shown, X509Chain? chain, SslPolicyErrors errors)
{
    bool pinned = shown is not null
        && CryptographicOperations.FixedTimeEquals(SHA256.HashData(shown.GetRawCertData()), pin);
    return pinned;
}

using var handler = new SocketsHttpHandler
{
    AllowAutoRedirect = false,
    UseProxy = false,
    SslOptions = new SslClientAuthenticationOptions { RemoteCertificateValidationCallback = IsPinned },
};
using var client = new HttpClient(handler);
try
{
    Console.Write(await client.GetStringAsync("https://${formatAuthority(subject.server)}/"));
    return 0;
}
catch (Exception error) when (error is HttpRequestException or TaskCanceledException)
{
    Console.Error.WriteLine($"failed: {error.InnerException?.Message ?? error.Message}");
    return 1;
}
`;
}

/** api.dart.dev: SecureSocket.startConnect, HttpClient.connectionFactory (Dart 2.18) */
export function formatFlutterProgram(subject: PinSubject): string {
  const { certDer } = certificateOf(subject);
  return `// GET / of the server with the pinned certificate. The pin decides alone: CA, host name and dates are not checked.
// badCertificateCallback is no pin: it is not asked about trusted chains, and may be shown an issuer instead of the server.
// Dart's own library has no SHA-256, so the whole certificate is compared, on each connection, before anything is sent.
// Its SHA-256 is ${certColonHex(subject)}
import 'dart:convert';
import 'dart:io';

const pinned = '${formatBase64(certDer)}';

Future<ConnectionTask<Socket>> connectPinned(Uri url, String? proxyHost, int? proxyPort) async {
  final task = await SecureSocket.startConnect(url.host, url.port, onBadCertificate: (_) => true);
  final socket = await task.socket;
  final shown = socket.peerCertificate;
  if (shown == null || base64.encode(shown.der) != pinned) {
    socket.destroy();
    throw const HandshakeException('refused: not the pinned certificate');
  }
  return task;
}

Future<void> main() async {
  final client = HttpClient()
    ..findProxy = ((_) => 'DIRECT')
    ..connectionFactory = connectPinned;
  try {
    final request = await client.getUrl(Uri.parse('https://${formatAuthority(subject.server)}/'));
    request.followRedirects = false;
    final response = await request.close();
    stdout.write(await response.transform(utf8.decoder).join());
  } on IOException catch (error) {
    stderr.writeln(error);
    exitCode = 1;
  } finally {
    client.close(force: true);
  }
}
`;
}

/** github.com/espressif/arduino-esp32, libraries/NetworkClientSecure: verify() compares SHA-256 of the peer's certificate. */
export function formatEsp32Sketch(subject: PinSubject): string {
  const { host, port } = subject.server;
  return `// GET / of the server with the pinned certificate. The pin decides alone: CA, host name and dates are not checked.
// setInsecure() alone checks nothing: send only after verify() said yes, on this same connection.
// To check CA and name instead of the pin: setCACert(PEM) and no setInsecure().
#include <WiFi.h>
#include <WiFiClientSecure.h>

const char *SSID = "your network";
const char *PASSWORD = "its password";
const char *HOST = "${host}";
const uint16_t PORT = ${port};
// SHA-256 of the certificate. SHA-1, as on the ESP8266, is another digest.
const char *PIN = "${certHex(subject)}";

void setup() {
  Serial.begin(115200);
  WiFi.begin(SSID, PASSWORD);
  while (WiFi.status() != WL_CONNECTED) delay(100);

  WiFiClientSecure client;
  client.setInsecure();
  if (!client.connect(HOST, PORT)) {
    Serial.println("no connection");
    return;
  }
  if (!client.verify(PIN, NULL)) {
    client.stop();
    Serial.println("refused: not the pinned certificate");
    return;
  }
  client.printf("GET / HTTP/1.1\\r\\nHost: %s\\r\\nConnection: close\\r\\n\\r\\n", HOST);
  while (client.connected() || client.available()) {
    if (client.available()) Serial.write(client.read());
  }
}

void loop() {}
`;
}
