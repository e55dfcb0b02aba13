/** @module What the bench reports: comparisons with a floor, peers that were missing, and plain facts. */

export type Unit = 'ms' | '/s' | 'KiB';
export type Quantity = { readonly value: number; readonly unit: Unit };

/** The bound that our figure divided by the peer's must keep. */
export type Floor = { readonly kind: 'at most' | 'less than' | 'at least'; readonly value: number };

export type Comparison = {
  readonly kind: 'comparison';
  readonly title: string;
  readonly ours: Quantity;
  readonly peer: Quantity;
  /** Ours divided by the peer's: times should be small, rates large. */
  readonly ratio: number;
  readonly floor: Floor;
  readonly isMet: boolean;
};

export type Skip = { readonly kind: 'skip'; readonly title: string; readonly reason: string };
export type Fact = { readonly kind: 'fact'; readonly title: string; readonly quantity: Quantity };
export type Figure = Comparison | Skip | Fact;

/** A titled part of the report; `note` says how it was measured. */
export type Section = { readonly title: string; readonly note: string; readonly figures: readonly Figure[] };

/** A comparison with its ratio and verdict worked out. */
export function compare(title: string, ours: Quantity, peer: Quantity, floor: Floor): Comparison {
  const ratio = ours.value / peer.value;
  return { kind: 'comparison', title, ours, peer, ratio, floor, isMet: keeps(ratio, floor) };
}

function keeps(ratio: number, { kind, value }: Floor): boolean {
  if (kind === 'at least') return ratio >= value;
  return kind === 'at most' ? ratio <= value : ratio < value;
}
