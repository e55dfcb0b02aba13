/** @module Pieces that the ready programs of the JavaScript rows share. */
import { formatAuthority, type PinServer } from './pin-format.ts';

/** How to have more checked; it holds for every program whose socket is connected by `connect` of node:tls. */
export const MORE_CHECKS =
  '// The pin decides alone: for CA, name and dates as well leave out rejectUnauthorized, and give ca: PEM of your own CA.';

export const urlOf = (server: PinServer): string => `https://${formatAuthority(server)}/`;

/** Prints the answer, or on one line why there is none. `failure` is what to read the reason from. */
export const printing = (request: string, failure = 'error'): string => `try {
${request.replaceAll(/^(?=.)/gm, '  ')}
} catch (error) {
  const { message, code } = ${failure};
  console.error(\`failed: \${message || code}\`);
  process.exitCode = 1;
}
`;
