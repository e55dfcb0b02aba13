/** @module A program for other runtimes: visits an address by each client of the package and prints what came of it. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { fetch as undiciFetch } from 'undici';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { createPinnedDispatcher } from '../../packages/dev/src/undici/index.ts';
import { SECRET } from './secret.ts';

const [url = '', pin = '', caFile] = process.argv.slice(2);
const options = { pins: [pin], ...(caFile === undefined ? {} : { ca: readFileSync(caFile, 'utf8') }) };
const headers = { authorization: SECRET };

function visitByAgent(): Promise<string> {
  return new Promise((resolve, reject) => {
    // What the request says of trust must not count.
    const outgoing = request(url, { agent: createPinnedAgent(options), headers, rejectUnauthorized: false });
    outgoing.on('error', reject);
    outgoing.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve(String(response.statusCode)));
    });
    outgoing.end();
  });
}

async function visitByDispatcher(): Promise<string> {
  const { status } = await undiciFetch(url, { dispatcher: createPinnedDispatcher(options), headers });
  return String(status);
}

const codeOf = (cause: unknown): string => {
  const { code, cause: inner } = cause as { code?: string; cause?: unknown };
  return inner === undefined ? (code ?? String(cause)) : codeOf(inner);
};

for (const visit of [visitByAgent, visitByDispatcher])
  process.stdout.write(`${visit.name} ${await visit().catch(codeOf)}\n`);
process.exit(0);
