import { type ErrorCode, isLookupFfnError } from '@lookupffn/core';
import { TokenizerError } from '@lookupffn/tokenizer';

/** Whose error shape and status codes a route has. */
export type Dialect = 'tei' | 'openai' | 'own';

/** What text-embeddings-inference calls `error_type`. */
export const errorTypes = ['unhealthy', 'backend', 'overloaded', 'validation', 'tokenizer', 'empty'] as const;
type ErrorType = (typeof errorTypes)[number];

/** Every way a request can be refused: status, type, and what it means, for the API's documentation. */
export const refusals = {
  INVALID_JSON: { status: 400, type: 'validation', means: 'The body is not JSON in UTF-8.' },
  INVALID_ARGUMENT: {
    status: 422,
    type: 'validation',
    means: 'A field is missing, unknown or of a wrong type.',
  },
  EMPTY_INPUT: { status: 400, type: 'empty', means: 'There is no input, or an empty text among them.' },
  UNAUTHORIZED: { status: 401, type: 'validation', means: 'The API key is missing or wrong.' },
  MODEL_NOT_FOUND: { status: 404, type: 'validation', means: 'No model of that name is served.' },
  NOT_FOUND: { status: 404, type: 'validation', means: 'There is no such route.' },
  REQUEST_TIMEOUT: { status: 408, type: 'validation', means: 'The body did not arrive in time.' },
  TOO_LARGE: { status: 413, type: 'validation', means: 'The body has too many bytes.' },
  INPUT_TOO_LONG: { status: 413, type: 'validation', means: 'A text, or all of them, has too many tokens.' },
  TOO_MANY_INPUTS: { status: 413, type: 'validation', means: 'There are too many inputs in one request.' },
  NO_CLASSIFICATION_HEAD: { status: 424, type: 'backend', means: 'The model was not trained to classify.' },
  BACKEND_FAILED: { status: 424, type: 'backend', means: 'The model could not compute this input.' },
  OVERLOADED: {
    status: 429,
    type: 'overloaded',
    means: 'Too many requests; come back after Retry-After seconds.',
  },
  CLIENT_CLOSED: {
    status: 499,
    type: 'validation',
    means: 'The client went away; nobody reads this, but logs do.',
  },
  INTERNAL: { status: 500, type: 'backend', means: 'A fault of the server; its log says why.' },
  DEADLINE_EXCEEDED: { status: 503, type: 'overloaded', means: 'There was no answer in time.' },
  UNHEALTHY: { status: 503, type: 'unhealthy', means: 'The server is stopping, or a model has died.' },
} as const satisfies Record<string, { status: number; type: ErrorType; means: string }>;

export type RefusalCode = keyof typeof refusals;

/** A refusal with its reason, thrown anywhere between the socket and the model. */
export class ApiError extends Error {
  readonly code: RefusalCode;
  /** Seconds after which it may go better. */
  readonly retryAfter: number | undefined;

  constructor(code: RefusalCode, message: string, options: { retryAfter?: number; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = 'ApiError';
    this.code = code;
    this.retryAfter = options.retryAfter;
  }
}

export function overloaded(message: string, retryAfter: number): ApiError {
  const wait = `Come back in ${retryAfter} second${retryAfter === 1 ? '' : 's'}.`;
  return new ApiError('OVERLOADED', `${message} ${wait}`, { retryAfter });
}

export function tooManyTokens(tokens: number, limit: number): ApiError {
  return new ApiError(
    'INPUT_TOO_LONG',
    `The request has ${tokens} tokens; at most ${limit} are taken at once. Send several requests.`,
  );
}

/** Codes of the library that are the client's to mend, or that a refusal has a name for; all others are ours. */
const refusalOfCode: Partial<Record<ErrorCode, RefusalCode>> = {
  INVALID_ARGUMENT: 'INVALID_ARGUMENT',
  INDEX_OUT_OF_RANGE: 'INVALID_ARGUMENT',
  NOT_FINITE: 'BACKEND_FAILED',
  DISPOSED: 'UNHEALTHY',
  SESSION_FAILED: 'UNHEALTHY',
  OUT_OF_MEMORY: 'UNHEALTHY',
};

/** Whatever was thrown as a refusal. `cancelled` is why the request was given up, if it was. */
export function toApiError(error: unknown, cancelled?: unknown): ApiError {
  if (error instanceof ApiError) return error;
  if (cancelled !== undefined) {
    if (cancelled instanceof ApiError) return cancelled;
    return new ApiError('CLIENT_CLOSED', 'The client closed the connection.');
  }
  if (error instanceof TokenizerError && error.code === 'INVALID_ARGUMENT') {
    return new ApiError('INVALID_ARGUMENT', error.message);
  }
  if (isLookupFfnError(error)) {
    if (error.code === 'INVALID_ARGUMENT' && 'limit' in error.details) {
      return new ApiError('INPUT_TOO_LONG', error.message);
    }
    const code = refusalOfCode[error.code];
    if (code === 'UNHEALTHY')
      return new ApiError(code, 'The model is not available.', { retryAfter: 5, cause: error });
    if (code) return new ApiError(code, error.message);
  }
  // What is ours to mend goes to the log, not to the client.
  return new ApiError('INTERNAL', 'The server failed; its log says why.', { cause: error });
}

/** TEI answers 422 to what does not parse into its types and 413 to long texts; OpenAI, and we, 400. */
export function statusOf(code: RefusalCode, dialect: Dialect): number {
  const plain = dialect !== 'tei' && (code === 'INVALID_ARGUMENT' || code === 'INPUT_TOO_LONG');
  return plain ? 400 : refusals[code].status;
}

function openAiType(status: number): string {
  if (status === 401) return 'authentication_error';
  if (status === 429) return 'rate_limit_error';
  return status >= 500 ? 'server_error' : 'invalid_request_error';
}

/** The answer a client gets, in the shape its kind of client reads. */
export function errorResponse(error: ApiError, dialect: Dialect): Response {
  const { code, message, retryAfter } = error;
  const status = statusOf(code, dialect);
  const body =
    dialect === 'openai'
      ? { error: { message, type: openAiType(status), param: null, code: code.toLowerCase() } }
      : { error: message, error_type: refusals[code].type, code };
  const headers: Record<string, string> = { 'content-type': 'application/json' };
  if (retryAfter !== undefined) headers['retry-after'] = String(retryAfter);
  if (code === 'UNAUTHORIZED') headers['www-authenticate'] = 'Bearer';
  // A body that has not come would stand where the next request is expected.
  if (code === 'REQUEST_TIMEOUT') headers.connection = 'close';
  return new Response(JSON.stringify(body), { status, headers });
}
