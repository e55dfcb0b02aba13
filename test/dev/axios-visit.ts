/** @module A program of its own, because Node reads its CAs and axios its proxy from the environment of a process. */
import axios from 'axios';
import { createPinnedAgent } from '../../packages/dev/src/index.ts';
import { SECRET } from './secret.ts';

const [mode = '', url = '', pin = ''] = process.argv.slice(2);
const agent = createPinnedAgent({ pins: [pin] });
const both = { httpAgent: agent, httpsAgent: agent };
const options =
  { plain: {}, pinned: { httpsAgent: agent }, both, direct: { ...both, proxy: false as const } }[mode] ?? {};
try {
  const { data } = await axios.get<string>(url, { ...options, headers: { authorization: SECRET } });
  process.stdout.write(`${data}\n`);
} catch (cause) {
  process.stdout.write(`${(cause as { code?: string }).code ?? String(cause)}\n`);
}
