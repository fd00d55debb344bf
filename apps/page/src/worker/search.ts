import { encode, packSequences } from '@lookupffn/roberta';
import { encodeText, type Model } from './models.js';
import type { Progress } from './progress.js';

export interface IndexInput {
  readonly model: number;
  readonly sentences: readonly string[];
}

export interface SearchInput {
  readonly model: number;
  readonly query: string;
  readonly limit: number;
}

export interface Hit {
  readonly sentence: string;
  /** Cosine of the angle between the vectors, the sentences' mean taken off both. */
  readonly similarity: number;
}

/** Sentences and their vectors, row by row. */
export interface SentenceIndex {
  readonly sentences: readonly string[];
  readonly size: number;
  readonly vectors: Float32Array;
  /** Sentences embedded so far. */
  count: number;
}

// Enough sentences to keep the kernels busy, few enough for typing to get a word in between.
const tokensAtOnce = 512;

/** Mean of each sequence's rows, `[sequences, hidden]`. */
export function embed(model: Model, texts: readonly string[]): Float32Array {
  const { config, evaluator } = model;
  const size = config.hiddenSize;
  const batch = packSequences(
    texts.map((text) => encodeText(model, text, true)),
    config,
  );
  const means = new Float32Array(texts.length * size);
  try {
    const { data } = encode(evaluator, config, batch);
    for (let i = 0; i < texts.length; i++) {
      const [from, to] = [batch.offsets[i]!, batch.offsets[i + 1]!];
      for (let row = from; row < to; row++)
        for (let k = 0; k < size; k++) means[i * size + k]! += data[row * size + k]! / (to - from);
    }
    return means;
  } finally {
    evaluator.releaseAll();
  }
}

export function newIndex({ config }: Model, sentences: readonly string[]): SentenceIndex {
  const size = config.hiddenSize;
  return { sentences, size, vectors: new Float32Array(sentences.length * size), count: 0 };
}

/** Fills an index a few sentences a step; goes on where an earlier call was stopped. */
export function* fillIndex(model: Model, index: SentenceIndex): Generator<Progress, undefined> {
  const total = index.sentences.length;
  while (index.count < total) {
    const texts: string[] = [];
    // About four characters a token.
    for (let room = tokensAtOnce * 4; room > 0 && index.count + texts.length < total; ) {
      const text = index.sentences[index.count + texts.length]!;
      texts.push(text);
      room -= text.length;
    }
    index.vectors.set(embed(model, texts), index.count * index.size);
    index.count += texts.length;
    yield { done: index.count, total };
  }
}

/**
 * The embedded sentences nearest to a query. The mean is taken off first: vectors of a language model share a large
 * common part, which would make everything alike.
 */
export function search(model: Model, index: SentenceIndex, { query, limit }: SearchInput): Hit[] {
  const { size, vectors, count } = index;
  const mean = new Float32Array(size);
  for (let i = 0; i < count * size; i++) mean[i % size]! += vectors[i]! / count;
  const wanted = embed(model, [query]).map((value, k) => value - mean[k]!);
  const length = Math.hypot(...wanted) || 1;
  const hits = Array.from({ length: count }, (_, i) => {
    let dot = 0;
    let squares = 0;
    for (let k = 0; k < size; k++) {
      const value = vectors[i * size + k]! - mean[k]!;
      dot += value * wanted[k]!;
      squares += value * value;
    }
    return { sentence: index.sentences[i]!, similarity: dot / (length * (Math.sqrt(squares) || 1)) };
  });
  return hits.sort((a, b) => b.similarity - a.similarity).slice(0, limit);
}
