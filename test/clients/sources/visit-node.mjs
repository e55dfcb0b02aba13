/** Visits over node:https; see drivers/scripted.ts for the lines it reads and prints. */
import { readFileSync } from 'node:fs';
import { request } from 'node:https';
import { isIP } from 'node:net';

const ca = readFileSync(process.argv[2]);

function visit(host, address, port, path) {
  return new Promise((resolve) => {
    const family = isIP(address);
    const lookup = (_name, options, done) =>
      options.all ? done(null, [{ address, family }]) : done(null, address, family);
    const asked = request({ host, port, path, ca, lookup, agent: false, timeout: 15_000 }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk) => (body += chunk));
      response.on('end', () => resolve([body.includes('mintmark-client-proof') ? 'yes' : 'no', body]));
    });
    asked.on('timeout', () => asked.destroy(new Error('timeout')));
    asked.on('error', (error) => resolve(['no', `${error.code} ${error.message}`]));
    asked.end();
  });
}

for (const line of readFileSync(0, 'utf8').split('\n').filter(Boolean)) {
  const [id, host, address, port, path] = line.split('\t');
  const [answer, detail] = await visit(host, address, Number(port), path);
  console.log([id, answer, detail.replace(/\s+/g, ' ')].join('\t'));
}
