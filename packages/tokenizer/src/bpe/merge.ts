import { TokenizerError } from '../errors.js';
import { NEVER, type PairTable } from './pair-table.js';

/** Up to this many symbols a scan for the lowest rank beats a heap. */
const SCAN_LIMIT = 48;

/** A heap key is `rank * POSITIONS + position`, exact in a double while a word is shorter than this. */
const POSITIONS = 2 ** 26;

/**
 * Applies merges to a word, lowest rank first and leftmost first among equals, in place: `symbols[0..count)`
 * are token ids and `ends[i]` is where symbol i ends in the word. Returns how many symbols are left.
 *
 * Long words go through a heap: O(n log n), so that a megabyte without a space is no attack.
 */
export function mergeSymbols(pairs: PairTable, symbols: Int32Array, ends: Int32Array, count: number): number {
  return count <= SCAN_LIMIT
    ? mergeByScanning(pairs, symbols, ends, count)
    : mergeByHeap(pairs, symbols, ends, count);
}

const scanRanks = new Int32Array(SCAN_LIMIT);
function mergeByScanning(pairs: PairTable, symbols: Int32Array, ends: Int32Array, initial: number): number {
  const ranks = scanRanks;
  let count = initial;
  for (let i = 0; i + 1 < count; i++) ranks[i] = pairs.rank(symbols[i], symbols[i + 1]);
  for (;;) {
    let best = NEVER;
    let at = -1;
    for (let i = 0; i + 1 < count; i++) {
      if (ranks[i] < best) {
        best = ranks[i];
        at = i;
      }
    }
    if (at < 0) return count;
    pairs.rank(symbols[at], symbols[at + 1]);
    symbols[at] = pairs.merged;
    ends[at] = ends[at + 1];
    count--;
    for (let i = at + 1; i < count; i++) {
      symbols[i] = symbols[i + 1];
      ends[i] = ends[i + 1];
      ranks[i] = ranks[i + 1];
    }
    if (at > 0) ranks[at - 1] = pairs.rank(symbols[at - 1], symbols[at]);
    if (at + 1 < count) ranks[at] = pairs.rank(symbols[at], symbols[at + 1]);
  }
}

function mergeByHeap(pairs: PairTable, symbols: Int32Array, ends: Int32Array, count: number): number {
  if (count >= POSITIONS) {
    throw new TokenizerError('INVALID_ARGUMENT', `A run of ${count} bytes without a word break is too long.`);
  }
  const previous = new Int32Array(count);
  const next = new Int32Array(count);
  // Every merge takes one key out for good and adds at most two; at most count - 1 merges happen.
  const heap = new Float64Array(2 * count);
  let size = 0;
  for (let i = 0; i < count; i++) {
    previous[i] = i - 1;
    next[i] = i + 1;
    if (i + 1 === count) continue;
    const rank = pairs.rank(symbols[i], symbols[i + 1]);
    if (rank !== NEVER) heap[size++] = rank * POSITIONS + i;
  }
  for (let i = (size >> 1) - 1; i >= 0; i--) siftDown(heap, i, size);

  while (size > 0) {
    const key = heap[0];
    heap[0] = heap[--size];
    siftDown(heap, 0, size);

    const rank = Math.floor(key / POSITIONS);
    const at = key - rank * POSITIONS;
    const right = next[at];
    if (symbols[at] < 0 || right >= count) continue;
    // A key whose pair has changed since is stale.
    if (pairs.rank(symbols[at], symbols[right]) !== rank) continue;

    symbols[at] = pairs.merged;
    symbols[right] = -1;
    ends[at] = ends[right];
    next[at] = next[right];
    if (next[at] < count) previous[next[at]] = at;

    for (const left of [previous[at], at]) {
      const neighbour = left < 0 ? count : next[left];
      if (neighbour >= count) continue;
      const pairRank = pairs.rank(symbols[left], symbols[neighbour]);
      if (pairRank !== NEVER) size = push(heap, size, pairRank * POSITIONS + left);
    }
  }

  let kept = 0;
  for (let i = 0; i < count; i = next[i]) {
    symbols[kept] = symbols[i];
    ends[kept++] = ends[i];
  }
  return kept;
}

function siftDown(heap: Float64Array, start: number, size: number): void {
  const key = heap[start];
  let hole = start;
  for (let child = 2 * hole + 1; child < size; child = 2 * hole + 1) {
    if (child + 1 < size && heap[child + 1] < heap[child]) child++;
    if (heap[child] >= key) break;
    heap[hole] = heap[child];
    hole = child;
  }
  heap[hole] = key;
}

function push(heap: Float64Array, size: number, key: number): number {
  let hole = size;
  while (hole > 0) {
    const parent = (hole - 1) >> 1;
    if (heap[parent] <= key) break;
    heap[hole] = heap[parent];
    hole = parent;
  }
  heap[hole] = key;
  return size + 1;
}
