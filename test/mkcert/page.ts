/** @module The tables of docs/mkcert.md, from the calls, the reasons and what was measured. */
import { INVOCATIONS, REASONS, SECTIONS, titleOf, type Invocation, type Reason } from './invocations.ts';
import type { MeasuredRow } from './measured.ts';
import { FACETS, facetOf, type Facet, type Observation } from './observe.ts';

export const PAGE = 'docs/mkcert.md';
const MARKS = ['<!-- calls: made by scripts/mkcert-doc.ts --write -->', '<!-- /calls -->'] as const;

type Measured = Readonly<Record<string, MeasuredRow>>;

/** Everything between the marks. */
function renderTables(measured: Measured): string {
  const equal = INVOCATIONS.filter((call) => listDifferences(call, measured).length === 0).length;
  const head = `${INVOCATIONS.length} calls, ${equal} of them alike.`;
  const tables = SECTIONS.map(([title, calls]) => `### ${title}\n\n${renderTable(calls, measured)}`);
  return [head, ...tables, `### Why\n\n${renderReasons(measured)}`].join('\n\n');
}

const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function renderTable(calls: readonly Invocation[], measured: Measured): string {
  const head = [row(['call', 'exit', 'says it on', 'leaves', 'ours differs in']), row(Array<string>(5).fill('---'))];
  return [...head, ...calls.map((call) => renderRow(call, measured))].join('\n');
}

function renderRow(call: Invocation, measured: Measured): string {
  const seen = measured[titleOf(call)];
  if (seen === undefined) return row([`\`${titleOf(call)}\``, '', '', '', 'not measured']);
  const { mkcert, mintmark } = seen;
  const differences = listDifferences(call, measured).map((facet) => describe(facet, mintmark));
  const reason = call.differs === undefined ? '' : ` ([${call.differs[0]}](#why))`;
  return row([
    `\`${titleOf(call)}\``,
    facetOf(mkcert, 'exit'),
    facetOf(mkcert, 'spoke'),
    mkcert.files.map((file) => `\`${file}\``).join(' '),
    differences.length === 0 ? '' : `${differences.join('; ')}${reason}`,
  ]);
}

/** What a refusal lacks follows from its exit code. */
function listDifferences(call: Invocation, measured: Measured): Facet[] {
  const seen = measured[titleOf(call)];
  if (seen === undefined) return [];
  const differing = FACETS.filter((facet) => facetOf(seen.mkcert, facet) !== facetOf(seen.mintmark, facet));
  return differing.filter(
    (facet) => facet === 'exit' || facetOf(seen.mintmark, facet) !== '' || differing[0] === facet,
  );
}

const LABELS: Readonly<Record<Facet, string>> = {
  exit: 'exit',
  spoke: 'says it on',
  files: 'leaves',
  names: 'names',
  purposes: 'for',
  key: 'key',
  days: 'days',
  p12: 'encryption',
};

function describe(facet: Facet, seen: Observation): string {
  const text = facetOf(seen, facet);
  return `${LABELS[facet]} ${text === '' ? 'nothing' : facet === 'files' || facet === 'names' ? `\`${text}\`` : text}`;
}

function renderReasons(measured: Measured): string {
  const used = new Set(
    INVOCATIONS.filter((call) => measured[titleOf(call)] !== undefined).map(({ differs }) => differs?.[0]),
  );
  const names = (Object.keys(REASONS) as Reason[]).filter((name) => used.has(name));
  return [row(['difference', 'because']), row(['---', '---']), ...names.map((name) => row([name, REASONS[name]]))].join(
    '\n',
  );
}

/** The page with its tables as they should be. @throws Error for a page without the marks */
export function withTables(page: string, measured: Measured): string {
  const [begin, end] = MARKS;
  const [before, rest] = page.split(begin);
  const [, after] = rest?.split(end) ?? [];
  if (before === undefined || after === undefined) throw new Error(`${PAGE} lacks its marks`);
  return `${before}${begin}\n\n${renderTables(measured)}\n\n${end}${after}`;
}
