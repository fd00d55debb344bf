import { TokenizerError } from '../errors.js';
import { type HashTable, indexPairs } from '../model/hash-table.js';
import { type Texts, textAt, textsOf } from '../model/texts.js';

/** The pairs of tokens that merge, the first being the one applied first. */
export class Merges {
  readonly count: number;
  /** Merge i joins texts `2 * i` and `2 * i + 1`. */
  readonly parts: Texts;
  /** Finds merges by their parts. */
  readonly index: HashTable;

  /** `index` is that of the parts, if it was made already. */
  constructor(parts: Texts, index: HashTable = indexPairs(parts)) {
    this.count = parts.count / 2;
    this.parts = parts;
    this.index = index;
  }

  /** From the `merges` of a tokenizer.json: `"Ġ t"` or `["Ġ", "t"]` each. Throws `INVALID_TOKENIZER`. */
  static fromArray(merges: readonly unknown[]): Merges {
    return new Merges(textsOf(merges.flatMap(pairOf)));
  }

  pair(i: number): [string, string] {
    return [textAt(this.parts, 2 * i), textAt(this.parts, 2 * i + 1)];
  }
}

function pairOf(merge: unknown, rank: number): [string, string] {
  const parts = typeof merge === 'string' ? merge.split(' ') : merge;
  if (!Array.isArray(parts) || parts.length !== 2 || !parts.every((part) => typeof part === 'string')) {
    throw new TokenizerError(
      'INVALID_TOKENIZER',
      `Merge ${rank} must be two tokens, not ${JSON.stringify(merge)}.`,
    );
  }
  return parts as [string, string];
}
