import { type Backend, type BackendFactory, LookupFfnError, resolveFactory } from '@lookupffn/core';
import type { PrecisionOptions } from '../direct/prepared-modules.js';
import { Session } from '../session/session.js';
import type { SessionOptions } from '../session/types.js';
import { checkPipelineOptions, type pipelineDtypes } from './check.js';
import { createFeatures, type FeaturePipeline } from './feature-extraction.js';
import { createFillMask, type FillMaskPipeline } from './fill-mask.js';
import { createSimilarity, type SimilarityPipeline } from './sentence-similarity.js';
import {
  type ClassificationInput,
  type ClassificationOptions,
  type ClassificationPipeline,
  createClassification,
} from './text-classification.js';
import type { PipelineTokenizer } from './tokenizer.js';

export type PipelineDtype = (typeof pipelineDtypes)[number];

/** What to make a session of. */
export type PipelineSessionOptions = Omit<SessionOptions, 'backend'> & {
  /** As for a session, or a registered backend's name: that one or an error (transformers.js's `device`). */
  readonly backend?: BackendFactory | Backend | string;
  /**
   * How weights are kept, tables and dense alike; `linearDtype`, `tableDtype` and `projectionDtype` say it for each.
   * Default: what `lookupffn tune` found for the folder, else `fp32`.
   */
  readonly dtype?: PipelineDtype;
};

/** A session to use, or what to make one of (which the pipeline then disposes). */
export type PipelineOptions = { readonly tokenizer: PipelineTokenizer } & (
  | { readonly session: Session }
  | PipelineSessionOptions
);

const int8: PrecisionOptions = { linearDtype: 'int8', tableDtype: 'int8' };
// fp32 is said for each kind of weight: what is left out is a tuning's to choose.
const precisions: Readonly<Record<PipelineDtype, PrecisionOptions>> = {
  fp32: { linearDtype: 'f32', tableDtype: 'f32', projectionDtype: 'f32' },
  int8,
  q8: int8,
};

async function openSession({ backend, dtype, ...options }: PipelineSessionOptions): Promise<Session> {
  const precision = dtype && precisions[dtype];
  return Session.create({
    ...options,
    linearDtype: options.linearDtype ?? precision?.linearDtype,
    tableDtype: options.tableDtype ?? precision?.tableDtype,
    projectionDtype: options.projectionDtype ?? precision?.projectionDtype,
    backend: typeof backend === 'string' ? await resolveFactory({ require: backend }) : backend,
  });
}

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
  'text-classification': (session: Session, tokenizer: PipelineTokenizer) => {
    const nested = createClassification(session, tokenizer);
    // Shapes as transformers.js has them: with one label each, a list of labels whatever the input.
    const call = async (
      input: ClassificationInput | readonly ClassificationInput[],
      options: ClassificationOptions = {},
    ) => {
      const many = Array.isArray(input);
      const results = await nested(many ? input : [input as ClassificationInput], options);
      if (!many) return results[0]!;
      return (options.top_k ?? (options.top_k === null ? 0 : 1)) === 1 ? results.flat() : results;
    };
    return Object.assign(call, { nested });
  },
  'sentence-similarity': (session: Session, tokenizer: PipelineTokenizer) =>
    createSimilarity(session, createFeatures(session, tokenizer)),
};

interface Pipelines {
  'fill-mask': FillMaskPipeline;
  'feature-extraction': FeaturePipeline;
  'text-classification': ClassificationPipeline;
  'sentence-similarity': SimilarityPipeline;
}

/**
 * A task over texts: `const fill = await pipeline('fill-mask', { model, tokenizer }); await fill('The <mask> of the
 * nation')`. Rejects as `Session.create` does, and with `INVALID_ARGUMENT` for an unknown task, for options that are
 * not what they should be, and for a model that lacks the task's head.
 */
export async function pipeline<T extends keyof Pipelines>(
  task: T,
  options: PipelineOptions,
): Promise<Pipelines[T]> {
  const make = Object.hasOwn(makers, task) ? makers[task] : undefined;
  if (!make) {
    throw new LookupFfnError(
      'INVALID_ARGUMENT',
      `There is no pipeline '${String(task)}'. There are: ${Object.keys(makers).join(', ')}.`,
      { task },
    );
  }
  checkPipelineOptions(task, options);
  const given = 'session' in options ? options.session : undefined;
  const session = given ?? (await openSession(options as PipelineSessionOptions));
  const dispose = async () => {
    if (!given) await session.dispose();
  };
  try {
    return Object.assign(make(session, options.tokenizer), { session, dispose }) as Pipelines[T];
  } catch (error) {
    await dispose();
    throw error;
  }
}
