/** What went wrong, for callers that branch on it. */
export type TokenizerErrorCode =
  /** An argument or option has a value that can never work. */
  | 'INVALID_ARGUMENT'
  /** A tokenizer.json, vocabulary or merges file is malformed or contradicts itself. */
  | 'INVALID_TOKENIZER'
  /** The file asks for a component (named in the message) that this library does not have. */
  | 'UNSUPPORTED_COMPONENT'
  /** The training texts hold nothing to learn from. */
  | 'CORPUS_INVALID'
  /** Work was cancelled through an AbortSignal. */
  | 'ABORTED';

/** Every error this package throws on purpose. */
export class TokenizerError extends Error {
  readonly code: TokenizerErrorCode;
  readonly details: Readonly<Record<string, unknown>>;

  constructor(
    code: TokenizerErrorCode,
    message: string,
    details: Record<string, unknown> = {},
    cause?: unknown,
  ) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = 'TokenizerError';
    this.code = code;
    this.details = details;
  }
}
