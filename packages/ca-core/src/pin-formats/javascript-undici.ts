/** @module The ready program of undici: a connector that checks each new socket before undici gets it. */
import { MORE_CHECKS, printing, urlOf } from './javascript-text.ts';
import { certColonHex, type PinSubject } from './pin-format.ts';

export function formatUndici(subject: PinSubject): string {
  return `// undici: sends its request to the server with this certificate and to no other. checkServerIdentity is no pin: with
// rejectUnauthorized off its verdict is ignored. Nor is looking for a CA in the chain: anyone can append that CA.
${MORE_CHECKS}
import { Agent, buildConnector, fetch } from 'undici';

const PIN = '${certColonHex(subject)}';

// No resumed sessions: Node shows no certificate there.
const connectTls = buildConnector({ maxCachedSessions: 0, rejectUnauthorized: false });

function connectPinned(options, callback) {
  connectTls(options, (error, socket) => {
    if (error) return callback(error, null);
    // A socket of plain http has no certificate, and is refused.
    const shown = socket.getPeerCertificate?.().fingerprint256 ?? 'no certificate';
    if (shown === PIN) return callback(null, socket);
    socket.destroy();
    callback(new Error(\`the server shows \${shown}, not the pinned \${PIN}\`), null);
  });
}

const dispatcher = new Agent({ connect: connectPinned });
${printing(
  `const response = await fetch('${urlOf(subject.server)}', { dispatcher, redirect: 'error' });
process.stdout.write(await response.text());`,
  'error.cause ?? error',
)}`;
}
