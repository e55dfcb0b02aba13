/** @module What programs said, kept as they said it, and the few words that are told on. */
import { expect, it } from 'vitest';
import { explainRefusal, isAboutCertificates } from './explain-refusal.ts';

const CHROMIUM = `[6160:6189:1122/080820.216760:ERROR:dbus/bus.cc:405] Failed to connect to the bus
[6205:6235:1122/080820.354708:ERROR:net/socket/ssl_client_socket_impl.cc:949] handshake failed; net_error -202
[6160:6160:1122/080820.382329:ERROR:components/headless/headless_command_handler.cc:403] Page load failed: net::ERR_CERT_AUTHORITY_INVALID
`;
const CURL = `curl: (60) SSL certificate problem: unable to get local issuer certificate
More details here: https://curl.se/docs/sslcerts.html

curl failed to verify the legitimacy of the server and therefore could not
establish a secure connection to it.`;
const JAVA = `(certificate_unknown) PKIX path building failed: sun.security.provider.certpath.SunCertPathBuilderException: unable to find valid certification path to requested target`;

it.each([
  ['Chromium', CHROMIUM, 'ERR_CERT_AUTHORITY_INVALID', true],
  ['curl', CURL, 'unable to get local issuer certificate', true],
  ['Java', JAVA, 'unable to find valid certification path to requested target', true],
  [
    'Go',
    'tls: failed to verify certificate: x509: certificate signed by unknown authority',
    'certificate signed by unknown authority',
    true,
  ],
  [
    'git',
    "fatal: unable to access 'https://localhost:1/': server certificate verification failed. CAfile: none",
    'server certificate verification failed',
    true,
  ],
  [
    'curl without a server',
    'curl: (7) Failed to connect to localhost port 1 after 0 ms: Connection refused',
    'curl: (7) Failed to connect to localhost port 1 after 0 ms: Connection refused',
    false,
  ],
  [
    'Python without the module',
    "Traceback (most recent call last):\nModuleNotFoundError: No module named 'requests'",
    "No module named 'requests'",
    false,
  ],
])('%s', (_program, output, words, isAbout) => {
  expect(explainRefusal({ output, isLate: false }, [])).toBe(words);
  expect(isAboutCertificates(output)).toBe(isAbout);
});

it('the alert speaks for who says nothing', () => {
  const silent = { output: '*** You are running in headless mode.\n', isLate: true };
  expect(explainRefusal(silent, ['TLSV1_ALERT_UNKNOWN_CA'])).toBe('it does not know the CA');
  expect(explainRefusal(silent, [])).toBe('no answer in time');
  expect(explainRefusal({ output: '', isLate: false }, [])).toBeUndefined();
});

it('hostile words can neither move the cursor nor fill the screen', () => {
  const told = explainRefusal({ output: `\u001b[2Jgone ${'x'.repeat(9000)}`, isLate: false }, []) ?? '';
  expect(told).not.toContain('\u001b');
  expect(told.length).toBeLessThanOrEqual(160);
});
