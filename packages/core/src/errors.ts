/**
 * Every error that lookupffn throws on purpose carries one of these codes, so that callers can branch on it
 * without parsing a message.
 */
export type ErrorCode =
  /** An argument or option has a value that can never work. */
  | 'INVALID_ARGUMENT'
  /** A model, training or LookupFFN configuration is out of range or contradicts itself. */
  | 'INVALID_CONFIG'
  /** An array's length does not fit the shape it was given with. */
  | 'SHAPE_MISMATCH'
  /** A token id, target or cell index is outside its table. */
  | 'INDEX_OUT_OF_RANGE'
  /** A handle or backend was used after `dispose()`. */
  | 'DISPOSED'
  /** A backend cannot run here; the message says why and what to do. */
  | 'BACKEND_UNAVAILABLE'
  /** A backend's memory cannot grow; the message says what to let go of. */
  | 'OUT_OF_MEMORY'
  /** A backend does not keep the contract of `defineBackend`. */
  | 'BACKEND_INVALID'
  /** Two copies of core with different backend API versions met. */
  | 'API_VERSION_MISMATCH'
  /** A checkpoint or data file is cut short, altered or malformed. */
  | 'FILE_CORRUPT'
  /** A file or folder does not exist. */
  | 'FILE_NOT_FOUND'
  /** A file or folder cannot be read or written (permissions, disk full). */
  | 'FILE_IO'
  /** A tensor that a model needs is missing from its checkpoint. */
  | 'TENSOR_MISSING'
  /** A tensor has another dtype or shape than the model's configuration asks for. */
  | 'TENSOR_MISMATCH'
  /** A checkpoint, tokenizer or corpus belongs to another run or configuration. */
  | 'RUN_MISMATCH'
  /** The loss or a weight became NaN or infinite. */
  | 'NOT_FINITE'
  /** A corpus is missing, empty or too small for what was asked. */
  | 'CORPUS_INVALID'
  /** Work was cancelled through an AbortSignal. */
  | 'ABORTED'
  /** A session's worker thread could not start or ended unexpectedly. */
  | 'SESSION_FAILED';

const brand = Symbol.for('lookupffn.error');

/** An error with a stable `code`, a message that says what to do, and machine-readable `details`. */
export class LookupFfnError extends Error {
  readonly code: ErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(code: ErrorCode, message: string, details: Record<string, unknown> = {}, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'LookupFfnError';
    this.code = code;
    this.details = details;
    Object.defineProperty(this, brand, { value: true });
  }
}

/** `instanceof` fails when two copies of core are loaded; the brand does not. */
export function isLookupFfnError(error: unknown): error is LookupFfnError {
  return typeof error === 'object' && error !== null && brand in error;
}

/** Throws `ABORTED` when the signal has fired; long work calls this between its steps. */
export function throwIfAborted(signal: AbortSignal | undefined, what: string): void {
  if (signal?.aborted) {
    throw new LookupFfnError('ABORTED', `${what} was cancelled.`, {}, signal.reason);
  }
}
