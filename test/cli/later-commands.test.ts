/**
 * @module Commands that the contract names and this version does not have: refused as unknown, so that scripts see a clear error
 * and no name is ever minted for one of them by mistake. A command that arrives leaves this list.
 */
import { beforeAll, expect, it } from 'vitest';
import { deskMaker } from './desk.ts';

const LATER = ['config', 'verify'];
const AND_SERVERS = ['acme', 'proxy', 'share'];

const desk = deskMaker('later')();

let help = '';
beforeAll(async () => {
  help = (await desk.runOrThrow(['--help'])).stdout;
});

it.each([...LATER, ...AND_SERVERS])('%s is not there yet', async (command) => {
  if (new RegExp(`^  ${command} `, 'm').test(help)) return;
  expect(await desk.refusal([command])).toMatchObject({ exitCode: 2, code: 'COMMAND_UNKNOWN' });
});
