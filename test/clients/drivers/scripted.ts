/**
 * @module Clients that are a language's runtime: a small script in `sources/` reads all visits from stdin, a tab-separated line each
 * (id, host, address, port, path), and prints a line for each (id, `yes` or `no`, detail). The root's file is its only argument.
 */
import { fileURLToPath } from 'node:url';
import { programPath } from '../../programs/program.ts';
import { run } from '../../programs/run.ts';
import type { Client, Outcome, Outcomes, Trust, Visit } from '../visit.ts';

/** A script of the tests, by its file name. */
export function sourceFile(name: string): string {
  return fileURLToPath(new URL(`../sources/${name}`, import.meta.url));
}

/** Runs a command that speaks the protocol. @throws Error when it does not answer every visit */
export async function visitByScript(command: readonly string[], visits: readonly Visit[]): Promise<Outcomes> {
  const lines = visits.map((visit) => [visit.id, visit.host, visit.address, visit.port, visit.path].join('\t'));
  const result = await run(command, { input: `${lines.join('\n')}\n`, timeoutMs: 110_000 });
  const outcomes = new Map(result.stdout.split('\n').flatMap(parseAnswer));
  const unanswered = visits.filter((visit) => !outcomes.has(visit.id));
  if (unanswered.length === 0) return outcomes;
  throw new Error(`${command.join(' ')}\nleft ${unanswered.length} visits unanswered\n${result.output}`);
}

function parseAnswer(line: string): [string, Outcome][] {
  const [id, answer, ...detail] = line.split('\t');
  if (id === undefined || (answer !== 'yes' && answer !== 'no')) return [];
  return [[id, { accepted: answer === 'yes', detail: detail.join(' ') }]];
}

interface Interpreted {
  readonly name: string;
  readonly program: string;
  readonly script: string;
  readonly options?: readonly string[];
}

/** A client whose interpreter runs a script as it is. */
export function interpretedClient(client: Interpreted): Client {
  return {
    name: client.name,
    programs: [client.program],
    visitAll: (visits: readonly Visit[], trust: Trust) => {
      const script = [...(client.options ?? []), sourceFile(client.script), trust.rootFile];
      return visitByScript([programPath(client.program), ...script], visits);
    },
  };
}
