import { LookupFfnError } from '@lookupffn/core';
import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/types.js';
import { createFeatures, type FeaturePipeline } from './feature-extraction.js';
import { createFillMask, type FillMaskPipeline } from './fill-mask.js';
import type { PipelineTokenizer } from './tokenizer.js';

/** A session to use, or what to make one of (which the pipeline then disposes). */
export type PipelineOptions = { readonly tokenizer: PipelineTokenizer } & (
  | { readonly session: Session }
  | SessionOptions
);

/** One text in, one result out; an array in, an array out. */
function oneOrMany<O, R>(run: (texts: readonly string[], options?: O) => Promise<R[]>) {
  return async (input: string | readonly string[], options?: O): Promise<R | R[]> =>
    Array.isArray(input) ? run(input, options) : (await run([input as string], options))[0]!;
}

const makers = {
  'fill-mask': (session: Session, tokenizer: PipelineTokenizer) => {
    const nested = createFillMask(session, tokenizer);
    const flat = async (...args: Parameters<typeof nested>) =>
      (await nested(...args)).map((masks) => (masks.length === 1 ? masks[0]! : masks));
    return Object.assign(oneOrMany(flat), { nested });
  },
  'feature-extraction': (session: Session, tokenizer: PipelineTokenizer) =>
    oneOrMany(createFeatures(session, tokenizer)),
};

/**
 * A task over texts: `const fill = await pipeline('fill-mask', { model, tokenizer }); await fill('The <mask> of the
 * nation')`. Rejects as `Session.create` does, and with `INVALID_ARGUMENT` for an unknown task.
 */
export function pipeline(task: 'fill-mask', options: PipelineOptions): Promise<FillMaskPipeline>;
export function pipeline(task: 'feature-extraction', options: PipelineOptions): Promise<FeaturePipeline>;
export async function pipeline(
  task: keyof typeof makers,
  options: PipelineOptions,
): Promise<FillMaskPipeline | FeaturePipeline> {
  const make = Object.hasOwn(makers, task) ? makers[task] : undefined;
  if (!make) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `There is no pipeline '${String(task)}'. There are: ${Object.keys(makers).join(', ')}.`,
      { task },
    );
  }
  if (typeof options?.tokenizer?.encode !== 'function') {
    throw new LookupFfnError('INVALID_ARGUMENT', `pipeline('${task}') needs a tokenizer.`);
  }
  const given = 'session' in options;
  const session = given ? options.session : await Session.create(options);
  const dispose = async () => {
    if (!given) await session.dispose();
  };
  try {
    return Object.assign(make(session, options.tokenizer), { session, dispose }) as
      | FillMaskPipeline
      | FeaturePipeline;
  } catch (error) {
    await dispose();
    throw error;
  }
}
