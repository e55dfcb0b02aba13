/** @module The ready program of Electron: a session whose certificates are judged by the pin. */
import { urlOf } from './javascript-text.ts';
import type { PinServer } from './pin-format.ts';

/** @param pin in Electron's spelling */
export function formatElectron(pin: string, server: PinServer): string {
  return `// Electron: a session that talks to the server with this certificate and to no other. The fingerprint looks like OkHttp's
// pin of a key and is the digest of the certificate. The pin decides alone (0 accepts, -2 refuses): for CA, name and
// dates as well answer -3 instead of 0, which is Chromium's own verdict.
const { app, session } = require('electron');

const PIN = '${pin}';

// Chromium remembers verdicts: so this session lives in memory, gets its pin before its first request and keeps it.
async function createPinnedSession() {
  const pinned = session.fromPartition('pinned');
  pinned.setCertificateVerifyProc(({ certificate }, callback) => callback(certificate.fingerprint === PIN ? 0 : -2));
  await pinned.setProxy({ mode: 'direct' });
  return pinned;
}

async function main() {
  await app.whenReady();
  const pinned = await createPinnedSession();
  const response = await pinned.fetch('${urlOf(server)}', { redirect: 'error' });
  process.stdout.write(await response.text());
}

main().then(
  () => app.exit(0),
  (error) => {
    console.error(\`failed: \${error.message}\`);
    app.exit(1);
  },
);
`;
}
