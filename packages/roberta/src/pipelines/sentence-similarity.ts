import { LookupFfnError } from '@lookupffn/core';
import type { Session } from '../session/session.js';
import { checkCall } from './check.js';
import type { createFeatures, FeatureOptions } from './feature-extraction.js';

/** Hugging Face's input of the task. */
export interface SimilarityInput {
  readonly source_sentence: string;
  readonly sentences: readonly string[];
}

export interface SimilarityPipeline {
  /** Cosine of the source's embedding with that of each sentence, in their order. Rejects as `feature-extraction`. */
  (input: SimilarityInput, options?: Omit<FeatureOptions, 'normalize'>): Promise<number[]>;
  readonly session: Session;
  /** Disposes the session if the pipeline made it. */
  dispose(): Promise<void>;
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

export function createSimilarity(session: Session, features: ReturnType<typeof createFeatures>) {
  return async (
    input: SimilarityInput,
    options: Omit<FeatureOptions, 'normalize'> = {},
  ): Promise<number[]> => {
    if (typeof input?.source_sentence !== 'string' || !Array.isArray(input.sentences)) {
      throw new LookupFfnError(
        'INVALID_ARGUMENT',
        "sentence-similarity takes { source_sentence: 'a text', sentences: ['others', ...] }.",
      );
    }
    checkCall(input.sentences, options);
    const pooling = options.pooling ?? session.config.sentence?.pooling ?? 'mean';
    if (pooling === 'none') {
      throw new LookupFfnError('INVALID_ARGUMENT', "sentence-similarity needs pooling 'mean' or 'cls'.");
    }
    const [source, ...others] = await features([input.source_sentence, ...input.sentences], {
      ...options,
      pooling,
      normalize: true,
    });
    return others.map((other) => dot(source!.data, other.data));
  };
}
