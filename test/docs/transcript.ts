/**
 * @module Transcripts: `$ command` lines and what they print. What differs from run to run (dates, digests, serials) is
 * compared by its kind, and `…` stands for any text within a line.
 */

/** A command and the lines below it. */
export interface Step {
  readonly command: string;
  readonly output: string;
}

/** The steps of a `console` block. @throws Error for output before the first command */
export function parseTranscript(text: string): readonly Step[] {
  const [before, ...steps] = `\n${text}`.split('\n$ ');
  if (before?.trim() !== '') throw new Error(`output before the first "$ ": ${before ?? ''}`);
  return steps.map((step) => {
    const [command = '', ...lines] = step.split('\n');
    return { command, output: lines.join('\n') };
  });
}

const MONTHS = 'January|February|March|April|May|June|July|August|September|October|November|December';

/** Spellings that no two runs share. */
const VARYING: readonly (readonly [pattern: RegExp, kind: string])[] = [
  [new RegExp(`\\b\\d{1,2} (?:${MONTHS}) \\d{4}\\b`, 'g'), '<date>'],
  [/\b[0-9A-F]{2}(?::[0-9A-F]{2}){31}\b/g, '<colon hex>'],
  [/\b[0-9a-f]{32}(?:[0-9a-f]{32})?\b/g, '<hex>'],
  [/[A-Za-z0-9+/]{43}=/g, '<base64>'],
  [/[A-Za-z0-9_-]{43}(?![A-Za-z0-9_=-])/g, '<base64url>'],
];

function maskLines(text: string): readonly string[] {
  const masked = VARYING.reduce((sofar, [pattern, kind]) => sofar.replaceAll(pattern, kind), text);
  return masked.split('\n').map((line) => line.trimEnd());
}

const dropOuterBlankLines = (text: string): string => text.replaceAll(/^(?:[ \t]*\n)+|\s+$/g, '');

/** What a page claims, with everything that varies masked. */
export function maskExpected(output: string): string {
  return maskLines(dropOuterBlankLines(output)).join('\n');
}

/** What was printed, masked likewise; a line that the page shortens with `…` takes the page's spelling. */
export function maskActual(output: string, expected: string): string {
  const claims = expected.split('\n');
  const lines = maskLines(dropOuterBlankLines(output));
  return lines.map((line, i) => (fits(line, claims[i] ?? '') ? (claims[i] ?? '') : line)).join('\n');
}

function fits(line: string, claim: string): boolean {
  const parts = claim.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`));
  return new RegExp(`^${parts.join('.*')}$`).test(line);
}
