/** @module Errors as people see them: code, one line, hint. A stack trace only under --verbose. */
import { CaError, isCaError } from '@mintmark/ca-core';
import { cliError } from '../cli-errors.ts';
import type { Style } from '../terminal/style.ts';

/** Anything thrown, as an error with a code; foreign ones become INTERNAL. */
export function toCaError(cause: unknown): CaError {
  if (isCaError(cause)) return cause;
  if (cause instanceof Error && cause.name === 'ExitPromptError')
    return cliError('CONFIRMATION_DENIED', { what: 'interrupted' });
  return cliError('INTERNAL', { reason: cause instanceof Error ? cause.name : 'unknown' }, { cause });
}

export function renderError(error: CaError, { style, isVerbose }: { style: Style; isVerbose: boolean }): string {
  const trace = isVerbose
    ? `${error.stack ?? ''}\n${error.cause instanceof Error ? `caused by ${error.cause.stack ?? ''}\n` : ''}`
    : '';
  return `${style.red(`error[${error.code}]`)}: ${error.message}\nhint: ${error.hint}\n${trace}`;
}

export function errorJson(error: CaError): object {
  return { error: { code: error.code, message: error.message, hint: error.hint, details: error.details } };
}
