/** @module What a diagnosis finds: what is wrong, why, and what to type. */

export type Finding = {
  /** Stable, for programs: `server-chain-missing`. */
  readonly id: string;
  /** A problem makes some client refuse, or a key worth stealing; advice does not. */
  readonly severity: 'problem' | 'advice';
  /** Who suffers what, as a clause: `clients refuse localhost:8443`. */
  readonly subject: string;
  readonly why: string;
  /** A command to type where there is one. */
  readonly fix?: string;
  /** What comes after that, as a clause: `restart the server`. */
  readonly next?: string;
  /** What can be done about it at once and safely. */
  readonly repair?: Repair;
};

export type Repair = { readonly kind: 'mode'; readonly path: string; readonly mode: number };

/** What was found wrong, and what was looked at and found right. */
export type Diagnosis = { readonly findings: readonly Finding[]; readonly passes: readonly string[] };
