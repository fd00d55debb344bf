import { MergeQueue } from './merge-queue.js';
import type { Pace } from './pace.js';
import { PairCounts } from './pair-counts.js';
import { WordLists } from './word-lists.js';

/** Different words as token ids, and how often each occurs. Altered by training. */
export interface TrainingWords {
  /** Word i is `symbols[starts[i], starts[i] + lengths[i])`. */
  symbols: Int32Array;
  starts: Uint32Array;
  lengths: Uint32Array;
  counts: Float64Array;
  size: number;
}

export interface MergeLimits {
  vocabularySize: number;
  /** Pairs that occur less often are not merged. */
  minFrequency: number;
  /** Mark of a token that continues a word, left out where two tokens join. */
  continuingPrefix: string;
}

/**
 * Byte-pair encoding's training: merges the most frequent pair of neighbours again and again, appending to
 * `tokens` (by id; the initial alphabet stands there) until the vocabulary is full. Returns the merges in order.
 *
 * Counts are kept up incrementally: a merge visits only words that hold its pair.
 */
export async function learnMerges(
  words: TrainingWords,
  tokens: string[],
  limits: MergeLimits,
  pace: Pace,
): Promise<[left: number, right: number][]> {
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const index = new PairIndex(words);
  await index.countAll(pace);

  const { queue, pairs } = index;
  const merges: [number, number][] = [];
  while (idOf.size < limits.vocabularySize && queue.size > 0) {
    const pair = queue.topPair;
    const count = pairs.counts[pair];
    if (queue.topCount !== count) {
      queue.recountTop(count);
      continue;
    }
    if (count < 1 || count < limits.minFrequency) break;
    const left = pairs.left[pair];
    const right = pairs.right[pair];
    const token = tokens[left] + withoutPrefix(tokens[right], limits.continuingPrefix);
    // The same text may have been put together from other parts before: then it keeps its id.
    let merged = idOf.get(token);
    if (merged === undefined) {
      merged = tokens.push(token) - 1;
      idOf.set(token, merged);
    }
    merges.push([left, right]);
    index.mergeTop(left, right, merged);
    if ((merges.length & 0xf) === 0) await pace.step('merging', idOf.size, limits.vocabularySize);
  }
  return merges;
}

function withoutPrefix(token: string, prefix: string): string {
  return prefix !== '' && token.startsWith(prefix) ? token.slice(prefix.length) : token;
}

/** The words, their pairs, where each pair is, and which comes next. */
class PairIndex {
  readonly pairs = new PairCounts();
  readonly queue = new MergeQueue(this.pairs);
  readonly #lists = new WordLists();
  readonly #words: TrainingWords;
  // Pairs that arose anew during a merge.
  readonly #touched: number[] = [];

  constructor(words: TrainingWords) {
    this.#words = words;
  }

  async countAll(pace: Pace): Promise<void> {
    const { symbols, starts, lengths, size } = this.#words;
    for (let word = 0; word < size; word++) {
      const last = starts[word] + lengths[word] - 1;
      for (let i = starts[word]; i < last; i++) this.#add(symbols[i], symbols[i + 1], word);
      if ((word & 0x3fff) === 0) await pace.step('counting pairs', word, size);
    }
    this.#enqueueTouched();
  }

  /** Merges the queue's top pair into the token `merged` in the words of its entry. */
  mergeTop(left: number, right: number, merged: number): void {
    let node = this.queue.topWords;
    this.queue.pop();
    while (node >= 0) {
      this.#mergeInWord(this.#lists.wordAt(node), left, right, merged);
      node = this.#lists.release(node);
    }
    this.#enqueueTouched();
  }

  #mergeInWord(word: number, left: number, right: number, merged: number): void {
    const { symbols, starts, lengths } = this.#words;
    const start = starts[word];
    const end = start + lengths[word];
    let kept = start;
    for (let i = start; i < end; i++) {
      if (symbols[i] !== left || i + 1 >= end || symbols[i + 1] !== right) {
        symbols[kept++] = symbols[i];
        continue;
      }
      // Neighbours lose their pair with the parts and gain one with the whole.
      if (kept > start) {
        this.#remove(symbols[kept - 1], left, word);
        this.#add(symbols[kept - 1], merged, word);
      }
      if (i + 2 < end) {
        this.#remove(right, symbols[i + 2], word);
        this.#add(merged, symbols[i + 2], word);
      }
      symbols[kept++] = merged;
      i++;
    }
    lengths[word] = kept - start;
  }

  #add(left: number, right: number, word: number): void {
    const { pairs } = this;
    const pair = pairs.indexOf(left, right);
    pairs.counts[pair] += this.#words.counts[word];
    if (pairs.fresh[pair] < 0) this.#touched.push(pair);
    pairs.fresh[pair] = this.#lists.prepend(pairs.fresh[pair], word);
  }

  #remove(left: number, right: number, word: number): void {
    this.pairs.counts[this.pairs.indexOf(left, right)] -= this.#words.counts[word];
  }

  #enqueueTouched(): void {
    const { pairs } = this;
    for (const pair of this.#touched) {
      let words = pairs.fresh[pair];
      pairs.fresh[pair] = -1;
      if (pairs.counts[pair] > 0) {
        this.queue.push(pair, pairs.counts[pair], words);
      } else {
        while (words >= 0) words = this.#lists.release(words);
      }
    }
    this.#touched.length = 0;
  }
}
