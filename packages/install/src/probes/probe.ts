/**
 * @module What a probe is: one program of this machine that is asked to visit a throw-away server. A probe is data and a pure
 * plan; starting the program and judging it is for `runProbes`.
 */
import type { StoreId } from '../stores/store.ts';

/** One HTTPS request that a program is asked to make. */
export type ProbeVisit = {
  readonly url: string;
  /** Without brackets. */
  readonly host: string;
  readonly port: number;
  /** Unguessable, so that a request for it tells who came. */
  readonly path: string;
  /** The name does not lead here by itself: the program must be told its address. */
  readonly address?: string;
  /** An empty folder of this visit's own, gone afterwards. */
  readonly scratch: string;
  /** Without the user's own settings of the program: the question is what its store holds. */
  readonly isNeutral: boolean;
};

export type ProbeCall = {
  readonly command: readonly [program: string, ...args: string[]];
  /** Added to the user's environment; undefined takes a variable away. */
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly stdin?: string;
  /** Put into the scratch folder before the start, by name (`profile/cert9.db`). */
  readonly files?: Readonly<Record<string, string | Uint8Array>>;
};

export type Probe = {
  /** Stable and unique among the probes of one machine: `curl`, `java:/usr/lib/jvm/java-17`. */
  readonly id: string;
  /** As people know it. */
  readonly name: string;
  /** The store it reads; undefined for a program with a list of its own. */
  readonly store: StoreId | undefined;
  /** The place of that store it reads, by the place's id; undefined when it reads them all or the first. */
  readonly place?: string;
  /** Environment variables that change whom it trusts. */
  readonly variables: readonly string[];
  /** It stays after it has seen a page: it is ended as soon as the server knows the outcome. */
  readonly isLasting: boolean;
  /** Settings of the user can make it verify nothing (`insecure` in curl's, `http.sslVerify` in git's). */
  readonly isConfigurable: boolean;
  /** Takes seconds: only asked for by name or in a full run. */
  readonly isSlow: boolean;
  /** Undefined when it can't make this visit (a name whose address it can't be told). */
  readonly plan: (visit: ProbeVisit) => ProbeCall | undefined;
};

export type ProbeVerdict = 'accepted' | 'refused' | 'not-run';

export type ProbeResult = Pick<Probe, 'id' | 'name' | 'store' | 'place'> & {
  readonly verdict: ProbeVerdict;
  /** Why, in a few words of the program or of ours. */
  readonly detail?: string;
  /** What to type about it. */
  readonly hint?: string;
  /** It took a certificate that nobody vouches for: it verifies nothing. */
  readonly isBlind?: boolean;
};

/** Most programs are like this one. */
export const PLAIN_PROBE = { isLasting: false, isConfigurable: false, isSlow: false, variables: [] } as const;

/** Where scripts of probes find what to visit: a variable needs no quoting in any language. */
export const URL_VARIABLE = 'MINTMARK_PROBE_URL';
