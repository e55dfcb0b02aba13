/**
 * @module The words by which a plain connection becomes TLS: SMTP (RFC 3207), IMAP (RFC 9051 section 6.2.1), POP3 (RFC 2595
 * section 4) and PostgreSQL (protocol 3.0, SSLRequest). Nothing else is said, and what the server says is only read for its answer.
 */
import type { Socket } from 'node:net';

export type StartTlsName = 'smtp' | 'imap' | 'pop3' | 'postgres';

/** A greeting or answer is a few lines; a server that talks on is no server of that protocol. */
const MAX_ANSWER_BYTES = 16_384;
/** Length 8, then the code 80877103. PostgreSQL documentation, section "Message Formats". */
const SSL_REQUEST = Uint8Array.of(0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f);

/** Leaves the socket where the TLS handshake begins. Rejects with a plain Error that says which answer was wrong. */
export const START_TLS: Readonly<Record<StartTlsName, (socket: Socket) => Promise<void>>> = {
  smtp: async (socket) => {
    await expectAnswer(socket, SMTP_LAST_LINE, /^220/);
    socket.write('EHLO localhost\r\n');
    await expectAnswer(socket, SMTP_LAST_LINE, /^250/);
    socket.write('STARTTLS\r\n');
    await expectAnswer(socket, SMTP_LAST_LINE, /^220/);
  },
  imap: async (socket) => {
    await expectAnswer(socket, /\n/, /^\* (?:OK|PREAUTH)/i);
    socket.write('a STARTTLS\r\n');
    await expectAnswer(socket, /^a [^\n]*\n/m, /^a OK/im);
  },
  pop3: async (socket) => {
    await expectAnswer(socket, /\n/, /^\+OK/i);
    socket.write('STLS\r\n');
    await expectAnswer(socket, /\n/, /^\+OK/i);
  },
  postgres: async (socket) => {
    socket.write(SSL_REQUEST);
    await expectAnswer(socket, /^./s, /^S/);
  },
};

/** Lines of an answer have a dash behind their code, but for the last (RFC 5321 section 4.2.1); what has no code ends it too. */
const SMTP_LAST_LINE = /(?:^|\n)(?!\d{3}-)[^\n]*\n/;

async function expectAnswer(socket: Socket, isWhole: RegExp, isWelcome: RegExp): Promise<void> {
  const answer = await readAnswer(socket, isWhole);
  if (isWelcome.test(answer)) return;
  // A peer's words are hostile: its first line, and of that only what can be printed.
  const [line = ''] = answer.replaceAll(/[^\x20-\x7e\n]/g, '').split('\n', 1);
  throw new Error(`the server will not begin TLS: "${line.slice(0, 80)}"`);
}

function readAnswer(socket: Socket, isWhole: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = '';
    const stop = (end: () => void): void => {
      socket.off('data', read).off('end', hangUp).off('error', reject).pause();
      end();
    };
    const hangUp = (): void => stop(() => reject(new Error('the server hung up')));
    const read = (chunk: Buffer): void => {
      answer += chunk.toString('latin1');
      if (isWhole.test(answer)) stop(() => resolve(answer));
      else if (answer.length > MAX_ANSWER_BYTES) stop(() => reject(new Error('the server talks without end')));
    };
    socket.on('data', read).once('end', hangUp).once('error', reject).resume();
  });
}
