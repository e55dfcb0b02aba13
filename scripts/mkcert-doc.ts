/** @module Guards the tables of docs/mkcert.md: they are what the tests in test/mkcert measured. With `--write` they are written anew. */
import { readFileSync, writeFileSync } from 'node:fs';
import { readMeasured } from '../test/mkcert/measured.ts';
import { PAGE, withTables } from '../test/mkcert/page.ts';

const made = withTables(readFileSync(PAGE, 'utf8'), readMeasured());
if (process.argv.includes('--write')) writeFileSync(PAGE, made);
const isCurrent = readFileSync(PAGE, 'utf8') === made;
if (!isCurrent) process.stderr.write(`${PAGE} is not what was measured: npx tsx scripts/mkcert-doc.ts --write\n`);
process.exitCode = isCurrent ? 0 : 1;
