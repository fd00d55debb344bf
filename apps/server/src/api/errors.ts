import { type ErrorCode, isLookupFfnError } from '@lookupffn/core';
import type { ContentfulStatusCode } from 'hono/utils/http-status';
import type { ErrorResponse } from './types.js';

/** Codes that are the client's to mend; all others are ours. */
const statusOfCode: Partial<Record<ErrorCode, ContentfulStatusCode>> = {
  INVALID_ARGUMENT: 400,
  INDEX_OUT_OF_RANGE: 400,
  // Nginx's "client closed request": nobody reads it, but logs do.
  ABORTED: 499 as ContentfulStatusCode,
  DISPOSED: 503,
};

/** An error as the client sees it. What is ours to mend goes to the log, not to the client. */
export function errorAnswer(error: unknown): { status: ContentfulStatusCode; body: ErrorResponse } {
  if (isLookupFfnError(error)) {
    const status = statusOfCode[error.code] ?? 500;
    if (status !== 500) return { status, body: { error: error.message, code: error.code } };
  }
  return { status: 500, body: { error: 'The server failed; its log says why.', code: 'INTERNAL' } };
}
