import { LookupFfnError } from '@lookupffn/core';
import { meanPool } from '../model/mean-pool.js';
import type { Session } from '../session/session.js';
import { checkCall } from './check.js';
import { type BatchOptions, inSortedBatches } from './sorted.js';
import { encodeText, type PipelineTokenizer } from './tokenizer.js';

export interface FeatureOptions extends BatchOptions {
  /** One vector a text: the mean over its tokens, or that of `<s>`. Default `none`: one vector a token. */
  readonly pooling?: 'none' | 'mean' | 'cls';
  /** Scales every vector to length 1. Default false. */
  readonly normalize?: boolean;
}

/** Vectors of a text, row-major; `dims` is `[tokens, hiddenSize]`, or `[hiddenSize]` when pooled. */
export interface Features {
  readonly data: Float32Array;
  readonly dims: readonly number[];
}

export interface FeaturePipeline {
  /**
   * Rejects with `INVALID_ARGUMENT` for what is no text, and without `truncation` for one too long, else as the session
   * does.
   */
  (text: string, options?: FeatureOptions): Promise<Features>;
  (texts: readonly string[], options?: FeatureOptions): Promise<Features[]>;
  readonly session: Session;
  /** Disposes the session if the pipeline made it. */
  dispose(): Promise<void>;
}

function normalizeRows(data: Float32Array, size: number): void {
  for (let start = 0; start < data.length; start += size) {
    const row = data.subarray(start, start + size);
    let squares = 0;
    for (const value of row) squares += value * value;
    // A zero vector has no direction and stays.
    const scale = squares > 0 ? 1 / Math.sqrt(squares) : 0;
    for (let i = 0; i < size; i++) row[i]! *= scale;
  }
}

function pool(rows: Float32Array, size: number, pooling: FeatureOptions['pooling']): Features {
  if (pooling === 'mean') return { data: meanPool(rows, size), dims: [size] };
  if (pooling === 'cls') return { data: rows.slice(0, size), dims: [size] };
  return { data: rows.slice(), dims: [rows.length / size, size] };
}

export function createFeatures(
  session: Session,
  tokenizer: PipelineTokenizer,
): (texts: readonly string[], options?: FeatureOptions) => Promise<Features[]> {
  return async (texts, given) => {
    const { pooling = 'none', normalize = false, ...options } = checkCall(texts, given);
    if (!['none', 'mean', 'cls'].includes(pooling)) {
      throw new LookupFfnError('INVALID_ARGUMENT', `pooling is '${pooling}'; it must be none, mean or cls.`);
    }
    const { truncation } = options;
    const sequences = texts.map((text) => encodeText(tokenizer, session.config, text, { truncation }).ids);
    const lengths = sequences.map(({ length }) => length);
    const run = async (indices: readonly number[]) => {
      const batch = indices.map((i) => sequences[i]!);
      const { data, offsets, hiddenSize } = await session.hiddenStates(batch, { signal: options.signal });
      return batch.map((_, i) => {
        const rows = data.subarray(offsets[i]! * hiddenSize, offsets[i + 1]! * hiddenSize);
        const features = pool(rows, hiddenSize, pooling);
        if (normalize) normalizeRows(features.data, hiddenSize);
        return features;
      });
    };
    return inSortedBatches(lengths, run, options);
  };
}
