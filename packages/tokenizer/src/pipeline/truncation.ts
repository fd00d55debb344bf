import { TokenizerError } from '../errors.js';

/** How an encoding is cut to `maxLength` tokens, special tokens included. */
export interface Truncation {
  maxLength: number;
  /** How many tokens a cut-off part repeats from the part before it. */
  stride: number;
  strategy: 'longest_first' | 'only_first' | 'only_second';
  /** The side that is cut. */
  direction: 'right' | 'left';
}

/** Cuts `length` tokens to `keep`: the kept range first, then the ranges of what overflows. */
export function cutRanges(
  length: number,
  keep: number,
  stride: number,
  direction: 'right' | 'left',
): [number, number][] {
  if (keep >= length) return [[0, length]];
  if (keep === 0)
    return [
      [0, 0],
      [0, length],
    ];
  if (stride >= keep) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      `A stride of ${stride} needs more than ${keep} tokens left of the text; shorten it or raise maxLength.`,
    );
  }
  const step = keep - stride;
  const ranges: [number, number][] = [];
  if (direction === 'right') {
    for (let from = 0; ; from += step) {
      const to = Math.min(from + keep, length);
      ranges.push([from, to]);
      if (to === length) return ranges;
    }
  }
  for (let to = length; ; to -= step) {
    const from = Math.max(0, to - keep);
    ranges.push([from, to]);
    if (from === 0) return ranges;
  }
}

/** How many tokens each text keeps so that both fit into `room`. */
export function sharedLengths(
  first: number,
  second: number | undefined,
  room: number,
  strategy: Truncation['strategy'],
): [number, number] {
  const total = first + (second ?? 0);
  if (room === 0) return [0, 0];
  if (total <= room) return [first, second ?? 0];
  const excess = total - room;
  if (strategy === 'only_first' || (strategy === 'longest_first' && second === undefined)) {
    return [shortened(first, excess, strategy), second ?? 0];
  }
  if (strategy === 'only_second') {
    if (second === undefined) {
      throw new TokenizerError(
        'INVALID_ARGUMENT',
        'The truncation strategy only_second needs a pair of texts.',
      );
    }
    return [first, shortened(second, excess, strategy)];
  }
  // The shorter text stays whole where that leaves the other the larger half; else both get half, the odd
  // token going to the longer one.
  const kept = Math.min(first, second as number, Math.floor(room / 2));
  return first <= (second as number) ? [kept, room - kept] : [room - kept, kept];
}

function shortened(length: number, excess: number, strategy: string): number {
  if (length <= excess) {
    throw new TokenizerError(
      'INVALID_ARGUMENT',
      `Cannot cut ${excess} tokens from a text of ${length} (strategy ${strategy}); raise maxLength.`,
    );
  }
  return length - excess;
}
