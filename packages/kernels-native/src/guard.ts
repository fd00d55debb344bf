import { type ErrorCode, LookupFfnError } from '@lookupffn/core';
import type { NativeEngine } from './addon.js';

// biome-ignore lint/suspicious/noExplicitAny: groups of functions are walked by name here.
type Group = Record<string, (...args: any[]) => any>;

/** The addon throws plain errors with a code: the same as core's own, for callers that branch on them. */
function coded(error: unknown): unknown {
  const { code, message } = (error ?? {}) as { code?: unknown; message?: unknown };
  if (typeof code !== 'string' || typeof message !== 'string') return error;
  return new LookupFfnError(code as ErrorCode, `Backend 'native': ${message}`, {}, error);
}

export function guarded<F extends (...args: never[]) => unknown>(call: F): F {
  return ((...args: never[]) => {
    try {
      return call(...args);
    } catch (error) {
      throw coded(error);
    }
  }) as F;
}

function guardedGroup<G extends object>(group: G): G {
  const entries = Object.entries(group as Group).map(([name, call]) => [name, guarded(call)]);
  return Object.fromEntries(entries) as G;
}

/** The same functions, throwing core's errors. */
export function guardedEngine(engine: NativeEngine): NativeEngine {
  return {
    ops: guardedGroup(engine.ops),
    grad: guardedGroup(engine.grad),
    optim: guardedGroup(engine.optim),
    prepare: guardedGroup(engine.prepare),
    roofline: guardedGroup(engine.roofline),
  };
}
