/**
 * @module The library measured inside one plain Node process: ours, the bare signature and @peculiar/x509 in turn. The
 * bench bundles this file, because a transform on load would add calls of its own to every closure. Prints JSON.
 */
import { createIssueWorkload, createRawWorkload } from './issue-workloads.ts';
import { median } from './median.ts';
import { provideReflectMetadata } from './reflect-metadata.ts';
import { sampleRate } from './workload.ts';

const ROUNDS = 7;

provideReflectMetadata();
const { createPeculiarWorkload } = await import('./peculiar-workload.ts');

const issue = createIssueWorkload();
const workloads = [issue, createRawWorkload(issue.tbsDer), await createPeculiarWorkload()];
for (const workload of workloads) await workload.run(workload.batch); // lets the compiler finish

const samples = new Map(workloads.map(({ name }) => [name, [] as number[]]));
for (let round = 0; round < ROUNDS; round++)
  for (const workload of workloads) samples.get(workload.name)?.push(await sampleRate(workload));

const rates = Object.fromEntries([...samples].map(([name, values]) => [name, median(values)]));
process.stdout.write(`${JSON.stringify({ ...rates, tbsBytes: issue.tbsDer.length })}\n`);
