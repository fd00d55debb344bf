import type { ModelHead, RobertaConfig } from '../model/config.js';
import { checkSessionOptions, invalid, isObject, show } from '../session/check-options.js';
import type { BatchOptions } from './sorted.js';

/** Number formats by transformers.js's names; `q8` is its other name for `int8`. */
export const pipelineDtypes = ['fp32', 'int8', 'q8'] as const;

/** What `pipeline` is given, before a model is loaded. Throws `INVALID_ARGUMENT`, naming the option. */
export function checkPipelineOptions(task: string, options: unknown): void {
  if (!isObject(options)) invalid(`The options of pipeline('${task}') are ${show(options)}, no object.`);
  const { tokenizer, session, model, backend, dtype } = options;
  if (!isObject(tokenizer) || typeof tokenizer.encode !== 'function') {
    invalid(`pipeline('${task}') needs a tokenizer; tokenizer is ${show(tokenizer)}.`, { key: 'tokenizer' });
  }
  if (session !== undefined) {
    if (isObject(session) && isObject(session.config)) return;
    invalid(`session is ${show(session)}, no Session.`, { key: 'session' });
  }
  if (model === undefined) {
    invalid(`pipeline('${task}') needs a model, or a session of one.`, { key: 'model' });
  }
  if (dtype !== undefined && !(pipelineDtypes as readonly unknown[]).includes(dtype)) {
    invalid(`dtype is ${show(dtype)}; it must be fp32, int8 or q8.`, { key: 'dtype', dtype });
  }
  // A name is looked up later; a session takes none.
  checkSessionOptions(typeof backend === 'string' ? { ...options, backend: undefined } : options);
}

/** Throws `INVALID_ARGUMENT` where a model lacks the head of a task. */
export function requireHead(task: string, { head }: RobertaConfig, needed: ModelHead, hint: string): void {
  if (head === needed) return;
  const has = head === 'none' ? 'no head at all' : `a ${head} head`;
  invalid(`pipeline('${task}') needs a model with a ${needed} head; this checkpoint has ${has}. ${hint}`, {
    needed,
    head,
  });
}

/** What a call of a pipeline is given. Throws `INVALID_ARGUMENT`, naming the option; returns the options. */
export function checkCall<O extends BatchOptions>(texts: unknown, options: O | undefined): O {
  if (!Array.isArray(texts)) invalid(`Give an array of texts, not ${show(texts)}.`);
  if (options === undefined) return {} as O;
  if (!isObject(options)) invalid(`The options of the call are ${show(options)}, no object.`);
  const { signal, onProgress, truncation } = options;
  const isSignal = typeof signal?.aborted === 'boolean' && typeof signal.addEventListener === 'function';
  if (signal !== undefined && !isSignal) {
    invalid(`signal is ${show(signal)}, no AbortSignal; of an AbortController give its signal.`, {
      key: 'signal',
    });
  }
  if (onProgress !== undefined && typeof onProgress !== 'function') {
    invalid(`onProgress is ${show(onProgress)}, no function.`, { key: 'onProgress' });
  }
  if (truncation !== undefined && typeof truncation !== 'boolean') {
    invalid(`truncation is ${show(truncation)}; it must be true or false.`, { key: 'truncation' });
  }
  return options;
}
