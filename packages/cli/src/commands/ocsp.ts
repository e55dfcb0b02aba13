/** @module `ocsp serve`: answers whether certificates of a CA are revoked, until it is stopped. The issuer signs each answer itself. */
import { quoteWord } from '@mintmark/ca-core';
import { readCa, storeError, type StoredCa } from '@mintmark/ca-store';
import { DEFAULT_CA, readableHome } from '../certificates/choose-ca.ts';
import { unlockSigner } from '../certificates/open-ca.ts';
import type { Command, CommandResult, CommandSpec, Context, Invocation } from '../command.ts';
import { optionText } from '../parse-args.ts';
import { formatUrl, parseListenAddress } from '../revocation/listen-address.ts';
import { createOcspAnswerer } from '../revocation/ocsp-answers.ts';
import { startOcspServer } from '../revocation/ocsp-server.ts';
import { revokeError } from '../revocation/revocation-errors.ts';
import { createStatusBook } from '../revocation/status-book.ts';
import { formatPath } from '../terminal/text.ts';
import { PASSPHRASE_FILE_OPTION, PIN_FILE_OPTION } from './mint-options.ts';

const DEFAULT_LISTEN = '127.0.0.1:2560';

const spec: CommandSpec = {
  name: 'ocsp',
  usage: 'serve',
  summary: 'answer who asks whether a certificate is revoked',
  examples: [
    ['mintmark ocsp serve', `a responder on http://${DEFAULT_LISTEN}/`],
    ['mintmark ocsp serve --listen 127.0.0.1:0 --ca shop', 'another CA, on any free port'],
  ],
  options: [
    { name: 'listen', value: 'ADDR', help: `address and port (default ${DEFAULT_LISTEN}, this machine alone)` },
    PASSPHRASE_FILE_OPTION,
    PIN_FILE_OPTION,
  ],
  positionals: { min: 1, max: 1, what: 'the word serve' },
  words: ['serve'],
};

async function execute(invocation: Invocation, context: Context): Promise<CommandResult> {
  const [word = ''] = invocation.positionals;
  if (word !== 'serve') throw revokeError('OCSP_VERB_UNKNOWN', { word });
  const listen = parseListenAddress(optionText(invocation, 'listen') ?? DEFAULT_LISTEN);
  const caName = optionText(invocation, 'ca') ?? DEFAULT_CA;
  const home = readableHome(context);
  if (home === undefined) throw storeError('CA_NOT_FOUND', { caName });
  const ca = readCa(home, caName);
  const signer = await unlockSigner(ca, { invocation, context });
  const answer = createOcspAnswerer(ca, { signer, statusOf: createStatusBook(home, ca), now: context.io.now });
  const server = await startOcspServer(listen, {
    answer,
    onFault: (cause) => context.say(`no answer: ${cause instanceof Error ? cause.message : 'unknown fault'}\n`),
  });
  stopOnSignals(server.stop);
  const url = formatUrl(server.address);
  return { json: { url, ca: ca.name }, text: render(ca, url, context), next: HOW_TO_STOP };
}

const HOW_TO_STOP = 'Ctrl-C stops it.\n';

/** Then nothing is left to wait for, and the program ends with 0. */
function stopOnSignals(stop: () => void): void {
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const;
  const onSignal = (): void => {
    for (const signal of signals) process.off(signal, onSignal);
    stop();
  };
  for (const signal of signals) process.on(signal, onSignal);
}

function render(ca: StoredCa, url: string, { io }: Context): string {
  const [root, issuer] = [ca.rootFile, ca.issuerFile].map((path) => quoteWord(formatPath(path, io.cwd)));
  return (
    `OCSP responder of CA "${ca.name}" on ${url}\n\n` +
    `  ask it   openssl ocsp -CAfile ${root} -issuer ${issuer} \\\n` +
    `             -cert FILE.pem -url ${url}\n`
  );
}

export const ocspCommand: Command = { spec, execute };
