/** @module The report as text, 80 columns wide. */
import { cpus } from 'node:os';
import type { Comparison, Fact, Figure, Floor, Quantity, Section, Skip } from './figures.ts';

const WIDTHS = { title: 34, ours: 12, peer: 12, ratio: 8 } as const;
const FLOOR_SIGNS: Readonly<Record<Floor['kind'], string>> = { 'at most': '<=', 'less than': '<', 'at least': '>=' };
const HEAD = row('', { ours: 'ours', peer: 'peer', ratio: 'ratio' }, 'floor');

/** The machine, then each section with a line a figure. */
export function renderReport(sections: readonly Section[]): string {
  const machine = `Node ${process.versions.node}, ${cpus().length} CPUs (${cpus()[0]?.model.trim() ?? 'unknown'})`;
  return [machine, ...sections.map(renderSection), `${renderVerdict(sections)}\n`].join('\n\n');
}

function renderSection({ title, note, figures }: Section): string {
  const head = figures.some(({ kind }) => kind === 'comparison') ? [HEAD] : [];
  return [title, `  ${note}`, ...head, ...figures.map(renderFigure)].join('\n');
}

function renderFigure(figure: Figure): string {
  switch (figure.kind) {
    case 'comparison':
      return renderComparison(figure);
    case 'skip':
      return renderSkip(figure);
    case 'fact':
      return renderFact(figure);
  }
}

function renderComparison({ title, ours, peer, ratio, floor, isMet }: Comparison): string {
  const cells = { ours: formatQuantity(ours), peer: formatQuantity(peer), ratio: ratio.toFixed(2) };
  return row(title, cells, `${FLOOR_SIGNS[floor.kind]} ${floor.value}`.padEnd(8) + (isMet ? 'ok' : 'below'));
}

const renderSkip = ({ title, reason }: Skip): string => `  ${title}\n    skipped: ${reason}`;
const renderFact = ({ title, quantity }: Fact): string =>
  row(title, { ours: formatQuantity(quantity), peer: '', ratio: '' }, '').trimEnd();

function renderVerdict(sections: readonly Section[]): string {
  const figures = sections.flatMap((section) => section.figures);
  const comparisons = figures.filter((figure) => figure.kind === 'comparison');
  const missed = comparisons.filter(({ isMet }) => !isMet).length;
  const skipped = figures.filter(({ kind }) => kind === 'skip').length;
  const kept =
    missed === 0 ? `All ${comparisons.length} floors are kept` : `${missed} of ${comparisons.length} floors missed`;
  return `${kept}${skipped === 0 ? '' : `, ${skipped} skipped`}.`;
}

function formatQuantity({ value, unit }: Quantity): string {
  const digits = value < 1000 ? value.toFixed(1) : Math.round(value).toString();
  return unit === '/s' ? `${digits}/s` : `${digits} ${unit}`;
}

function row(title: string, { ours, peer, ratio }: Record<'ours' | 'peer' | 'ratio', string>, rest: string): string {
  const cells = ours.padStart(WIDTHS.ours) + peer.padStart(WIDTHS.peer) + ratio.padStart(WIDTHS.ratio);
  return `  ${title.padEnd(WIDTHS.title)}${cells}  ${rest}`;
}
