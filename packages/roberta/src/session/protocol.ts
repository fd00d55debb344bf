import { type BackendOptions, type ErrorCode, isLookupFfnError, LookupFfnError } from '@lookupffn/core';
import type { ModelMemory } from '../direct/memory.js';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import type { RobertaModel } from './types.js';
import type { ExecutorInfo, WorkRequest, WorkResult } from './work.js';

/** What a session sends its worker. */
export type ToWorker =
  | {
      readonly type: 'create';
      /** URL of the module whose default export is the factory. */
      readonly module: string;
      readonly backendOptions: BackendOptions;
      /** Or the path of a packed file, which the worker opens itself. */
      readonly model: RobertaModel | string;
      readonly precision: PrecisionOptions;
      readonly maxBatchTokens: number;
      readonly notes: readonly string[];
    }
  | { readonly type: 'memory'; readonly id: number }
  | { readonly type: 'run'; readonly id: number; readonly request: WorkRequest }
  | { readonly type: 'cancel'; readonly id: number };

/** What a worker answers. */
export type FromWorker =
  | { readonly type: 'ready'; readonly info: ExecutorInfo }
  | { readonly type: 'refused'; readonly error: ErrorMessage }
  | { readonly type: 'result'; readonly id: number; readonly result: WorkResult }
  | { readonly type: 'memory'; readonly id: number; readonly memory: ModelMemory }
  | { readonly type: 'error'; readonly id: number; readonly error: ErrorMessage };

/** An error between threads: structured clone would lose its class and code. */
export interface ErrorMessage {
  readonly code: ErrorCode;
  readonly message: string;
  readonly details: Record<string, unknown>;
}

/** Errors without a code are bugs of ours or of a backend; they cross with what they say. */
export function toMessage(error: unknown): ErrorMessage {
  if (!isLookupFfnError(error)) {
    const text = error instanceof Error ? (error.stack ?? error.message) : String(error);
    return { code: 'SESSION_FAILED', message: `The session's backend or model threw: ${text}`, details: {} };
  }
  // Details are for reading: whatever JSON cannot carry stays behind.
  let details: Record<string, unknown> = {};
  try {
    details = JSON.parse(JSON.stringify(error.details));
  } catch {}
  return { code: error.code, message: error.message, details };
}

export function fromMessage({ code, message, details }: ErrorMessage): LookupFfnError {
  return new LookupFfnError(code, message, details);
}
