/**
 * @module The words every client driver shares: a visit (one HTTPS request to one name), its outcome, and a client.
 */

/** The body every throw-away server answers with: a client that shows it has read the page. */
export const MARKER = 'mintmark-client-proof';

export type Loopback = '127.0.0.1' | '::1';

/** One HTTPS request: the name the client must believe in, and where that name is to be found. */
export interface Visit {
  readonly id: string;
  /** A DNS name in its ASCII form, or an IP address without brackets. */
  readonly host: string;
  readonly address: Loopback;
  readonly port: number;
  /** The path to ask for: unique to client and case, so that the server's log tells who came. */
  readonly path: string;
}

export interface Outcome {
  /** The client's own word: it completed the request without complaint. */
  readonly accepted: boolean;
  /** What the client printed, for the message of a failed expectation. */
  readonly detail: string;
}

export interface Trust {
  /** The one root the client may trust, PEM. */
  readonly rootFile: string;
  /** An empty folder for profiles, key stores and compiled programs. */
  readonly folder: string;
}

export type Outcomes = ReadonlyMap<string, Outcome>;

/** A foreign program that can be asked to visit servers. */
export interface Client {
  readonly name: string;
  /** What must be installed, in the words of `findProgram`. */
  readonly programs: readonly string[];
  /** Makes every visit, in one process where starting is slow, and answers by visit id. */
  visitAll(visits: readonly Visit[], trust: Trust): Promise<Outcomes>;
}

/** For clients that make one visit a process: one after the other, because the tests share the machine. */
export async function visitOneByOne(
  visits: readonly Visit[],
  visitOne: (visit: Visit) => Promise<Outcome>,
): Promise<Outcomes> {
  const outcomes = new Map<string, Outcome>();
  for (const visit of visits) outcomes.set(visit.id, await visitOne(visit));
  return outcomes;
}

/** Whether a host is an IP address: those are never sent as SNI. */
export function isIp(host: string): boolean {
  return host.includes(':') || /^\d+(\.\d+){3}$/.test(host);
}

/** A host as it stands in a URL: IPv6 in brackets. */
export function urlHost(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}

/** The visit as a person would type it. */
export function visitUrl(visit: Visit): string {
  return `https://${urlHost(visit.host)}:${visit.port}${visit.path}`;
}

/** The visit as an HTTP/1.0 request, for clients that speak TLS and nothing above it. */
export function plainRequest(visit: Visit): string {
  return `GET ${visit.path} HTTP/1.0\r\nHost: ${urlHost(visit.host)}\r\n\r\n`;
}
