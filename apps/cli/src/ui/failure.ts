import { type ErrorCode, isLookupFfnError } from '@lookupffn/core';
import { fileError } from '@lookupffn/core/node';
import { TokenizerError } from '@lookupffn/tokenizer';
import { CommanderError } from 'commander';

export interface Failure {
  readonly exitCode: number;
  /** What, where, and what to do. Empty when it has been said already. */
  readonly message: string;
  /** Absent for help and version, which commander reports as exceptions. */
  readonly code?: string;
}

/** Errors that say something about the program or the arithmetic, not about what the user gave. */
const notTheUsersFault: ReadonlySet<ErrorCode> = new Set([
  'BACKEND_INVALID',
  'API_VERSION_MISMATCH',
  'DISPOSED',
  'NOT_FINITE',
  'OUT_OF_MEMORY',
  'SESSION_FAILED',
]);

function withStack(message: string, error: unknown): string {
  const stack = error instanceof Error ? error.stack : undefined;
  return process.env.LOOKUPFFN_DEBUG && stack ? `${message}\n${stack}` : message;
}

/** Most file operations give coded errors already; this words those that reach us raw. */
function fromSystem(error: unknown): unknown {
  const { path, syscall } = error instanceof Error ? (error as NodeJS.ErrnoException) : {};
  return syscall ? fileError(error, path ?? '', syscall) : error;
}

/** Maps whatever was thrown to one message and an exit code. */
export function describeFailure(thrown: unknown): Failure {
  const error = fromSystem(thrown);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return { exitCode: 0, message: '' };
    return error.code === 'commander.help'
      ? { exitCode: 2, message: 'Give one of these commands.', code: 'INVALID_ARGUMENT' }
      : { exitCode: 2, message: error.message.replace(/^error: /, ''), code: 'INVALID_ARGUMENT' };
  }
  if (isLookupFfnError(error) || error instanceof TokenizerError) {
    const { code, message } = error;
    if (code === 'ABORTED') return { exitCode: 130, message, code };
    return {
      exitCode: notTheUsersFault.has(code as ErrorCode) ? 1 : 2,
      message: withStack(message, error),
      code,
    };
  }
  const text = error instanceof Error ? error.message : String(error);
  return {
    exitCode: 1,
    message: withStack(
      `unexpected: ${text}\nThis is a bug in lookupffn; run again with LOOKUPFFN_DEBUG=1 for where it happened.`,
      error,
    ),
    code: 'INTERNAL',
  };
}
