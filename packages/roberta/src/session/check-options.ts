import { LookupFfnError } from '@lookupffn/core';

/** A value for a message, where it is short; else what it is. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return 'an array';
  return typeof value === 'object' && value !== null ? 'an object' : String(value);
}

export function invalid(message: string, details: Record<string, unknown> = {}): never {
  throw new LookupFfnError('INVALID_ARGUMENT', message, details);
}

export const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null;

/** What a session is made of, before it is touched. Throws `INVALID_ARGUMENT`, naming the option. */
export function checkSessionOptions(options: unknown): void {
  if (!isObject(options)) invalid(`The session's options are ${show(options)}, no object.`);
  const { model, backend } = options;
  const inMemory =
    isObject(model) &&
    isObject(model.config) &&
    typeof (model.weights as Map<string, unknown>)?.get === 'function';
  if (!inMemory && (typeof model !== 'string' || model === '')) {
    invalid(
      `model is ${show(model)}; give the path of a model's folder or of a packed file, or a model in memory, { config, weights }.`,
      { key: 'model' },
    );
  }
  if (backend === undefined) return;
  if (!isObject(backend) || (typeof backend.create !== 'function' && !isObject(backend.ops))) {
    invalid(`backend is ${show(backend)}, neither a backend's factory nor a Backend.`, { key: 'backend' });
  }
}

/** Throws `INVALID_ARGUMENT` for candidates that are no count of the vocabulary, in the words of who asked. */
export function checkTopK(name: string, topK: number, vocabSize: number): number {
  if (Number.isInteger(topK) && topK >= 1 && topK <= vocabSize) return topK;
  invalid(`${name} is ${show(topK)}; it must be a whole number from 1 to ${vocabSize}.`, { [name]: topK });
}
