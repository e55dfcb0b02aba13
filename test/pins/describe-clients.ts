/** @module The same tests for every client: the pin as printed, accepted when it should be and refused when it should be. */
import { afterAll, beforeAll, describe, expect, it, type TestContext } from 'vitest';
import type { RunResult } from '../programs/run.ts';
import { isRecording, readMeasured, writeMeasured, type Behaviour, type Measured } from './measured.ts';
import type { PinnedClient, PinTarget } from './pinned-client.ts';
import { WELCOME, type PinnedServer } from './pinned-server.ts';
import { createScene, type CaseName, type Meeting } from './scene.ts';
import { requireClient } from './require-client.ts';

/** Cases whose outcome the client's own rules decide: written down, and held to what was written. */
const RECORDED = ['issued', 'expired', 'wrongHost'] as const;

/** @param family the name of the file of measurements */
export function describeClients(family: string, clients: readonly PinnedClient[]): void {
  const scene = createScene(family);
  const meetings = new Map<PinTarget, ReadonlyMap<CaseName, Meeting>>();
  beforeAll(async () => {
    for (const { target = 'self-signed' } of clients)
      if (!meetings.has(target)) meetings.set(target, await scene.meetings(target));
  });
  afterAll(() => scene.close());
  const measured = readMeasured(family);
  const seen: Record<string, Record<string, string>> = {};

  describe.each(clients)('$format, as $client takes it', (client) => {
    const { format, target = 'self-signed' } = client;
    const meeting = (name: CaseName): Meeting => meetings.get(target)?.get(name) ?? expect.fail(`no case ${name}`);
    const note = (name: string, value: string): void => void ((seen[format] ??= {})[name] = value);

    const visit = async (context: TestContext, name: CaseName): Promise<Behaviour> => {
      requireClient(context, client);
      const { server } = meeting(name);
      const emitted = await scene.emit(format, meeting(name));
      server.forget();
      const behaviour = judge(await client.visit(emitted), server);
      note(name, behaviour);
      return behaviour;
    };

    it('is accepted with the right pin', async (context) => {
      expect(await visit(context, 'right')).toBe('accepted');
      note('version', await client.version());
    });

    it('refuses a wrong pin before anything is sent', async (context) => {
      expect(await visit(context, 'wrong')).toBe('refused');
    });

    it('refuses a server that sends the pinned certificate behind its own', async (context) => {
      expect(await visit(context, 'appended')).toBe('refused');
    });

    it('refuses a leaf that names the pinned certificate as its issuer', async (context) => {
      expect(await visit(context, 'forged')).toBe('refused');
    });

    it.for(RECORDED.filter((name) => name !== 'issued' || target === 'self-signed'))(
      'behaves as the documentation says: %s',
      async (name, context) => {
        const behaviour = await visit(context, name);
        if (!isRecording) expect(behaviour).toBe(measured[format]?.[name]);
      },
    );

    it('holds when a session is resumed', async (context) => {
      requireClient(context, client);
      const { visitAgain } = client;
      if (visitAgain === 'one connection') return note('again', visitAgain);
      expect(await judgeAgain(visitAgain, 'wrong')).toBe('refused');
      expect(await judgeAgain(visitAgain, 'right')).toBe('accepted');
      note('again', 'refused');
    });

    const judgeAgain = async (
      visitAgain: Exclude<PinnedClient['visitAgain'], string>,
      name: CaseName,
    ): Promise<Behaviour> => {
      const { server } = meeting(name);
      const emitted = await scene.emit(format, meeting(name));
      server.forget();
      const result = await visitAgain(emitted);
      expect(server.requests[0], `no careless visit came first\n${result.output}`).toMatch(/^\/unpinned/);
      return judge(result, server, 2);
    };

    afterAll(() => {
      const found = seen[format];
      if (isRecording && found !== undefined) write(client, found);
    });
  });

  const write = (client: PinnedClient, found: Readonly<Record<string, string>>): void =>
    writeMeasured(family, {
      [client.format]: { client: client.client, target: client.target ?? 'self-signed', ...found } as Measured,
    });
}

/** Accepted: the request arrived and the answer was read. Refused: the client failed and nothing arrived. All else is a fault. */
function judge(result: RunResult, server: PinnedServer, wanted = 1): Behaviour {
  const arrived = server.requests.filter((path) => !path.startsWith('/unpinned')).length;
  const wasRead = result.stdout.split(WELCOME).length - 1 >= wanted;
  if (!result.timedOut && result.exitCode === 0 && arrived >= wanted && wasRead) return 'accepted';
  // Who never came to the server has refused nobody.
  const isRefusal = result.exitCode !== 0 && arrived === 0 && server.connections > 0;
  if (!result.timedOut && isRefusal && !result.output.includes(WELCOME)) return 'refused';
  throw new Error(
    `neither accepted nor refused: exit ${String(result.exitCode)}, requests ${JSON.stringify(server.requests)}\n${result.output}`,
  );
}
