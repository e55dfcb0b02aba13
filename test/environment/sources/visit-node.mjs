/** One visit over node:https with the roots Node has by itself: host, address, port, path. */
import { request } from 'node:https';
import { isIP } from 'node:net';

const [host, address, port, path] = process.argv.slice(2);
const family = isIP(address);
const lookup = (_name, options, done) =>
  options.all ? done(null, [{ address, family }]) : done(null, address, family);
const asked = request({ host, port: Number(port), path, lookup, agent: false, timeout: 15_000 }, (response) => {
  response.pipe(process.stdout);
});
asked.on('timeout', () => asked.destroy(new Error('timeout')));
asked.on('error', (error) => {
  console.error(`${error.code} ${error.message}`);
  process.exitCode = 1;
});
asked.end();
