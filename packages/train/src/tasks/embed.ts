import { type PipelineTokenizer, pipeline, type Session } from '@lookupffn/roberta';
import type { FeatureMatrix } from './linear-probe.js';

/** What tasks need of a tokenizer; that of `@lookupffn/tokenizer` has it. */
export type TaskTokenizer = PipelineTokenizer;

export interface EmbedOptions {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** One vector a text, pooled as the model's sentence-transformers files say, else by the mean; long texts are cut. */
export async function embedTexts(
  session: Session,
  tokenizer: TaskTokenizer,
  texts: readonly string[],
  { signal, onProgress }: EmbedOptions = {},
): Promise<FeatureMatrix> {
  const { hiddenSize: size, sentence } = session.config;
  const features = await pipeline('feature-extraction', { session, tokenizer });
  const vectors = await features(texts, {
    pooling: sentence?.pooling ?? 'mean',
    normalize: sentence?.normalize ?? false,
    signal,
    onProgress: (done, total) => onProgress?.(done, total),
  });
  const data = new Float32Array(texts.length * size);
  vectors.forEach((vector, i) => {
    data.set(vector.data, i * size);
  });
  return { data, size };
}

/** Cosine of two rows of as many. */
export function cosine(a: FeatureMatrix, b: FeatureMatrix, row: number): number {
  let [ab, aa, bb] = [0, 0, 0];
  for (let i = row * a.size; i < (row + 1) * a.size; i++) {
    ab += a.data[i]! * b.data[i]!;
    aa += a.data[i]! * a.data[i]!;
    bb += b.data[i]! * b.data[i]!;
  }
  return ab / Math.sqrt(aa * bb);
}
