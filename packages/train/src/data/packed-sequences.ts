import type { DocumentTokens } from './document-tokens.js';
import type { MaskVocabulary, TokenSequences } from './sequences.js';

export interface Separators {
  readonly bos: number;
  readonly eos: number;
}

/** How many of the rising `values` are at most `limit`. */
export function countUpTo(values: ArrayLike<number>, limit: number): number {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (values[middle]! <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}

/**
 * Documents packed without gaps, as RoBERTa's full sentences (Liu et al., arXiv 1907.11692, 4.2): each sequence is
 * `<s>`, tokens with a `</s>` between two documents, then `</s>`. What is left over at the end and fills no sequence is
 * dropped. Nothing is copied: where a sequence lies follows from the ends of the documents.
 */
export class PackedSequences implements TokenSequences {
  readonly count: number;
  readonly sequenceLength: number;
  readonly vocabulary: MaskVocabulary;
  readonly #tokens: DocumentTokens;
  /** Numbers of the documents, in the order in which they are packed. */
  readonly #order: readonly number[];
  readonly #separators: Separators;
  /** Where each document ends in the stream of all, which has one separator between two. */
  readonly #ends: Float64Array;
  /** Sequences that begin one token later than they would, rising. */
  readonly #skips: readonly number[];

  constructor(
    tokens: DocumentTokens,
    order: readonly number[],
    sequenceLength: number,
    vocabulary: MaskVocabulary,
    separators: Separators,
  ) {
    this.#tokens = tokens;
    this.#order = order;
    this.sequenceLength = sequenceLength;
    this.vocabulary = vocabulary;
    this.#separators = separators;
    this.#ends = new Float64Array(order.length);
    let at = 0;
    for (const [i, document] of order.entries()) {
      at += tokens.lengths[document]!;
      this.#ends[i] = at++;
    }
    const { count, skips } = this.#layOut(Math.max(0, at - 1));
    this.count = count;
    this.#skips = skips;
  }

  #layOut(length: number): { count: number; skips: number[] } {
    const room = this.sequenceLength - 2;
    const skips: number[] = [];
    let from = 0;
    let count = 0;
    for (const end of this.#ends) {
      const whole = Math.ceil(Math.max(0, end - from) / room);
      count += whole;
      from += whole * room;
      // A separator has nothing to separate at the head of a sequence.
      if (from !== end) continue;
      skips.push(count);
      from++;
    }
    const reached = skips.at(-1) === count ? from - 1 : from;
    // The last sequence that was begun lacks tokens.
    if (reached > length) count--;
    return { count, skips };
  }

  /** Where sequence `index` begins in the stream. */
  #start(index: number): number {
    return index * (this.sequenceLength - 2) + countUpTo(this.#skips, index);
  }

  read(index: number, into: Int32Array, at: number): void {
    const { bos, eos } = this.#separators;
    const last = at + this.sequenceLength - 1;
    let stream = this.#start(index);
    let place = countUpTo(this.#ends, stream);
    into[at] = bos;
    into[last] = eos;
    for (let to = at + 1; to < last; place++) {
      const document = this.#order[place]!;
      const left = this.#ends[place]! - stream;
      const some = Math.min(left, last - to);
      this.#tokens.read(document, this.#tokens.lengths[document]! - left, some, into, to);
      to += some;
      stream += some + 1;
      if (to < last) into[to++] = eos;
    }
  }

  source(index: number): string {
    return this.#tokens.names[this.#order[countUpTo(this.#ends, this.#start(index))]!]!;
  }
}
